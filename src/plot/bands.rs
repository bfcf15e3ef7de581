//! Quantiles of latency over time, as bands.

use std::time::Duration;

use plotters::prelude::*;

use crate::error::Error;
use crate::plot::axis::{Axis, duration_label};
use crate::plot::canvas::{Area, DrawError, paint, px};
use crate::plot::frame::{self, Chart, Words, empty_frame, frame};
use crate::plot::header::{Entry, Header, Sign};
use crate::plot::slots::QUANTILES;

/// The line at the median.
const MEDIAN: RGBColor = RGBColor(0x00, 0x3f, 0x66);

/// The bands between one quantile and the next, with the colour of the band and of its upper edge.
const BANDS: [(&str, RGBColor, RGBColor); QUANTILES.len() - 1] = [
    ("p50 to p90", RGBColor(0x5a, 0xa5, 0xd4), RGBColor(0x00, 0x72, 0xb2)),
    ("p90 to p99", RGBColor(0x9c, 0xc9, 0xe7), RGBColor(0x5a, 0xa5, 0xd4)),
    ("p99 to max", RGBColor(0xd6, 0xe8, 0xf5), RGBColor(0x9c, 0xc9, 0xe7)),
];

/// The quantiles of one stretch of time, in places of the axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Begin in seconds.
    pub from: f64,
    /// End in seconds.
    pub to: f64,
    /// Height of each of [`QUANTILES`].
    pub heights: [f64; QUANTILES.len()],
}

/// The quantiles of one attack.
pub struct Panel {
    /// Name of the attack; empty where that goes without saying.
    pub name: String,
    /// Stretches in the order of time. Where one does not begin at the end of the one before,
    /// there was no hit between.
    pub stretches: Vec<Stretch>,
    /// Length of a stretch.
    pub length: Duration,
}

/// Draws the quantiles of one attack over axes of time and of latency.
///
/// # Errors
///
/// [`Error::Draw`] where plotters refuses.
pub fn draw(title: &str, panel: &Panel, (x, y): (&Axis, &Axis)) -> Result<String, Error> {
    let told = if panel.name.is_empty() { "" } else { ": " };
    let note = format!("in steps of {}", duration_label(panel.length.as_nanos() as u64));
    let words = Words { name: panel.name.clone(), note };
    let header = Header::new(title, legend());
    sheet(&header, &format!("{title}{told}{}", panel.name), |area| {
        draw_bands(&mut frame(area, x, y, &words)?, &panel.stretches)
    })
}

/// Draws a frame that says that there are no results.
///
/// # Errors
///
/// [`Error::Draw`] where plotters refuses.
pub fn draw_empty(title: &str) -> Result<String, Error> {
    sheet(&Header::new(title, Vec::new()), title, |area| empty_frame(area, "no results"))
}

/// Paints a sheet with a head, and below it what `draw` draws.
fn sheet(
    header: &Header,
    told: &str,
    draw: impl FnOnce(&Area<'_>) -> Result<(), DrawError>,
) -> Result<String, Error> {
    paint(header.height() + frame::HEIGHT, told, |sheet| {
        header.draw(sheet)?;
        let (_, area) = sheet.split_vertically(px(f64::from(header.height())));
        draw(&area)
    })
}

/// Returns the entries in the order the bands lie above one another.
fn legend() -> Vec<Entry> {
    let bands = BANDS.iter().rev().map(|(label, colour, _)| Entry {
        sign: Sign::Band,
        colour: *colour,
        label: (*label).to_owned(),
    });
    let median = Entry { sign: Sign::Line, colour: MEDIAN, label: "p50, the median".to_owned() };
    bands.chain([median]).collect()
}

fn draw_bands(chart: &mut Chart<'_, '_>, stretches: &[Stretch]) -> Result<(), DrawError> {
    let runs = || stretches.chunk_by(|before, after| before.to == after.from);
    for (idx, (_, fill, edge)) in BANDS.iter().enumerate().rev() {
        for run in runs() {
            let mut outline = upper_edge(run, idx + 1);
            chart.draw_series([PathElement::new(outline.clone(), edge.stroke_width(2))])?;
            outline.extend(upper_edge(run, idx).into_iter().rev());
            chart.draw_series([Polygon::new(outline, fill)])?;
        }
    }
    for run in runs() {
        chart.draw_series([PathElement::new(upper_edge(run, 0), MEDIAN.stroke_width(4))])?;
    }
    Ok(())
}

/// Returns the stairs of one quantile over stretches that touch.
fn upper_edge(run: &[Stretch], quantile: usize) -> Vec<(f64, f64)> {
    let step = |stretch: &Stretch| {
        let height = stretch.heights[quantile];
        [(stretch.from, height), (stretch.to, height)]
    };
    run.iter().flat_map(step).collect()
}
