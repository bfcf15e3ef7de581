//! Messages of calls over time: the first one, the longest gap, and how many.

use crate::metrics::{Slice, Timeline};
use crate::plot::charts::scene::{Scene, Shown, duration_axis, empty, ends, quantile, reach};
use crate::plot::data::calls::CallTally;
use crate::plot::render::axis::{Axis, Unit};
use crate::plot::render::figure::{Drawn, Entry, Figure, Panel, Series, Sign, Stroke};
use crate::plot::render::labels::grouped;
use crate::plot::render::palette::SERIES;

const TITLE: &str = "Messages over time";

/// Shown if there are no calls.
const NONE: &str = "no request is a call";

/// Names of the panels.
const PANELS: [&str; 3] = ["time to the first message", "longest gap", "messages"];

/// What a line shows.
struct Kind {
    name: &'static str,
    /// Index in [`PANELS`].
    panel: usize,
    /// Style for a single run; of several runs, each has its own color.
    stroke: Stroke,
    value: fn(&Slice<CallTally>) -> Option<f64>,
}

/// All lines, the last one of a panel on top.
const KINDS: [Kind; 6] = [
    Kind {
        name: "first message, p95",
        panel: 0,
        stroke: Stroke { color: SERIES[0], width: 1.0, dashes: &[] },
        value: |slice| quantile(&slice.kept.first_message, 0.95),
    },
    Kind {
        name: "first message, p50",
        panel: 0,
        stroke: Stroke { color: SERIES[0], width: 2.0, dashes: &[] },
        value: |slice| quantile(&slice.kept.first_message, 0.5),
    },
    Kind {
        name: "gap, p95",
        panel: 1,
        stroke: Stroke { color: SERIES[2], width: 1.0, dashes: &[] },
        value: |slice| quantile(&slice.kept.gap, 0.95),
    },
    Kind {
        name: "gap, p50",
        panel: 1,
        stroke: Stroke { color: SERIES[2], width: 2.0, dashes: &[] },
        value: |slice| quantile(&slice.kept.gap, 0.5),
    },
    Kind {
        name: "received",
        panel: 2,
        stroke: Stroke { color: SERIES[0], width: 2.0, dashes: &[] },
        value: |slice| Some(slice.kept.messages_in as f64 / slice.seconds()),
    },
    Kind {
        name: "sent",
        panel: 2,
        stroke: Stroke { color: SERIES[4], width: 1.5, dashes: &[5.0, 3.0] },
        value: |slice| Some(slice.kept.messages_out as f64 / slice.seconds()),
    },
];

/// Returns three panels: time to the first message, longest gap, and messages per second, all by the
/// instants at which the calls ended.
pub fn figure(scene: &Scene<'_>) -> Figure {
    let with_calls = scene.runs.iter().zip(scene.strokes(2.0));
    let with_calls = with_calls.filter_map(|(shown, stroke)| Some((shown, stroke, shown.calls()?)));
    let mut panels = PANELS.map(|name| Panel {
        name: name.to_owned(),
        guides: scene.stage_guides().collect(),
        ..Panel::new(scene.end_axis(), Axis::of_numbers(1.0, Unit::Hits, ""))
    });
    let mut legend = Vec::new();
    for (shown, color, timeline) in with_calls {
        let slices = panels[0].slices.len();
        panels.iter_mut().for_each(|panel| panel.slices.push(ends(&timeline.slices)));
        panels[0].note = shown.calls_note();
        for kind in KINDS {
            let own = Stroke { color: color.color, ..kind.stroke };
            let stroke = if scene.only().is_some() { kind.stroke } else { own };
            let values = timeline.slices.iter().map(kind.value).collect();
            let drawn = Drawn::Steps { slices, values, stroke };
            let (name, entries) = (shown.named(kind.name), vec![legend.len()]);
            legend.push(Entry { sign: Sign::Line(stroke), label: name.clone() });
            panels[kind.panel].series.push(Series { name, entries, drawn });
        }
    }
    if legend.is_empty() {
        return scene.figure(TITLE, legend, vec![empty(NONE)]);
    }
    panels[0].y = duration_axis(&panels[0].series, &[], "first message");
    panels[1].y = duration_axis(&panels[1].series, &[], "longest gap");
    let most = reach(&panels[2].series).map_or(0.0, |(_, most)| most);
    panels[2].y = Axis::of_numbers(most, Unit::PerSecond, "messages per second");
    scene.figure(TITLE, legend, panels.into())
}

impl Shown<'_> {
    /// Returns the calls in bins of time; None without calls.
    fn calls(&self) -> Option<Timeline<CallTally>> {
        self.run.call_timeline(self.timeline.span)
    }

    /// Returns a note with the number of calls and messages.
    fn calls_note(&self) -> String {
        let Some(calls) = self.run.calls() else { return String::new() };
        let (n_calls, n_messages) = (grouped(calls.n_calls()), grouped(calls.n_messages()));
        format!("{n_calls} calls, {n_messages} messages received")
    }
}
