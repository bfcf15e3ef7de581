//! Hits by method, URL and status: Vegeta's four metrics, with a bounded number of series.
//!
//! Source: Vegeta, lib/prom/prom.go, for names, labels and buckets. Vegeta's count of failures
//! stays 0; here it counts.

use std::collections::HashMap;

use indexmap::Equivalent;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::bounded_map::Bounded;
use crate::export::prometheus::counter::Count;
use crate::export::prometheus::labels::{FailureLabels, HitLabels, KindLabel, Status, target_of};
use crate::failure_names::cause;
use crate::markup::redact::without_users;
use crate::record::{Kind, Record};

/// Series of each metric, at most. Prometheus keeps each series forever. All further series are
/// folded into one [`OTHER`] series per status.
pub const MAX_SERIES: usize = 1000;

/// The method, URL or message of all series past the first [`MAX_SERIES`].
pub const OTHER: &str = "other";

/// Upper bounds of the latency buckets, in seconds.
pub const LATENCIES: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// All series of hits.
pub struct Hits {
    families: Families,
    /// By target, method and ending.
    series: Bounded<(String, String, Ending), Series>,
    /// The series of all further targets and methods, by ending.
    others: HashMap<Ending, Series>,
    /// Failures by cause; those of all further causes are looked up in their family.
    failures: Bounded<FailureLabels, Count>,
}

/// The metrics as the registry has them.
struct Families {
    seconds: Family<HitLabels, Histogram, fn() -> Histogram>,
    bytes_in: Family<HitLabels, Count>,
    bytes_out: Family<HitLabels, Count>,
    failures: Family<FailureLabels, Count>,
}

/// The kind and the status of hits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Ending {
    status: Status,
    kind: Option<Kind>,
}

impl Ending {
    fn of(record: &Record<'_>) -> Self {
        let kind = record.messaging.map(|messaging| messaging.kind);
        Self { status: Status::of(record), kind }
    }
}

/// The key of a series, to look it up without a copy of its texts.
#[derive(Hash)]
struct Key<'a> {
    target: &'a str,
    method: &'a str,
    ending: Ending,
}

impl Equivalent<(String, String, Ending)> for Key<'_> {
    fn equivalent(&self, (target, method, ending): &(String, String, Ending)) -> bool {
        self.target == target && self.method == method && self.ending == *ending
    }
}

/// Hits on one target with one method, kind and status.
struct Series {
    labels: HitLabels,
    seconds: Histogram,
    bytes_in: Count,
    bytes_out: Count,
}

impl Hits {
    /// Creates an empty set of series, whose metrics are in a registry.
    pub fn new(registry: &mut Registry) -> Self {
        Self {
            families: Families::new(registry),
            series: Bounded::new(MAX_SERIES),
            others: HashMap::new(),
            failures: Bounded::new(MAX_SERIES),
        }
    }

    /// Adds a hit.
    pub fn add(&mut self, record: &Record<'_>) {
        let series = self.series_of(record);
        series.seconds.observe(record.latency.as_secs_f64());
        series.bytes_in.add(record.bytes_in);
        series.bytes_out.add(record.bytes_out);
        if let Some(error) = record.error {
            let labels = series.labels.clone();
            self.count_failure(&labels, &cause(error));
        }
    }

    /// Returns the series of a record, which is added if it is new.
    fn series_of(&mut self, record: &Record<'_>) -> &Series {
        let (target, method, ending) = (target_of(record), record.method, Ending::of(record));
        let new = || self.families.series(target, method, ending);
        let place = match self.series.find(&Key { target, method, ending }) {
            Some(place) => place,
            None => self.series.place((target.to_owned(), method.to_owned(), ending), new),
        };
        if place == MAX_SERIES {
            let new = || self.families.series(OTHER, OTHER, ending);
            return self.others.entry(ending).or_insert_with(new);
        }
        self.series.at(place, new)
    }

    fn count_failure(&mut self, labels: &HitLabels, cause: &str) {
        let failed = labels.failed(cause);
        let count = match self.failures.find(&failed) {
            Some(place) => self.failures.at(place, Count::default),
            None if self.failures.is_full() => &mut self.families.failure(&labels.failed(OTHER)),
            None => {
                let count = self.families.failure(&failed);
                let place = self.failures.place(failed, || count);
                self.failures.at(place, Count::default)
            }
        };
        count.add(1);
    }
}

impl Families {
    fn new(registry: &mut Registry) -> Self {
        let families = Self {
            seconds: Family::new_with_constructor(|| Histogram::new(LATENCIES)),
            bytes_in: Family::default(),
            bytes_out: Family::default(),
            failures: Family::default(),
        };
        registry.register("request_seconds", "Latency of the hits", families.seconds.clone());
        let bytes_in = families.bytes_in.clone();
        registry.register("request_bytes_in", "Body bytes received and kept", bytes_in);
        registry.register("request_bytes_out", "Body bytes sent", families.bytes_out.clone());
        registry.register("request_fail_count", "Hits that failed", families.failures.clone());
        families
    }

    /// Returns the series of a target, method and ending. Metrics reveal neither users nor
    /// passwords.
    fn series(&self, target: &str, method: &str, ending: Ending) -> Series {
        let url = without_users(target, "").into_owned();
        let Ending { status, kind } = ending;
        let labels = HitLabels { method: method.to_owned(), url, status, kind: KindLabel(kind) };
        Series {
            seconds: self.seconds.get_or_create_owned(&labels),
            bytes_in: self.bytes_in.get_or_create_owned(&labels),
            bytes_out: self.bytes_out.get_or_create_owned(&labels),
            labels,
        }
    }

    fn failure(&self, labels: &FailureLabels) -> Count {
        self.failures.get_or_create_owned(labels)
    }
}
