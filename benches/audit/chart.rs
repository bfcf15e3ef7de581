//! The chart of the audit: the share of requests below each error.

use std::ops::Range;

use anyhow::anyhow;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use crate::quantile::quantile;

/// Sizes in pixels.
const WIDTH: u32 = 1_000;
const TITLE_HEIGHT: u32 = 40;
const ROW_HEIGHT: u32 = 380;

/// Source: Masataka Okabe, Kei Ito, Color Universal Design, 2002, revised 2008.
const COLORS: [RGBColor; 4] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
];
const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);
const INK: RGBColor = RGBColor(0x33, 0x33, 0x33);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A line of a panel.
#[derive(Debug)]
pub struct Line {
    /// Text in the legend.
    pub name: String,
    /// Values in ns, sorted.
    pub values_ns: Vec<i64>,
}

/// A panel: lines over the shares of the requests.
#[derive(Debug)]
pub struct Panel {
    /// What the panel shows.
    pub title: String,
    /// Its lines, at most as many as there are colors.
    pub lines: Vec<Line>,
}

/// Draws rows of two panels below a title. The panels of a column have the same axes.
///
/// # Errors
///
/// plotters fails, which does not happen when it writes into memory.
pub fn draw(title: &str, rows: &[[Panel; 2]]) -> anyhow::Result<String> {
    let mut svg = String::new();
    let size = (WIDTH, TITLE_HEIGHT + ROW_HEIGHT * rows.len() as u32);
    let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    paint(&root, title, rows).map_err(|error| anyhow!("draw the chart: {error}"))?;
    drop(root);
    Ok(svg)
}

fn paint(root: &Area, title: &str, rows: &[[Panel; 2]]) -> Result<(), Box<dyn std::error::Error>> {
    root.fill(&WHITE)?;
    let (head, body) = root.split_vertically(TITLE_HEIGHT);
    head.draw_text(title, &("sans-serif", 19).into_font().color(&INK), (16, 14))?;
    let axes = [0, 1].map(|column| Axes::over(rows.iter().map(|row| &row[column])));
    for (area, row) in body.split_evenly((rows.len(), 1)).iter().zip(rows) {
        for ((area, panel), axes) in area.split_evenly((1, 2)).iter().zip(row).zip(&axes) {
            paint_panel(area, panel, axes)?;
        }
    }
    root.present()?;
    Ok(())
}

/// The axes of a panel, in powers of ten.
struct Axes {
    /// `-log10(1 - q)` of quantiles q, so that each further nine takes the same room.
    nines: Axis,
    /// `log10` of lengths in µs.
    lengths: Axis,
}

impl Axes {
    fn over<'a>(panels: impl Iterator<Item = &'a Panel>) -> Self {
        let lines: Vec<&Line> = panels.flat_map(|panel| &panel.lines).collect();
        let longest = lines.iter().map(|line| line.values_ns.len()).max().unwrap_or(0);
        let exponents = |q| lines.iter().map(move |line| exponent_at(&line.values_ns, q));
        let least = exponents(0.0).fold(1.0, f64::min).floor();
        let greatest = exponents(1.0).fold(least + 1.0, f64::max).ceil();
        let nines = (longest.max(10) as f64).log10();
        Self {
            nines: Axis {
                range: 0.0..nines,
                ticks: [0.0, 2_f64.log10()].into_iter().chain(whole(1.0, nines)).collect(),
                format: percent,
            },
            lengths: Axis {
                range: least..greatest,
                ticks: whole(least, greatest).collect(),
                format: length,
            },
        }
    }
}

/// Returns the whole numbers in a range, both ends included.
fn whole(from: f64, to: f64) -> impl Iterator<Item = f64> {
    (from as i32..=to as i32).map(f64::from)
}

/// Returns log10 of a quantile in µs, clamped to at least 1 µs.
fn exponent_at(values_ns: &[i64], q: f64) -> f64 {
    (quantile(values_ns, q) as f64 / 1e3).max(1.0).log10()
}

/// An axis with custom ticks.
#[derive(Clone)]
struct Axis {
    range: Range<f64>,
    ticks: Vec<f64>,
    format: fn(f64) -> String,
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        RangedCoordf64::from(self.range()).map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        (self.format)(*value)
    }
}

fn paint_panel(area: &Area, panel: &Panel, axes: &Axes) -> Result<(), Box<dyn std::error::Error>> {
    let letters = |size: u32| ("sans-serif", size).into_font().color(&INK);
    let mut chart = ChartBuilder::on(area)
        .caption(&panel.title, letters(15))
        .margin(12)
        .margin_right(24)
        .x_label_area_size(44)
        .y_label_area_size(58)
        .build_cartesian_2d(axes.nines.clone(), axes.lengths.clone())?;
    chart
        .configure_mesh()
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .axis_style(INK)
        .label_style(letters(13))
        .x_desc("% of the requests stayed below")
        .draw()?;
    for (line, color) in panel.lines.iter().zip(COLORS) {
        let style = ShapeStyle::from(&color).stroke_width(2);
        chart
            .draw_series(LineSeries::new(curve(&line.values_ns), style))?
            .label(&line.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE)
        .label_font(letters(13))
        .draw()?;
    Ok(())
}

/// Returns the points of a line, from the least value to the greatest.
fn curve(values_ns: &[i64]) -> impl Iterator<Item = (f64, f64)> + '_ {
    const STEPS: u32 = 240;
    let last = (values_ns.len().max(1) as f64).log10();
    (0..=STEPS).map(move |step| {
        let nines = last * f64::from(step) / f64::from(STEPS);
        (nines, exponent_at(values_ns, 1.0 - 10_f64.powf(-nines)))
    })
}

/// Returns `99.9` for 3 nines.
fn percent(nines: f64) -> String {
    let percent = 100.0 - 100.0 * 10_f64.powf(-nines);
    let digits = (nines.round() as usize).saturating_sub(2);
    format!("{percent:.digits$}")
}

/// Returns `10 µs` for 1, and `1 ms` for 3.
fn length(exponent: f64) -> String {
    let micros = 10_f64.powf(exponent);
    match micros {
        ..999.0 => format!("{micros:.0} µs"),
        ..999e3 => format!("{:.0} ms", micros / 1e3),
        _ => format!("{:.0} s", micros / 1e6),
    }
}
