//! Latency over time: a mark for every hit, or for those that make its shape.

use plotters::prelude::*;

use crate::error::Error;
use crate::plot::axis::{Axis, grouped};
use crate::plot::canvas::{DrawError, paint, px};
use crate::plot::frame::{self, Chart, Words, empty_frame, frame};
use crate::plot::header::{Entry, Header, LEGEND, Sign};
use crate::plot::look::Look;
use crate::plot::lttb::Place;

/// Width of an attack's name in the legend, at most, in CSS pixels.
const LONGEST_NAME: f64 = 220.0;

/// Marks on a chart up to which each is drawn with a radius in CSS pixels and an opacity: few are
/// to be seen, many are not to hide one another.
const SIZES: [(usize, f64, f64); 3] = [(60, 4.0, 0.8), (1_500, 2.5, 0.6), (usize::MAX, 1.5, 0.45)];

/// Part of the axis of time that a line leaps, at most.
const LEAP: f64 = 0.01;

/// The hits of one attack with one outcome.
pub struct Trace {
    /// Number of the attack, from 0.
    pub attack: usize,
    /// Name of the attack; may be empty.
    pub name: String,
    /// Whether the hits failed.
    pub failed: bool,
    /// The marks, sorted by time, at most as many as hits.
    pub places: Vec<Place>,
    /// Hits there were.
    pub n_hits: u64,
}

impl Trace {
    fn entry(&self) -> Entry {
        let Look { shape, colour } = self.look();
        Entry { sign: Sign::Mark(shape), colour, label: self.label() }
    }

    /// Returns what the legend calls it: a long name is cut, the outcome never.
    ///
    /// Source: Vegeta, lib/plot/plot.go.
    fn label(&self) -> String {
        let outcome = if self.failed { "ERROR" } else { "OK" };
        if self.name.is_empty() {
            return outcome.to_owned();
        }
        format!("{}: {outcome}", LEGEND.fit(&self.name, LONGEST_NAME))
    }

    fn look(&self) -> Look {
        Look::of(self.attack, self.failed)
    }
}

/// Draws the traces, failed hits above all others, so that none hides behind the many. The remark
/// stands below the title.
///
/// # Errors
///
/// [`Error::Draw`] where plotters refuses.
pub fn draw(
    title: &str,
    remark: Option<&str>,
    traces: &[Trace],
    axes: Option<&(Axis, Axis)>,
) -> Result<String, Error> {
    let header = Header::new(title, traces.iter().map(Trace::entry).collect()).remarking(remark);
    paint(header.height() + frame::HEIGHT, title, |sheet| {
        let (_, panel) = sheet.split_vertically(px(f64::from(header.height())));
        header.draw(sheet)?;
        let Some((x, y)) = axes else {
            return empty_frame(&panel, "no results");
        };
        let mut chart = frame(&panel, x, y, &Words { name: String::new(), note: note(traces) })?;
        let n_marks: usize = traces.iter().map(|trace| trace.places.len()).sum();
        let (_, radius, opacity) = SIZES[SIZES.partition_point(|(most, ..)| *most < n_marks)];
        for failed in [false, true] {
            for trace in traces.iter().filter(|trace| trace.failed == failed) {
                if (trace.places.len() as u64) < trace.n_hits {
                    draw_line(&mut chart, trace, x.to * LEAP)?;
                }
                draw_marks(&mut chart, trace, radius, opacity)?;
            }
        }
        Ok(())
    })
}

/// Draws the marks of a trace. Failed hits are larger, since they are what is looked for.
fn draw_marks(
    chart: &mut Chart<'_, '_>,
    trace: &Trace,
    radius: f64,
    opacity: f64,
) -> Result<(), DrawError> {
    let (radius, opacity) =
        if trace.failed { (radius + 1.0, opacity + 0.15) } else { (radius, opacity) };
    let Look { shape, colour } = trace.look();
    let style = colour.mix(opacity).filled();
    let places = trace.places.iter().copied();
    match shape.corners(radius) {
        None => chart.draw_series(places.map(|place| Circle::new(place, px(radius), style)))?,
        Some(corners) => chart.draw_series(
            places.map(|place| EmptyElement::at(place) + Polygon::new(corners.clone(), style)),
        )?,
    };
    Ok(())
}

/// Joins the marks of a trace that stands for more hits than it has marks. Downsampling keeps the
/// outline of a line; its marks alone would look like two crowds with nothing between them.
/// Nothing is drawn over more than `leap` seconds without a mark.
fn draw_line(chart: &mut Chart<'_, '_>, trace: &Trace, leap: f64) -> Result<(), DrawError> {
    let style = trace.look().colour.mix(0.35).stroke_width(1);
    let near = |before: &Place, after: &Place| after.0 - before.0 <= leap;
    for run in trace.places.chunk_by(near).filter(|run| run.len() > 1) {
        chart.draw_series([PathElement::new(run, style)])?;
    }
    Ok(())
}

/// Says how many hits have no mark; nothing where all have one.
fn note(traces: &[Trace]) -> String {
    let n_hits: u64 = traces.iter().map(|trace| trace.n_hits).sum();
    let n_marks: u64 = traces.iter().map(|trace| trace.places.len() as u64).sum();
    if n_marks == n_hits {
        return String::new();
    }
    format!("{} of {} hits drawn", grouped(n_marks), grouped(n_hits))
}
