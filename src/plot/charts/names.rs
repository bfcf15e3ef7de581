//! Latency over time by target name, in small panels with a common scale.

use std::time::Duration;

use crate::plot::charts::scene::{
    RunLines, Scene, Shown, duration_axis, ends, quantile, quantile_lines, thin_entry,
};
use crate::plot::render::figure::{Entry, Figure, Panel, Series, Sign};
use crate::plot::render::labels::hits_label;

const TITLE: &str = "Latency over time by name";

/// Maximum number of names shown.
const MAX_PANELS: usize = 12;

/// Maximum number of panels in a row.
const COLUMNS: usize = 3;

/// Label of hits without a name.
const UNNAMED: &str = "(unnamed)";

/// Width of a full chart whose bins are still distinguishable, in multiples of a small panel's
/// width.
const NARROWER: u32 = 3;

/// The panel of a name.
struct Named {
    name: String,
    n_hits: u64,
    panel: Panel,
}

/// Returns the median and the p99 of each name, each name in its own panel.
pub fn figure(scene: &Scene<'_>) -> Figure {
    let (mut panels, mut legend) = (Vec::new(), Vec::new());
    for (shown, stroke) in scene.runs.iter().zip(scene.strokes(2.0)) {
        let lines = RunLines { stroke, entry: legend.len(), thin_entry: scene.runs.len() };
        add(scene, shown, lines, &mut panels);
        legend.push(Entry { sign: Sign::Line(stroke), label: shown.named("p50") });
    }
    legend.push(thin_entry());
    finish(scene, panels, legend)
}

/// Adds the lines of one run's names, each to the panel of its name.
fn add(scene: &Scene<'_>, shown: &Shown<'_>, lines: RunLines, panels: &mut Vec<Named>) {
    let axis = scene.release_axis(true);
    let span = Duration::try_from_secs_f64(axis.to).unwrap_or(Duration::MAX);
    for (name, n_hits, timeline) in shown.run.names(span.saturating_mul(NARROWER)) {
        let known = panels.iter().position(|named| named.name == name);
        let place = known.unwrap_or_else(|| {
            let panel = Panel::new(axis.clone(), duration_axis(&[], &[], "latency"));
            panels.push(Named { name: name.to_owned(), n_hits: 0, panel });
            panels.len() - 1
        });
        let named = &mut panels[place];
        named.n_hits += n_hits;
        let slices = named.panel.slices.len();
        named.panel.slices.push(ends(&timeline.slices));
        let values = |q| timeline.slices.iter().map(|slice| quantile(&slice.kept, q)).collect();
        named.panel.series.extend(quantile_lines(shown, lines, slices, values));
    }
}

/// Gives the panels a common scale, and notes what is missing.
fn finish(scene: &Scene<'_>, mut panels: Vec<Named>, legend: Vec<Entry>) -> Figure {
    let unlisted: u64 = scene.runs.iter().map(|shown| shown.run.n_unlisted()).sum();
    let hidden: u64 = panels.iter().skip(MAX_PANELS).map(|named| named.n_hits).sum();
    panels.truncate(MAX_PANELS);
    let columns = panels.len().clamp(1, COLUMNS);
    let all: Vec<Series> = panels.iter().flat_map(|named| named.panel.series.clone()).collect();
    let y = duration_axis(&all, &[], "latency");
    let finished = panels.into_iter().map(|Named { name, n_hits, panel }| Panel {
        name: if name.is_empty() { UNNAMED.to_owned() } else { name },
        note: hits_label(n_hits),
        y: y.clone(),
        ..panel
    });
    let mut figure = scene.figure(TITLE, legend, finished.collect());
    figure.columns = columns;
    if unlisted + hidden > 0 {
        let missing = hits_label(unlisted + hidden);
        figure.remark = Some(format!("not shown: {missing} of further names"));
    }
    figure
}
