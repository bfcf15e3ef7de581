//! Hits in flight over time: released, and not finished.

use crate::metrics::Timeline;
use crate::plot::charts::scene::{Scene, Shown, reach};
use crate::plot::data::bin::Instants;
use crate::plot::render::axis::{Axis, Unit};
use crate::plot::render::figure::{Drawn, Entry, Figure, Panel, Series, Sign, Stroke};
use crate::plot::render::palette::{BANDS, EDGES};

const TITLE: &str = "Hits in flight over time";

/// The single entry of the legend.
const MEANING: &str = "hits in flight, on average over each step";

/// Returns the average number of hits in flight in each bin.
pub fn figure(scene: &Scene<'_>) -> Figure {
    let (mut legend, mut series) = (Vec::new(), Vec::new());
    for (idx, (shown, stroke)) in scene.runs.iter().zip(scene.strokes(2.0)).enumerate() {
        let present = average_present(&shown.timeline, |kept| (kept.releases, kept.ends));
        let values: Vec<Option<f64>> = present.into_iter().map(Some).collect();
        let (sign, drawn) = match scene.only() {
            Some(_) => area(values),
            None => (Sign::Line(stroke), Drawn::Steps { slices: idx, values, stroke }),
        };
        let label = if scene.only().is_some() { MEANING } else { &shown.label };
        legend.push(Entry { sign, label: label.to_owned() });
        series.push(Series { name: shown.named("in flight"), entries: vec![idx], drawn });
    }
    let most = reach(&series).map_or(0.0, |(_, most)| most);
    let y = Axis::of_numbers(most, Unit::Hits, "hits in flight");
    let panel = Panel {
        name: scene.only().map_or(String::new(), |shown| shown.label.clone()),
        note: scene.only().map_or(String::new(), Shown::note),
        guides: scene.stage_guides().collect(),
        slices: scene.runs.iter().map(Shown::slices).collect(),
        series,
        ..Panel::new(scene.end_axis(), y)
    };
    scene.figure(TITLE, legend, vec![panel])
}

fn area(values: Vec<Option<f64>>) -> (Sign, Drawn) {
    let low = values.iter().map(|value| value.map(|_| 0.0)).collect();
    let colors = (BANDS[1], EDGES[0]);
    let drawn = Drawn::Band { slices: 0, low, high: values, colors, is_stacked: false };
    (Sign::Line(Stroke::whole(colors.1, 2.0)), drawn)
}

/// Returns the average number of hits in flight, or of flows in progress, in each bin: the time that
/// they spent in the bin, divided by its length. `of` returns the releases and the ends of a bin.
///
///   (before * length + sum of (end - release)) / length
///
/// - before: hits in flight at the start of the bin
/// - release: instant at which each hit of the bin was released, measured from the end of the bin
/// - end: instant at which each hit that ended in the bin did so, measured from the end of the bin
///
/// Source: John D. C. Little, A Proof for the Queuing Formula L = λW, Operations Research 9 (3),
/// 1961: the definition of L.
pub fn average_present<T>(
    timeline: &Timeline<T>,
    of: impl Fn(&T) -> (Instants, Instants),
) -> Vec<f64> {
    average_present_from(0.0, timeline, of)
}

/// As [`average_present`], with a number of things that are present before the first bin.
pub fn average_present_from<T>(
    mut before: f64,
    timeline: &Timeline<T>,
    of: impl Fn(&T) -> (Instants, Instants),
) -> Vec<f64> {
    let mut averages = Vec::with_capacity(timeline.slices.len());
    for slice in &timeline.slices {
        let length = slice.seconds();
        let (released, ended) = of(&slice.kept);
        // Instants are measured from the start of a slot, which may be before the start of the bin.
        let lead = slice.lead;
        let left = |count: u64, sum_ns: u128| count as f64 * (length + lead) - sum_ns as f64 / 1e9;
        let gained = left(released.count, released.sum_ns) - left(ended.count, ended.sum_ns);
        averages.push(((before * length + gained) / length).max(0.0));
        before += released.count as f64 - ended.count as f64;
    }
    averages
}
