//! The share of failed hits over time, by outcome.

use plotters::prelude::RGBColor;

use crate::metrics::Slice;
use crate::plot::charts::scene::{Plotted, Scene, Shown, reach};
use crate::plot::data::bin::Tally;
use crate::plot::data::outcomes::Outcome;
use crate::plot::render::axis::Axis;
use crate::plot::render::figure::{Drawn, Entry, Panel, Series, Sign};
use crate::plot::render::palette::MUTED;

const NAME: &str = "failures";

/// Name of the vertical axis.
const MEASURE: &str = "share of hits that failed";

/// Label of failures without an area for their outcome.
const OTHERS: &str = "other failures";

/// An outcome with an entry in the legend.
pub(super) struct Listed<'a> {
    /// The outcome.
    pub outcome: &'a Outcome,
    /// Color of its area.
    pub color: RGBColor,
    /// Its name.
    pub label: String,
}

/// Returns the share of failed hits: of one run as areas on top of each other, one for each of the
/// outcomes, which have the first entries of the legend; of several runs as a line for each.
/// Returns None if no hit failed. Adds further entries to the legend.
pub(super) fn panel(
    scene: &Scene<'_>,
    listed: &[Listed<'_>],
    legend: &mut Vec<Entry>,
) -> Option<Panel> {
    let has_failures = |shown: &Shown<'_>| shown.run.successes() < shown.run.n_hits();
    if !scene.runs.iter().any(has_failures) {
        return None;
    }
    let mut plotted = Plotted { legend: std::mem::take(legend), series: Vec::new() };
    match scene.only() {
        Some(shown) => add_areas(shown, listed, &mut plotted),
        None => add_lines(scene, &mut plotted),
    }
    *legend = plotted.legend;
    let most = reach(&plotted.series).map_or(0.0, |(_, most)| most);
    Some(Panel {
        name: NAME.to_owned(),
        note: scene.only().map_or(String::new(), Shown::note),
        slices: scene.runs.iter().map(Shown::slices).collect(),
        guides: scene.stage_guides().collect(),
        series: plotted.series,
        ..Panel::new(scene.release_axis(false), Axis::of_shares(most, MEASURE))
    })
}

fn add_lines(scene: &Scene<'_>, plotted: &mut Plotted) {
    for (slices, (shown, stroke)) in scene.runs.iter().zip(scene.strokes(2.0)).enumerate() {
        let values = shown.each(|slice| share(slice, slice.kept.failed));
        let entry = Entry { sign: Sign::Line(stroke), label: shown.named("failed") };
        let drawn = Drawn::Steps { slices, values, stroke };
        plotted.add(entry, shown.named("failed"), drawn);
    }
}

/// Adds the areas of one run, each above those before it.
fn add_areas(shown: &Shown<'_>, listed: &[Listed<'_>], plotted: &mut Plotted) {
    let mut base: Vec<u64> = vec![0; shown.timeline.slices.len()];
    for (entry, Listed { outcome, color, label }) in listed.iter().enumerate() {
        let place = shown.run.outcomes().seen().position(|seen| seen == *outcome);
        let Some(place) = place.filter(|_| outcome.is_failure() == Some(true)) else { continue };
        let counts = shown.timeline.slices.iter();
        let counts = counts.map(|slice| slice.kept.outcomes.get(place).copied().unwrap_or(0));
        let drawn = area(shown, &mut base, &counts.collect::<Vec<_>>(), *color);
        plotted.series.push(Series { name: label.clone(), entries: vec![entry], drawn });
    }
    let slices = shown.timeline.slices.iter().zip(&base);
    let rest: Vec<u64> =
        slices.map(|(slice, base)| slice.kept.failed.saturating_sub(*base)).collect();
    if rest.iter().any(|count| *count > 0) {
        let entry = Entry { sign: Sign::Band(MUTED), label: OTHERS.to_owned() };
        let drawn = area(shown, &mut base, &rest, MUTED);
        plotted.add(entry, OTHERS.to_owned(), drawn);
    }
}

/// Returns the area of hits above those in `base`, and adds them there. Bins without such hits have
/// no area.
fn area(shown: &Shown<'_>, base: &mut [u64], counts: &[u64], color: RGBColor) -> Drawn {
    let mut low = Vec::with_capacity(counts.len());
    let mut high = Vec::with_capacity(counts.len());
    for ((slice, base), count) in shown.timeline.slices.iter().zip(base).zip(counts) {
        let is_drawn = |_: &f64| *count > 0;
        low.push(share(slice, *base).filter(is_drawn));
        *base += count;
        high.push(share(slice, *base).filter(is_drawn));
    }
    Drawn::Band { slices: 0, low, high, colors: (color, color), is_stacked: true }
}

/// Returns hits as a share of all hits released in a bin; None if there are none.
fn share(slice: &Slice<Tally>, count: u64) -> Option<f64> {
    let released = slice.kept.releases.count;
    (released > 0).then(|| count as f64 / released as f64)
}
