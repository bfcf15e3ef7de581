//! The frame around a panel's data: axes, ticks, grid and labels.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use crate::plot::render::axis::Axis;
use crate::plot::render::canvas::{Canvas, DrawError, Letters, WIDTH, px};
use crate::plot::render::figure::{Guide, Panel, Place, Stroke};
use crate::plot::render::palette::{GRID, INK, MUTED, PAPER, RULE};
use crate::plot::render::svg::Pen;

/// Style of guides.
const GUIDE: Stroke = Stroke { color: INK, width: 1.0, dashes: &[6.0, 3.0] };

/// Text style of guide labels.
const GUIDE_LETTERS: Letters = Letters { size: 11.0, bold: false, color: INK };

/// Maximum width of a guide's label in CSS pixels.
const MAX_GUIDE_LABEL: f64 = 260.0;

/// A panel ready for data, in the values of its axes.
pub type Chart<'a> = ChartContext<'a, Pen, Cartesian2d<Axis, Axis>>;

/// Measures of a panel in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Width including all labels.
    pub width: f64,
    /// Height including all labels.
    pub height: u32,
    /// Margin around the data.
    above: f64,
    below: f64,
    left: f64,
    right: f64,
    /// Font size.
    letters: f64,
}

/// Returns the size of a panel, given the number of panels of the chart and the number in a row.
pub fn size(columns: usize, panels: usize) -> Size {
    let width = f64::from(WIDTH) / columns as f64;
    let whole = Size {
        width,
        height: 366,
        above: 26.0,
        below: 54.0,
        left: 72.0,
        right: 28.0,
        letters: 12.0,
    };
    match (columns, panels) {
        (1, 0..=1) => whole,
        (1, _) => Size { height: 250, ..whole },
        _ => Size {
            height: 190,
            above: 40.0,
            below: 42.0,
            left: 58.0,
            right: 14.0,
            letters: 11.0,
            ..whole
        },
    }
}

impl Size {
    /// Returns the left, upper, right and lower edge of the data, in units of the drawing, from the
    /// panel's corner.
    pub fn inside(&self) -> [i32; 4] {
        let bottom = f64::from(self.height) - self.below;
        [self.left, self.above, self.width - self.right, bottom].map(px)
    }

    /// Returns a vertical axis with as many ticks as its height allows.
    pub fn fitting(&self, axis: &Axis) -> Axis {
        axis.thinned(self.most_levels())
    }

    /// Number of labels that fit above each other.
    fn most_levels(&self) -> usize {
        ((f64::from(self.height) - self.above - self.below) / (1.35 * self.letters)) as usize
    }

    /// Returns whether the panel is one of several in a row, with smaller labels.
    pub fn is_small(&self) -> bool {
        self.letters < Letters::LABEL.size
    }
}

/// Draws a frame into an area and returns the frame for the data. Parts that depend on the axes
/// form their own group, for the page's script.
pub fn frame<'a>(canvas: Canvas<'a>, size: Size, panel: &Panel) -> Result<Chart<'a>, DrawError> {
    draw_labels(canvas, size, panel)?;
    canvas.pen.begin_group("class=\"frame\"");
    const FOOT: f64 = 10.0;
    let mut chart = ChartBuilder::on(canvas.area)
        .margin_top(px(size.above))
        .margin_right(px(size.right))
        .margin_bottom(px(FOOT))
        .x_label_area_size(px(size.below - FOOT))
        .y_label_area_size(px(size.left))
        .build_cartesian_2d(panel.x.clone(), size.fitting(&panel.y))?;
    let letters = Letters { size: size.letters, ..Letters::LABEL };
    let label = letters.style(HPos::Center, VPos::Top);
    chart
        .configure_mesh()
        .bold_line_style(GRID.stroke_width(2))
        .light_line_style(TRANSPARENT)
        .axis_style(RULE.stroke_width(2))
        .set_all_tick_mark_size(px(4.0))
        .label_style(label.clone())
        .axis_desc_style(label)
        .x_desc(panel.x.name.as_str())
        .draw()?;
    canvas.pen.end_group();
    Ok(chart)
}

/// Draws an empty frame with a text in the middle that says why it is empty.
pub fn empty_frame(
    canvas: Canvas<'_>,
    size: Size,
    panel: &Panel,
    why: &str,
) -> Result<(), DrawError> {
    draw_labels(canvas, size, panel)?;
    let area = canvas.area;
    let [left, top, right, bottom] = size.inside();
    area.draw(&Rectangle::new([(left, top), (right, bottom)], RULE.stroke_width(2)))?;
    let letters = Letters { size: size.letters + 4.0, ..Letters::LABEL };
    let style = letters.style(HPos::Center, VPos::Center);
    let room = f64::from(right - left) / f64::from(px(1.0));
    area.draw_text(&letters.fit(why, room), &style, ((left + right) / 2, (top + bottom) / 2))
}

/// Draws the guides that are within the axes, each with its label, above all data.
pub fn draw_guides(chart: &mut Chart<'_>, panel: &Panel, pen: &Pen) -> Result<(), DrawError> {
    let is_seen = |guide: &&Guide| match guide.at {
        Place::Across(x) => panel.x.holds(x),
        Place::Up(y) => panel.y.holds(y),
    };
    let guides: Vec<&Guide> = panel.guides.iter().filter(is_seen).collect();
    let style = GUIDE.color.stroke_width(px(GUIDE.width).unsigned_abs());
    pen.begin_group("class=\"guides\"");
    pen.begin_group(&GUIDE.attributes());
    for guide in &guides {
        let ends = match guide.at {
            Place::Across(x) => [(x, panel.y.from), (x, panel.y.to)],
            Place::Up(y) => [(panel.x.from, y), (panel.x.to, y)],
        };
        chart.draw_series([PathElement::new(ends, style)])?;
    }
    pen.end_group();
    let mut taken = Vec::new();
    for guide in guides {
        draw_guide_label(chart, guide, &mut taken)?;
    }
    pen.end_group();
    Ok(())
}

/// Returns the label of a guide, cut to its maximum width.
pub fn guide_label(label: &str) -> String {
    GUIDE_LETTERS.fit(label, MAX_GUIDE_LABEL)
}

/// The space that a guide's label takes: its two corners.
type Taken = [(i32, i32); 2];

/// Draws a guide's label on an opaque background, and adds its space to what is taken. A label that
/// another one would cover is drawn next to that one if it is horizontal, and otherwise left out.
fn draw_guide_label(
    chart: &mut Chart<'_>,
    guide: &Guide,
    taken: &mut Vec<Taken>,
) -> Result<(), DrawError> {
    let area = chart.plotting_area();
    let label = guide_label(&guide.label);
    let Some(paper) = place_of_label(area, guide, px(GUIDE_LETTERS.width(&label)), taken) else {
        return Ok(());
    };
    let root = area.strip_coord_spec();
    root.draw(&Rectangle::new(local(area, paper), PAPER.mix(0.85).filled()))?;
    let [(x, y), (_, below)] = local(area, paper);
    let style = GUIDE_LETTERS.style(HPos::Left, VPos::Center);
    root.draw_text(&label, &style, (x, y + (below - y) / 2))?;
    taken.push(paper);
    Ok(())
}

/// Returns the space of a guide's label with the given width; None if there is none.
fn place_of_label(
    area: &DrawingArea<Pen, Cartesian2d<Axis, Axis>>,
    guide: &Guide,
    width: i32,
    taken: &[Taken],
) -> Option<Taken> {
    let (high, gap) = (px(15.0), px(4.0));
    let (across, down) = area.get_pixel_range();
    let (x_axis, y_axis) = (area.get_x_range(), area.get_y_range());
    let covering = |x: i32, y: i32| {
        taken.iter().find(|[(left, top), (right, bottom)]| {
            x < right + gap && x + width > *left && y < *bottom && y + high > *top
        })
    };
    match guide.at {
        Place::Across(at) => {
            let (x, _) = area.map_coordinate(&(at, y_axis.end));
            let is_tight = x + gap + width > across.end;
            let left = if is_tight { x - gap - width } else { x + gap };
            let top = down.start + gap;
            let is_free = covering(left, top).is_none();
            is_free.then_some([(left, top), (left + width, top + high)])
        }
        Place::Up(at) => {
            let (x, y) = area.map_coordinate(&(x_axis.start, at));
            let above = y - high - gap / 2;
            let top = if above < down.start { y + gap / 2 } else { above };
            let mut left = x + gap;
            while let Some([_, (right, _)]) = covering(left, top) {
                left = right + gap;
            }
            let is_inside = left + width <= across.end;
            is_inside.then_some([(left, top), (left + width, top + high)])
        }
    }
}

/// Converts points of the sheet to points of a part of it.
fn local(
    area: &DrawingArea<Pen, Cartesian2d<Axis, Axis>>,
    places: [(i32, i32); 2],
) -> [(i32, i32); 2] {
    let (across, down) = area.get_pixel_range();
    places.map(|(x, y)| (x - across.start, y - down.start))
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        RangedCoordf64::from(0.0..1.0).map(&self.place(*value).clamp(0.0, 1.0), limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() {
            return Vec::new();
        }
        self.ticks.iter().map(|tick| tick.at).collect()
    }

    fn range(&self) -> Range<f64> {
        self.from..self.to
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, at: &f64) -> String {
        self.label(*at)
    }
}

/// Draws above the data the panel's label, the name of the vertical axis, and the note: at the left
/// and the right, or in a small panel below each other.
fn draw_labels(canvas: Canvas<'_>, size: Size, panel: &Panel) -> Result<(), DrawError> {
    let Canvas { area, pen } = canvas;
    const NAME: Letters = Letters { bold: true, color: INK, ..Letters::LABEL };
    let measure = Letters { size: size.letters, color: MUTED, ..Letters::LABEL };
    let room = size.width - size.left - size.right;
    let left_style = measure.style(HPos::Left, VPos::Center);
    if size.is_small() {
        let name = NAME.fit(&panel.name, room);
        let note = measure.fit(&panel.note, room);
        area.draw_text(&name, &NAME.style(HPos::Left, VPos::Center), (px(size.left), px(14.0)))?;
        return area.draw_text(&note, &left_style, (px(size.left), px(29.0)));
    }
    let down = px(size.above / 2.0 - 2.0);
    let name = NAME.fit(&panel.name, 400.0);
    let mut left = size.left;
    if !name.is_empty() {
        area.draw_text(&name, &NAME.style(HPos::Left, VPos::Center), (px(left), down))?;
        left += NAME.width(&name) + 16.0;
    }
    pen.begin_group("class=\"y-name\"");
    area.draw_text(&panel.y.name, &left_style, (px(left), down))?;
    pen.end_group();
    let note =
        measure.fit(&panel.note, room - (left - size.left) - measure.width(&panel.y.name) - 16.0);
    let right = px(size.width - size.right);
    area.draw_text(&note, &measure.style(HPos::Right, VPos::Center), (right, down))
}
