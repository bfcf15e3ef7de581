//! Paints charts.

use plotters::prelude::*;

use crate::error::Error;
use crate::plot::render::canvas::{Canvas, DrawError, WIDTH, px, sheet};
use crate::plot::render::figure::{Cells, Drawn, Figure, Mark, Panel, Series, Stroke};
use crate::plot::render::frame::{self, Chart, empty_frame, frame};
use crate::plot::render::header::Header;
use crate::plot::render::json_data;
use crate::plot::render::palette::PAPER;
use crate::plot::render::svg::Pen;

/// Paints a chart and returns it as one SVG element.
///
/// # Errors
///
/// [`Error::Draw`] if plotters fails.
pub fn paint(figure: &Figure) -> Result<String, Error> {
    let header = Header::new(figure);
    let size = frame::size(figure.columns, figure.panels.len());
    let rows = figure.panels.len().div_ceil(figure.columns) as u32;
    let height = header.height() + size.height * rows;
    let (area, pen) = sheet(height);
    draw(figure, &header, size, Canvas { area: &area, pen: &pen })
        .map_err(|error| Error::Draw(error.to_string()))?;
    let data = json_data::json(figure, header.height(), size);
    Ok(pen.document((WIDTH, height), &figure.title, &data))
}

fn draw(
    figure: &Figure,
    header: &Header,
    size: frame::Size,
    canvas: Canvas<'_>,
) -> Result<(), DrawError> {
    let Canvas { area, pen } = canvas;
    area.fill(&PAPER)?;
    header.draw(canvas)?;
    let (_, below) = area.split_vertically(px(f64::from(header.height())));
    let rows = figure.panels.len().div_ceil(figure.columns);
    let places = below.split_evenly((rows, figure.columns));
    for (panel, place) in figure.panels.iter().zip(&places) {
        pen.begin_group("class=\"panel\"");
        draw_panel(panel, size, Canvas { area: place, pen })?;
        pen.end_group();
    }
    Ok(())
}

fn draw_panel(panel: &Panel, size: frame::Size, canvas: Canvas<'_>) -> Result<(), DrawError> {
    let pen = canvas.pen;
    if let Some(why) = &panel.empty {
        return empty_frame(canvas, size, panel, why);
    }
    let mut chart = frame(canvas, size, panel)?;
    for series in &panel.series {
        pen.begin_group("class=\"series\"");
        draw_series(&mut chart, panel, series, pen)?;
        pen.end_group();
    }
    frame::draw_guides(&mut chart, panel, pen)
}

fn draw_series(
    chart: &mut Chart<'_>,
    panel: &Panel,
    series: &Series,
    pen: &Pen,
) -> Result<(), DrawError> {
    match &series.drawn {
        Drawn::Steps { slices, values, stroke } => dashed(pen, *stroke, || {
            runs(&panel.slices[*slices], values).try_for_each(|run| {
                chart.draw_series([PathElement::new(run, line_style(*stroke))]).map(drop)
            })
        }),
        Drawn::Band { slices, low, high, colors: (fill, edge), .. } => {
            let slices = &panel.slices[*slices];
            for (mut upper, lower) in runs(slices, high).zip(runs(slices, low)) {
                let outline = PathElement::new(upper.clone(), edge.stroke_width(2));
                upper.extend(lower.into_iter().rev());
                chart.draw_series([Polygon::new(upper, fill.filled())])?;
                chart.draw_series([outline])?;
            }
            Ok(())
        }
        Drawn::Line { places, stroke } => dashed(pen, *stroke, || {
            chart.draw_series([PathElement::new(places.clone(), line_style(*stroke))]).map(drop)
        }),
        Drawn::Marks { places, mark } => draw_marks(chart, places, *mark),
        Drawn::Cells(cells) => {
            // Smoothed edges would let the background show between cells that touch.
            pen.begin_group("shape-rendering=\"crispEdges\"");
            draw_cells(chart, &panel.slices[cells.slices], cells)?;
            pen.end_group();
            Ok(())
        }
    }
}

/// Returns the values of bins as steps, one line for each run of bins that touch.
fn runs(slices: &[(f64, f64)], values: &[Option<f64>]) -> impl Iterator<Item = Vec<(f64, f64)>> {
    let steps = slices.iter().zip(values);
    let steps: Vec<_> = steps.filter_map(|(slice, value)| Some((*slice, (*value)?))).collect();
    let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut end = f64::NEG_INFINITY;
    for ((from, to), value) in steps {
        let stair = [(from, value), (to, value)];
        match runs.last_mut().filter(|_| from == end) {
            Some(run) => run.extend(stair),
            None => runs.push(stair.to_vec()),
        }
        end = to;
    }
    runs.into_iter()
}

fn line_style(stroke: Stroke) -> ShapeStyle {
    stroke.color.stroke_width(px(stroke.width).unsigned_abs())
}

/// Draws lines with the dashes of their stroke.
fn dashed<E>(pen: &Pen, stroke: Stroke, draw: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
    pen.begin_group(&stroke.attributes());
    draw()?;
    pen.end_group();
    Ok(())
}

impl Stroke {
    /// Returns the dashes as attributes of a group of lines.
    pub fn attributes(self) -> String {
        let dashes: Vec<String> = self.dashes.iter().map(|dash| px(*dash).to_string()).collect();
        match dashes.is_empty() {
            true => "stroke-linejoin=\"round\"".to_owned(),
            false => format!("stroke-linejoin=\"round\" stroke-dasharray=\"{}\"", dashes.join(" ")),
        }
    }
}

fn draw_marks(chart: &mut Chart<'_>, places: &[(f64, f64)], mark: Mark) -> Result<(), DrawError> {
    let style = mark.color.mix(mark.opacity).filled();
    let places = places.iter().copied();
    match mark.shape.corners(mark.radius) {
        None => {
            chart.draw_series(places.map(|at| Circle::new(at, px(mark.radius), style))).map(drop)
        }
        Some(corners) => {
            let polygon = |at| EmptyElement::at(at) + Polygon::new(corners.clone(), style);
            chart.draw_series(places.map(polygon)).map(drop)
        }
    }
}

/// Draws cells, grouped by color; cells of a row that touch are drawn as one.
fn draw_cells(
    chart: &mut Chart<'_>,
    slices: &[(f64, f64)],
    Cells { edges, counts, most, colors, .. }: &Cells,
) -> Result<(), DrawError> {
    for (level, color) in colors.iter().enumerate() {
        for (row, edge) in edges.windows(2).enumerate() {
            let is_it =
                |slice: usize| level_of(counts[slice][row], *most, colors.len()) == Some(level);
            let mut from = 0;
            while from < slices.len() {
                let len = (from..slices.len()).take_while(|slice| is_it(*slice)).count();
                if len > 0 {
                    let corners = [(slices[from].0, edge[1]), (slices[from + len - 1].1, edge[0])];
                    chart.draw_series([Rectangle::new(corners, color.filled())])?;
                }
                from += len + 1;
            }
        }
    }
    Ok(())
}

/// Returns the level of a count, from 1 to the number of levels, logarithmic; None for a count of
/// zero.
pub fn level_of(count: u64, most: u64, levels: usize) -> Option<usize> {
    let share = (count.max(1) as f64).ln() / (most.max(2) as f64).ln();
    (count > 0).then(|| ((share * levels as f64) as usize).min(levels - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_without_a_value_interrupt_the_steps() {
        let slices = [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 4.0)];
        let stairs: Vec<_> = runs(&slices, &[Some(5.0), Some(6.0), None, Some(7.0)]).collect();
        let first = vec![(0.0, 5.0), (1.0, 5.0), (1.0, 6.0), (2.0, 6.0)];
        assert_eq!(stairs, [first, vec![(3.0, 7.0), (4.0, 7.0)]]);
        assert_eq!(runs(&slices, &[None; 4]).count(), 0);
    }

    #[test]
    fn levels_follow_the_logarithm_of_counts() {
        let table = [
            ((0, 1_000), None),
            ((1, 1_000), Some(0)),
            ((9, 1_000), Some(0)),
            ((11, 1_000), Some(1)),
            ((101, 1_000), Some(2)),
            ((1_000, 1_000), Some(2)),
            ((1, 1), Some(0)),
        ];
        for ((count, most), level) in table {
            assert_eq!(level_of(count, most, 3), level, "{count} of {most}");
        }
    }
}
