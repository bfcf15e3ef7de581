//! WebSockets over time: how many were open, and how many were opened, ended and refused.

use crate::metrics::Slice;
use crate::plot::charts::inflight::average_present_from;
use crate::plot::charts::scene::{Scene, Shown, empty, ends, reach};
use crate::plot::data::sockets::{SocketTally, SocketTimeline};
use crate::plot::render::axis::{Axis, Unit};
use crate::plot::render::figure::{Drawn, Entry, Figure, Panel, Series, Sign, Stroke};
use crate::plot::render::labels::grouped;
use crate::plot::render::palette::{FAILED, SERIES};

const TITLE: &str = "Open sockets over time";

/// Shown if there are no WebSockets.
const NONE: &str = "no WebSocket was opened";

/// Names of the panels.
const PANELS: [&str; 2] = ["open", "opened and ended"];

/// What a line shows.
struct Kind {
    name: &'static str,
    /// Index in [`PANELS`].
    panel: usize,
    /// Style for a single run; of several runs, each has its own color.
    stroke: Stroke,
    values: fn(&SocketTimeline) -> Vec<Option<f64>>,
}

/// All lines, the last one of a panel on top.
const KINDS: [Kind; 4] = [
    Kind {
        name: "open",
        panel: 0,
        stroke: Stroke { color: SERIES[0], width: 2.0, dashes: &[] },
        values: |sockets| {
            let of = |kept: &SocketTally| (kept.opened, kept.ended);
            let open = average_present_from(sockets.open_before, &sockets.timeline, of);
            open.into_iter().map(Some).collect()
        },
    },
    Kind {
        name: "opened",
        panel: 1,
        stroke: Stroke { color: SERIES[0], width: 3.5, dashes: &[] },
        values: |sockets| per_second(sockets, |kept| kept.opened.count),
    },
    Kind {
        name: "ended",
        panel: 1,
        stroke: Stroke { color: SERIES[4], width: 1.5, dashes: &[5.0, 3.0] },
        values: |sockets| per_second(sockets, |kept| kept.ended.count),
    },
    Kind {
        name: "not opened",
        panel: 1,
        stroke: Stroke { color: FAILED, width: 2.0, dashes: &[] },
        values: |sockets| per_second(sockets, |kept| kept.refused),
    },
];

/// Returns two panels: the average number of open sockets, and the sockets opened, ended and not opened
/// per second.
pub fn figure(scene: &Scene<'_>) -> Figure {
    let with_sockets = scene.runs.iter().zip(scene.strokes(2.0));
    let with_sockets =
        with_sockets.filter_map(|(shown, stroke)| Some((shown, stroke, shown.sockets()?)));
    let mut panels = PANELS.map(|name| Panel {
        name: name.to_owned(),
        guides: scene.stage_guides().collect(),
        ..Panel::new(scene.end_axis(), Axis::of_numbers(1.0, Unit::Hits, ""))
    });
    let mut legend = Vec::new();
    for (shown, color, sockets) in with_sockets {
        let slices = panels[0].slices.len();
        let bins = ends(&sockets.timeline.slices);
        panels.iter_mut().for_each(|panel| panel.slices.push(bins.clone()));
        panels[0].note = shown.sockets_note();
        for kind in KINDS {
            let own = Stroke { color: color.color, ..kind.stroke };
            let stroke = if scene.only().is_some() { kind.stroke } else { own };
            let drawn = Drawn::Steps { slices, values: (kind.values)(&sockets), stroke };
            let (name, entries) = (shown.named(kind.name), vec![legend.len()]);
            legend.push(Entry { sign: Sign::Line(stroke), label: name.clone() });
            panels[kind.panel].series.push(Series { name, entries, drawn });
        }
    }
    if legend.is_empty() {
        return scene.figure(TITLE, legend, vec![empty(NONE)]);
    }
    let most = |panel: &Panel| reach(&panel.series).map_or(0.0, |(_, most)| most);
    panels[0].y = Axis::of_numbers(most(&panels[0]), Unit::Hits, "open sockets");
    panels[1].y = Axis::of_numbers(most(&panels[1]), Unit::PerSecond, "sockets per second");
    scene.figure(TITLE, legend, panels.into())
}

impl Shown<'_> {
    /// Returns the sockets in bins of time; None without WebSockets.
    fn sockets(&self) -> Option<SocketTimeline> {
        self.sockets.filter(|bins| bins.is_web()).map(|bins| self.socket_timeline(bins))
    }

    /// Returns a note with the number of sockets.
    fn sockets_note(&self) -> String {
        self.sockets.map_or(String::new(), |bins| format!("{} opened", grouped(bins.n_opened())))
    }
}

fn per_second(sockets: &SocketTimeline, count: impl Fn(&SocketTally) -> u64) -> Vec<Option<f64>> {
    let rate = |slice: &Slice<SocketTally>| Some(count(&slice.kept) as f64 / slice.seconds());
    sockets.timeline.slices.iter().map(rate).collect()
}
