//! Deliveries over time: how long they took, and how many there were.

use crate::metrics::Slice;
use crate::plot::charts::scene::{Scene, Shown, duration_axis, empty, ends, quantile, reach};
use crate::plot::data::sockets::{SocketTally, SocketTimeline};
use crate::plot::render::axis::{Axis, Unit};
use crate::plot::render::figure::{Drawn, Entry, Figure, Panel, Series, Sign, Stroke};
use crate::plot::render::labels::grouped;
use crate::plot::render::palette::SERIES;

const TITLE: &str = "Deliveries over time";

/// Shown if there are no deliveries.
const NONE: &str = "nothing was delivered";

/// Names of the panels.
const PANELS: [&str; 2] = ["time of deliveries", "deliveries"];

/// What a line shows.
struct Kind {
    name: &'static str,
    /// Index in [`PANELS`].
    panel: usize,
    /// Style for a single run; of several runs, each has its own color.
    stroke: Stroke,
    value: fn(&Slice<SocketTally>) -> Option<f64>,
}

/// All lines, the last one of a panel on top.
const KINDS: [Kind; 4] = [
    Kind {
        name: "p99",
        panel: 0,
        stroke: Stroke { color: SERIES[2], width: 1.0, dashes: &[] },
        value: |slice| quantile(&slice.kept.delivery, 0.99),
    },
    Kind {
        name: "p95",
        panel: 0,
        stroke: Stroke { color: SERIES[0], width: 1.0, dashes: &[] },
        value: |slice| quantile(&slice.kept.delivery, 0.95),
    },
    Kind {
        name: "p50",
        panel: 0,
        stroke: Stroke { color: SERIES[0], width: 2.0, dashes: &[] },
        value: |slice| quantile(&slice.kept.delivery, 0.5),
    },
    Kind {
        name: "delivered",
        panel: 1,
        stroke: Stroke { color: SERIES[0], width: 2.0, dashes: &[] },
        value: |slice| Some(slice.kept.delivery.count() as f64 / slice.seconds()),
    },
];

/// Returns two panels: the times of the deliveries, and deliveries per second, both by the instants of
/// arrival.
pub fn figure(scene: &Scene<'_>) -> Figure {
    let with_some = scene.runs.iter().zip(scene.strokes(2.0));
    let with_some =
        with_some.filter_map(|(shown, stroke)| Some((shown, stroke, shown.deliveries()?)));
    let mut panels = PANELS.map(|name| Panel {
        name: name.to_owned(),
        guides: scene.stage_guides().collect(),
        ..Panel::new(scene.end_axis(), Axis::of_numbers(1.0, Unit::Hits, ""))
    });
    let mut legend = Vec::new();
    for (shown, color, sockets) in with_some {
        let slices = panels[0].slices.len();
        let bins = ends(&sockets.timeline.slices);
        panels.iter_mut().for_each(|panel| panel.slices.push(bins.clone()));
        panels[0].note = shown.deliveries_note();
        for kind in KINDS {
            let own = Stroke { color: color.color, ..kind.stroke };
            let stroke = if scene.only().is_some() { kind.stroke } else { own };
            let values = sockets.timeline.slices.iter().map(kind.value).collect();
            let drawn = Drawn::Steps { slices, values, stroke };
            let (name, entries) = (shown.named(kind.name), vec![legend.len()]);
            legend.push(Entry { sign: Sign::Line(stroke), label: name.clone() });
            panels[kind.panel].series.push(Series { name, entries, drawn });
        }
    }
    if legend.is_empty() {
        return scene.figure(TITLE, legend, vec![empty(NONE)]);
    }
    panels[0].y = duration_axis(&panels[0].series, &[], "time to a delivery");
    let most = reach(&panels[1].series).map_or(0.0, |(_, most)| most);
    panels[1].y = Axis::of_numbers(most, Unit::PerSecond, "deliveries per second");
    scene.figure(TITLE, legend, panels.into())
}

impl Shown<'_> {
    /// Returns the deliveries in bins of time; None without deliveries.
    fn deliveries(&self) -> Option<SocketTimeline> {
        self.sockets.filter(|bins| bins.n_deliveries() > 0).map(|bins| self.socket_timeline(bins))
    }

    /// Returns a note with the number of deliveries.
    fn deliveries_note(&self) -> String {
        let n_deliveries = self.sockets.map_or(0, |bins| bins.n_deliveries());
        format!("{} deliveries", grouped(n_deliveries))
    }
}
