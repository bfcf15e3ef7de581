//! Flows over time: how many started and ended, how many were in progress, and their times.

use crate::metrics::{Slice, Timeline};
use crate::plot::charts::inflight::average_present;
use crate::plot::charts::scene::{Scene, Shown, duration_axis, empty, ends, quantile, reach};
use crate::plot::data::flows::FlowTally;
use crate::plot::render::axis::{Axis, Unit};
use crate::plot::render::figure::{Drawn, Entry, Figure, Panel, Series, Sign, Stroke};
use crate::plot::render::labels::grouped;
use crate::plot::render::palette::{FAILED, SERIES};

const TITLE: &str = "Flows over time";

/// Shown if there are no flows.
const NONE: &str = "no request is in a flow";

/// Names of the panels.
const PANELS: [&str; 3] = ["started and ended", "in progress", "time without think time"];

/// What a line shows.
struct Kind {
    name: &'static str,
    /// Index in [`PANELS`].
    panel: usize,
    /// Style for a single run; of several runs, each has its own color.
    stroke: Stroke,
    values: fn(&Shown<'_>, &Timeline<FlowTally>) -> Vec<Option<f64>>,
}

/// All lines, the last one of a panel on top.
const KINDS: [Kind; 6] = [
    Kind {
        name: "started",
        panel: 0,
        stroke: Stroke { color: SERIES[0], width: 3.5, dashes: &[] },
        values: started,
    },
    Kind {
        name: "finished",
        panel: 0,
        stroke: Stroke { color: SERIES[4], width: 1.5, dashes: &[5.0, 3.0] },
        values: |_, timeline| per_second(timeline, |kept| kept.ends.count - kept.failed),
    },
    Kind {
        name: "failed",
        panel: 0,
        stroke: Stroke { color: FAILED, width: 2.0, dashes: &[] },
        values: |_, timeline| per_second(timeline, |kept| kept.failed),
    },
    Kind {
        name: "in progress",
        panel: 1,
        stroke: Stroke { color: SERIES[0], width: 2.0, dashes: &[] },
        values: |_, timeline| {
            let present = average_present(timeline, |kept| (kept.starts, kept.ends));
            present.into_iter().map(Some).collect()
        },
    },
    Kind {
        name: "p95",
        panel: 2,
        stroke: Stroke { color: SERIES[0], width: 1.0, dashes: &[] },
        values: |_, timeline| quantiles(timeline, 0.95),
    },
    Kind {
        name: "p50",
        panel: 2,
        stroke: Stroke { color: SERIES[0], width: 2.0, dashes: &[] },
        values: |_, timeline| quantiles(timeline, 0.5),
    },
];

/// Returns three panels: flows started, finished and failed per second; flows in progress; and the
/// times of flows, by the instants at which they ended.
pub fn figure(scene: &Scene<'_>) -> Figure {
    let with_flows = scene.runs.iter().zip(scene.strokes(2.0));
    let with_flows = with_flows.filter_map(|(shown, stroke)| Some((shown, stroke, shown.flows()?)));
    let mut panels = PANELS.map(|name| Panel {
        name: name.to_owned(),
        guides: scene.stage_guides().collect(),
        ..Panel::new(scene.end_axis(), Axis::of_numbers(1.0, Unit::Hits, ""))
    });
    let mut legend = Vec::new();
    for (shown, color, timeline) in with_flows {
        let slices = panels[0].slices.len();
        panels.iter_mut().for_each(|panel| panel.slices.push(ends(&timeline.slices)));
        panels[0].note = shown.only_note();
        for kind in KINDS {
            let own = Stroke { color: color.color, ..kind.stroke };
            let stroke = if scene.only().is_some() { kind.stroke } else { own };
            let drawn = Drawn::Steps { slices, values: (kind.values)(shown, &timeline), stroke };
            let (name, entries) = (shown.named(kind.name), vec![legend.len()]);
            legend.push(Entry { sign: Sign::Line(stroke), label: name.clone() });
            panels[kind.panel].series.push(Series { name, entries, drawn });
        }
    }
    if legend.is_empty() {
        return scene.figure(TITLE, legend, vec![empty(NONE)]);
    }
    let most = |panel: &Panel| reach(&panel.series).map_or(0.0, |(_, most)| most);
    panels[0].y = Axis::of_numbers(most(&panels[0]), Unit::PerSecond, "flows per second");
    panels[1].y = Axis::of_numbers(most(&panels[1]), Unit::Hits, "flows in progress");
    panels[2].y = duration_axis(&panels[2].series, &[], "flow time");
    scene.figure(TITLE, legend, panels.into())
}

impl Shown<'_> {
    /// Returns the flows in bins of time; None without flows.
    fn flows(&self) -> Option<Timeline<FlowTally>> {
        self.run.flow_timeline(self.timeline.span)
    }

    /// Returns a note with the number of flows.
    fn only_note(&self) -> String {
        let Some(flows) = self.run.flows() else { return String::new() };
        let unfinished = match flows.n_unfinished() {
            0 => String::new(),
            count => format!(", {} unfinished", grouped(count)),
        };
        format!("{} flows{unfinished}", grouped(flows.n_started()))
    }
}

/// Returns the flows started per second while requests were released.
fn started(shown: &Shown<'_>, timeline: &Timeline<FlowTally>) -> Vec<Option<f64>> {
    let rate = |slice: &Slice<FlowTally>| {
        Some(slice.kept.starts.count as f64 / shown.loaded_seconds(slice)?)
    };
    timeline.slices.iter().map(rate).collect()
}

fn per_second(
    timeline: &Timeline<FlowTally>,
    count: impl Fn(&FlowTally) -> u64,
) -> Vec<Option<f64>> {
    let rate = |slice: &Slice<FlowTally>| Some(count(&slice.kept) as f64 / slice.seconds());
    timeline.slices.iter().map(rate).collect()
}

fn quantiles(timeline: &Timeline<FlowTally>, of: f64) -> Vec<Option<f64>> {
    timeline.slices.iter().map(|slice| quantile(&slice.kept.time, of)).collect()
}
