//! Status codes and failures over time.

use std::collections::BTreeMap;

use plotters::prelude::RGBColor;

use crate::plot::charts::failure_share::{self, Listed};
use crate::plot::charts::scene::{Scene, Shown, reach};
use crate::plot::data::outcomes::Outcome;
use crate::plot::render::axis::Axis;
use crate::plot::render::figure::{Drawn, Entry, Figure, Panel, Series, Sign, Stroke};
use crate::plot::render::labels::hits_label;
use crate::plot::render::palette::{RULE, SERIES};
use crate::record::{GRPC_OK, grpc_status_name};

const TITLE: &str = "Status codes and failures over time";

/// Name of the panel of one run below that of its failures.
const ALL_HITS: &str = "all hits";

/// Maximum number of outcomes drawn for a run; those with the fewest hits are left out.
const MAX_LINES: usize = 10;

/// Colors and dashes of the status classes, assigned in turn within a class, from 2xx on.
const GOOD: [RGBColor; 2] = [SERIES[0], SERIES[5]];
const REDIRECTED: [RGBColor; 1] = [SERIES[2]];
const REFUSED: [RGBColor; 2] = [SERIES[4], SERIES[6]];
const BROKEN: [RGBColor; 2] = [SERIES[1], SERIES[7]];
const UNANSWERED: [RGBColor; 2] = [SERIES[3], RULE];
const DASHES: [&[f64]; 4] = [&[], &[6.0, 3.0], &[2.0, 2.0], &[9.0, 3.0, 2.0, 3.0]];

/// An outcome with a line on the chart.
struct Line<'a> {
    outcome: &'a Outcome,
    /// Hits of all runs.
    n_hits: u64,
    stroke: Stroke,
}

/// Returns the share of failed hits, if there are any, and for each run the hits released per second
/// by outcome, on a logarithmic axis, which keeps a few failures visible next to many responses.
pub fn figure(scene: &Scene<'_>) -> Figure {
    let lines = lines(scene);
    let panels = scene.runs.iter().map(|shown| panel(scene, shown, &lines));
    let mut panels: Vec<Panel> = panels.collect();
    let reaches = panels.iter().filter_map(|panel| reach(&panel.series));
    let both = reaches.reduce(|(l, m), (least, most)| (l.min(least), m.max(most)));
    let (least, most) = both.unwrap_or((1.0, 1.0));
    let y = Axis::of_logarithmic_rates(least, most, "hits per second");
    panels.iter_mut().for_each(|panel| panel.y = y.clone());
    let entry = |line: &Line<'_>| Entry {
        sign: Sign::Line(line.stroke),
        label: format!("{} ({})", label(line.outcome), hits_label(line.n_hits)),
    };
    let mut legend: Vec<Entry> = lines.iter().map(entry).collect();
    let listed: Vec<Listed<'_>> = lines.iter().map(Line::listed).collect();
    if let Some(failures) = failure_share::panel(scene, &listed, &mut legend) {
        if let [panel] = panels.as_mut_slice() {
            panel.name = ALL_HITS.to_owned();
            panel.note = String::new();
        }
        panels.insert(0, failures);
    }
    scene.figure(TITLE, legend, panels)
}

impl<'a> Line<'a> {
    fn listed(&self) -> Listed<'a> {
        Listed { outcome: self.outcome, color: self.stroke.color, label: label(self.outcome) }
    }
}

fn panel(scene: &Scene<'_>, shown: &Shown<'_>, lines: &[Line<'_>]) -> Panel {
    let seen = || shown.run.outcomes().seen();
    let series = lines.iter().enumerate().filter_map(|(entry, Line { outcome, stroke, .. })| {
        let place = seen().position(|seen| seen == *outcome)?;
        let values = shown.each(|slice| {
            let count = slice.kept.outcomes.get(place).copied().unwrap_or_default();
            // The most recent hits stay visible, however few they are.
            let seconds = shown.loaded_seconds(slice).unwrap_or(slice.seconds());
            (count > 0).then(|| count as f64 / seconds)
        });
        let drawn = Drawn::Steps { slices: 0, values, stroke: *stroke };
        Some(Series { name: label(outcome), entries: vec![entry], drawn })
    });
    Panel {
        name: shown.label.clone(),
        note: shown.note(),
        slices: vec![shown.slices()],
        guides: scene.stage_guides().collect(),
        series: series.collect(),
        ..Panel::new(scene.release_axis(false), Axis::of_logarithmic_rates(1.0, 1.0, ""))
    }
}

/// Returns the outcomes with the most hits, sorted by status code; no response comes last.
fn lines<'a>(scene: &'a Scene<'_>) -> Vec<Line<'a>> {
    let mut counts: BTreeMap<&Outcome, u64> = BTreeMap::new();
    for shown in &scene.runs {
        for (place, outcome) in shown.run.outcomes().seen().enumerate() {
            let slices = shown.timeline.slices.iter();
            let count: u64 = slices.filter_map(|slice| slice.kept.outcomes.get(place)).sum();
            *counts.entry(outcome).or_default() += count;
        }
    }
    let mut most: Vec<_> = counts.into_iter().collect();
    most.sort_by(|(a, many), (b, more)| more.cmp(many).then_with(|| a.cmp(b)));
    most.truncate(MAX_LINES);
    most.sort_by_key(|(outcome, _)| *outcome);
    let mut drawn_before = [0; 5];
    let line = |(outcome, n_hits)| {
        let (family, colors) = family(outcome);
        let nth = drawn_before[family];
        drawn_before[family] += 1;
        let dashes = DASHES[nth / colors.len() % DASHES.len()];
        let width = if family == 0 { 3.0 } else { 2.0 };
        Line {
            outcome,
            n_hits,
            stroke: Stroke { color: colors[nth % colors.len()], width, dashes },
        }
    };
    most.into_iter().map(line).collect()
}

/// Returns the kind of an outcome, and the colors of that kind.
fn family(outcome: &Outcome) -> (usize, &'static [RGBColor]) {
    match outcome {
        Outcome::Status(0..300) | Outcome::Expected(_) | Outcome::Grpc(GRPC_OK) => (0, &GOOD),
        Outcome::Status(300..400) => (1, &REDIRECTED),
        Outcome::Status(400..500) => (2, &REFUSED),
        Outcome::Status(_) | Outcome::Grpc(_) | Outcome::Broken(..) => (3, &BROKEN),
        Outcome::Failure(_) | Outcome::Other => (4, &UNANSWERED),
    }
}

fn label(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Status(status) => status.to_string(),
        Outcome::Grpc(status) => grpc_status_name(*status).into_owned(),
        Outcome::Expected(status) => format!("{status}, as expected"),
        Outcome::Broken(status, cause) => format!("{status}, then {cause}"),
        Outcome::Failure(cause) if cause.is_empty() => "no response".to_owned(),
        Outcome::Failure(cause) => format!("no response: {cause}"),
        Outcome::Other => "others".to_owned(),
    }
}
