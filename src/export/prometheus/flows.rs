//! Flows by name, with a bounded number of series. There are no series without flows.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::bounded_map::Bounded;
use crate::export::prometheus::counter::Count;
use crate::export::prometheus::hits::{MAX_SERIES, OTHER};
use crate::markup::redact::shown;
use crate::record::{FlowEnd, FlowStep, Record};

/// Upper bounds of the buckets of flow times, in seconds: those of the latency and longer ones,
/// since a flow has many requests.
const TIMES: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0];

/// Labels of the metrics of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FlowLabels {
    flow: String,
}

/// All series of flows.
pub struct FlowSeries {
    families: Families,
    series: Bounded<String, Series>,
}

/// The metrics as the registry has them.
struct Families {
    started: Family<FlowLabels, Count>,
    finished: Family<FlowLabels, Count>,
    failed: Family<FlowLabels, Count>,
    in_flight: Family<FlowLabels, Gauge<u64, AtomicU64>>,
    seconds: Family<FlowLabels, Histogram, fn() -> Histogram>,
    checks: Family<FlowLabels, Count>,
    checks_failed: Family<FlowLabels, Count>,
}

/// The metrics of one flow.
struct Series {
    started: Count,
    finished: Count,
    failed: Count,
    in_flight: Gauge<u64, AtomicU64>,
    seconds: Histogram,
    checks: Count,
    checks_failed: Count,
}

impl FlowSeries {
    /// Creates an empty set of series, whose metrics are in a registry.
    pub fn new(registry: &mut Registry) -> Self {
        Self { families: Families::new(registry), series: Bounded::new(MAX_SERIES) }
    }

    /// Adds a record; nothing if it is in no flow.
    pub fn add(&mut self, record: &Record<'_>) {
        let Some(step) = &record.flow else { return };
        let (families, series) = (&self.families, &mut self.series);
        let place = match series.find(step.flow) {
            Some(place) => place,
            None => series.place(step.flow.to_owned(), || families.series(&shown(step.flow))),
        };
        series.at(place, || families.series(OTHER)).add(step);
    }
}

impl Series {
    fn add(&self, step: &FlowStep<'_>) {
        let checks = step.checks.unwrap_or(0);
        self.checks.add(checks.into());
        self.checks_failed.add(step.checks_failed.unwrap_or(0).min(checks).into());
        if step.flow_hit == 0 {
            self.started.add(1);
            self.in_flight.inc();
        }
        if let Some(end) = step.ended {
            self.end(end);
        }
    }

    fn end(&self, end: FlowEnd) {
        // A flow of one request starts and ends with the same record.
        self.in_flight.dec();
        let ended = if end.failed { &self.failed } else { &self.finished };
        ended.add(1);
        self.seconds.observe(end.time.saturating_sub(end.thought).as_secs_f64());
    }
}

impl Families {
    fn new(registry: &mut Registry) -> Self {
        let families = Self {
            started: Family::default(),
            finished: Family::default(),
            failed: Family::default(),
            in_flight: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(TIMES)),
            checks: Family::default(),
            checks_failed: Family::default(),
        };
        let Self { started, finished, failed, in_flight, seconds, checks, checks_failed } =
            &families;
        let counts = [
            ("drumfire_flows_started", "Flows that started", started),
            ("drumfire_flows_finished", "Flows that ended without a failed step", finished),
            ("drumfire_flows_failed", "Flows that ended with a failed step", failed),
            ("drumfire_checks", "Checks of the responses of flows", checks),
            ("drumfire_checks_failed", "Checks that failed", checks_failed),
        ];
        for (name, help, family) in counts {
            registry.register(name, help, family.clone());
        }
        let help = "Flows that started and have not ended, also while they think";
        registry.register("drumfire_flows_in_flight", help, in_flight.clone());
        let help = "Time of the flows that ended, without think time";
        registry.register("drumfire_flow_seconds", help, seconds.clone());
        families
    }

    fn series(&self, flow: &str) -> Series {
        let labels = FlowLabels { flow: flow.to_owned() };
        Series {
            started: self.started.get_or_create_owned(&labels),
            finished: self.finished.get_or_create_owned(&labels),
            failed: self.failed.get_or_create_owned(&labels),
            in_flight: self.in_flight.get_or_create_owned(&labels),
            seconds: self.seconds.get_or_create_owned(&labels),
            checks: self.checks.get_or_create_owned(&labels),
            checks_failed: self.checks_failed.get_or_create_owned(&labels),
        }
    }
}
