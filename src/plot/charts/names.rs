//! Latency over time by the targets' names, in small panels on one scale.

use std::time::Duration;

use crate::plot::charts::scene::{Scene, duration_axis, ends, quantile};
use crate::plot::drawn::figure::{Drawn, Entry, Figure, Panel, Series, Sign, Stroke};
use crate::plot::drawn::labels::grouped;
use crate::plot::drawn::palette::MUTED;

const TITLE: &str = "Latency over time by name";

/// Names that are shown, at most.
const MOST_PANELS: usize = 12;

/// Panels beside one another, at most.
const COLUMNS: usize = 3;

/// What hits without a name are called.
const UNNAMED: &str = "(unnamed)";

/// Slices of a small panel, about, that can be told apart.
const SLICES: u32 = 3;

/// Returns the median and the p99 of each name, in a panel of its own.
pub fn figure(scene: &Scene<'_>) -> Figure {
    let mut panels: Vec<(String, u64, Panel)> = Vec::new();
    let strokes = scene.strokes(2.0);
    let blank = || Panel::new(scene.release_axis(true), duration_axis(&[], &[], "latency"));
    let (mut n_unlisted, mut legend) = (0, Vec::new());
    let span = Duration::try_from_secs_f64(scene.release_axis(true).to).unwrap_or(Duration::MAX);
    for (shown, stroke) in scene.runs.iter().zip(strokes) {
        n_unlisted += shown.run.n_unlisted();
        legend.push(Entry { sign: Sign::Line(stroke), label: shown.named("p50") });
        for (name, n_hits, timeline) in shown.run.names(span.saturating_mul(SLICES)) {
            let known = panels.iter().position(|(known, ..)| known == name);
            let place = known.unwrap_or_else(|| {
                panels.push((name.to_owned(), 0, blank()));
                panels.len() - 1
            });
            let (_, count, panel) = &mut panels[place];
            *count += n_hits;
            let slices = panel.slices.len();
            panel.slices.push(ends(&timeline.slices));
            let lines = [("p99", 0.99, Stroke { width: 1.0, ..stroke }), ("p50", 0.5, stroke)];
            panel.series.extend(lines.map(|(what, q, stroke)| {
                let values = timeline.slices.iter().map(|slice| quantile(&slice.kept, q)).collect();
                let drawn = Drawn::Steps { slices, values, stroke };
                Series { name: shown.named(what), drawn }
            }));
        }
    }
    legend
        .push(Entry { sign: Sign::Line(Stroke::whole(MUTED, 1.0)), label: "thin: p99".to_owned() });
    finish(scene, panels, legend, n_unlisted)
}

/// Puts the panels on one scale, and says what is missing.
fn finish(
    scene: &Scene<'_>,
    mut panels: Vec<(String, u64, Panel)>,
    legend: Vec<Entry>,
    n_unlisted: u64,
) -> Figure {
    let hidden: u64 = panels.iter().skip(MOST_PANELS).map(|(_, count, _)| count).sum();
    panels.truncate(MOST_PANELS);
    let columns = panels.len().clamp(1, COLUMNS);
    let all: Vec<Series> = panels.iter().flat_map(|(.., panel)| panel.series.clone()).collect();
    let y = duration_axis(&all, &[], "latency");
    let finished = panels.into_iter().map(|(name, count, panel)| Panel {
        name: if name.is_empty() { UNNAMED.to_owned() } else { name },
        note: format!("{} hits", grouped(count)),
        y: y.clone(),
        ..panel
    });
    let mut figure = scene.figure(TITLE, legend, finished.collect());
    figure.columns = columns;
    if n_unlisted + hidden > 0 {
        let missing = grouped(n_unlisted + hidden);
        figure.remark = Some(format!("{missing} hits of further names are not shown"));
    }
    figure
}
