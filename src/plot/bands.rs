//! Quantiles of latency over time, as bands.

use std::time::Duration;

use plotters::prelude::*;

use crate::error::Error;
use crate::plot::axis::{Axis, length_label};
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

/// Part of the axis of time that a stretch takes at least, lest it cannot be seen.
const LEAST_WIDTH: f64 = 0.008;

/// The quantiles of one stretch of time, in places of the axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Begin in seconds. It may lie before the axis.
    pub from: f64,
    /// End in seconds. It may lie behind the axis.
    pub to: f64,
    /// Height of each of [`QUANTILES`].
    pub heights: [f64; QUANTILES.len()],
}

/// The quantiles of one attack.
pub struct Panel {
    /// Name of the attack; empty where that goes without saying.
    pub name: String,
    /// Stretches in the order of time. Where one does not begin at the end of the one before,
    /// there was no hit between. None is empty.
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
    let note = format!("in steps of {}", length_label(panel.length));
    let words = Words { name: panel.name.clone(), note };
    let header = Header::new(title, legend());
    sheet(&header, &format!("{title}{told}{}", panel.name), |area| {
        draw_bands(&mut frame(area, x, y, &words)?, &visible(&panel.stretches, x))
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

/// Returns the stretches as far as they lie on the axis. The first and the last, of which that may
/// be little, are widened to what can be seen, at the cost of the neighbour where one touches.
fn visible(stretches: &[Stretch], x: &Axis) -> Vec<Stretch> {
    let clip = |stretch: &Stretch| Stretch {
        from: stretch.from.max(x.from),
        to: stretch.to.min(x.to),
        ..*stretch
    };
    let mut visible: Vec<Stretch> = stretches.iter().map(clip).collect();
    let least = (x.to - x.from) * LEAST_WIDTH;
    let middle = |stretch: &Stretch| (stretch.from + stretch.to) / 2.0;
    if let [first, rest @ ..] = &mut visible[..] {
        first.to = first.to.max(first.from + least);
        if let Some(next) = rest.first_mut().filter(|next| next.from < first.to) {
            first.to = first.to.min(middle(next));
            next.from = first.to;
        }
    }
    if let [rest @ .., last] = &mut visible[..] {
        last.from = last.from.min(last.to - least);
        if let Some(before) = rest.last_mut().filter(|before| before.to > last.from) {
            last.from = last.from.max(middle(before));
            before.to = last.from;
        }
    }
    visible
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks from where to where stretches are drawn on an axis of 1000 s.
    fn check(stretches: &[(f64, f64)], expected: &[(f64, f64)]) {
        let stretch = |(from, to): &(f64, f64)| Stretch { from: *from, to: *to, heights: [0.0; 4] };
        let stretches: Vec<Stretch> = stretches.iter().map(stretch).collect();
        let seen = visible(&stretches, &Axis::of_time(1_000.0));
        let seen: Vec<(f64, f64)> = seen.iter().map(|stretch| (stretch.from, stretch.to)).collect();
        assert_eq!(seen, expected, "{stretches:?}");
    }

    #[test]
    fn stretches_are_cut_at_the_ends_of_the_axis() {
        let stretches = [(-50.0, 150.0), (150.0, 350.0), (950.0, 1_150.0)];
        check(&stretches, &[(0.0, 150.0), (150.0, 350.0), (950.0, 1_000.0)]);
        check(&[], &[]);
    }

    #[test]
    fn a_stretch_at_either_end_is_wide_enough_to_be_seen() {
        check(&[(-1.0, 1.0)], &[(0.0, 8.0)]);
        check(&[(0.0, 20.0), (1_000.0, 1_020.0)], &[(0.0, 20.0), (992.0, 1_000.0)]);
        // A neighbour gives way, but at most by half.
        check(&[(-19.0, 1.0), (1.0, 21.0)], &[(0.0, 8.0), (8.0, 21.0)]);
        check(&[(996.0, 1_000.0), (1_000.0, 1_004.0)], &[(996.0, 998.0), (998.0, 1_000.0)]);
    }
}
