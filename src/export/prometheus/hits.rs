//! Hits by method, URL and status: Vegeta's four metrics, of a bounded number of series.
//!
//! Source: Vegeta, lib/prom/prom.go, for names, labels and buckets; its count of failures, which
//! stays 0, counts here.

use std::collections::HashMap;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::export::prometheus::counter::Count;
use crate::export::prometheus::labels::{FailureLabels, HitLabels, cause_of, target_of};
use crate::markup::redact::without_users;
use crate::record::Record;

/// Most series that a metric has before further ones are told as [`OTHER`]: Prometheus keeps each
/// for ever. Past it there may be one more for each status.
pub const MOST_SERIES: usize = 1000;

/// Stands for methods and URLs, or messages, past the first [`MOST_SERIES`].
const OTHER: &str = "other";

/// Upper bounds of the buckets of the latency, in seconds.
const LATENCIES: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// All series.
pub struct Hits {
    seconds: Family<HitLabels, Histogram, fn() -> Histogram>,
    bytes_in: Family<HitLabels, Count>,
    bytes_out: Family<HitLabels, Count>,
    failures: Family<FailureLabels, Count>,
    series: Vec<Series>,
    /// Where the series of a target stand in `series`.
    places: HashMap<String, Vec<usize>>,
    /// Series of failures that tell their cause.
    n_failures: usize,
}

/// Hits on one target with one method and status.
struct Series {
    labels: HitLabels,
    seconds: Histogram,
    bytes_in: Count,
    bytes_out: Count,
    /// Failures by cause.
    failures: HashMap<String, Count>,
}

impl Hits {
    /// Returns no hits, whose metrics are in a registry.
    pub fn new(registry: &mut Registry) -> Self {
        let hits = Self {
            seconds: Family::new_with_constructor(|| Histogram::new(LATENCIES)),
            bytes_in: Family::default(),
            bytes_out: Family::default(),
            failures: Family::default(),
            series: Vec::new(),
            places: HashMap::new(),
            n_failures: 0,
        };
        registry.register("request_seconds", "Latency of the hits", hits.seconds.clone());
        let bytes_in = hits.bytes_in.clone();
        registry.register("request_bytes_in", "Body bytes received and kept", bytes_in);
        registry.register("request_bytes_out", "Body bytes sent", hits.bytes_out.clone());
        registry.register("request_fail_count", "Hits that failed", hits.failures.clone());
        hits
    }

    /// Adds a hit.
    pub fn add(&mut self, record: &Record<'_>) {
        let place = self.place_of(target_of(record), record.method, record.code);
        let series = &self.series[place];
        series.seconds.observe(record.latency.as_secs_f64());
        series.bytes_in.add(record.bytes_in);
        series.bytes_out.add(record.bytes_out);
        if let Some(error) = record.error {
            self.fail(place, cause_of(error));
        }
    }

    /// Returns where the series of a target, method and status stands; begins it where needed.
    fn place_of(&mut self, target: &str, method: &str, status: u16) -> usize {
        if let Some(place) = self.find(target, method, status) {
            return place;
        }
        if self.series.len() < MOST_SERIES {
            return self.begin(target, method, status);
        }
        match self.find(OTHER, OTHER, status) {
            Some(place) => place,
            None => self.begin(OTHER, OTHER, status),
        }
    }

    fn find(&self, target: &str, method: &str, status: u16) -> Option<usize> {
        let is_it = |place: &&usize| {
            let labels = &self.series[**place].labels;
            labels.status == status && labels.method == method
        };
        self.places.get(target)?.iter().find(is_it).copied()
    }

    fn begin(&mut self, target: &str, method: &str, status: u16) -> usize {
        // Users and passwords are no business of whoever reads metrics.
        let url = without_users(target, "").into_owned();
        let labels = HitLabels { method: method.to_owned(), url, status };
        let place = self.series.len();
        self.places.entry(target.to_owned()).or_default().push(place);
        self.series.push(Series {
            seconds: self.seconds.get_or_create_owned(&labels),
            bytes_in: self.bytes_in.get_or_create_owned(&labels),
            bytes_out: self.bytes_out.get_or_create_owned(&labels),
            failures: HashMap::new(),
            labels,
        });
        place
    }

    /// Counts a failure of a series' hit.
    fn fail(&mut self, place: usize, cause: &str) {
        let series = &mut self.series[place];
        if let Some(count) = series.failures.get(cause) {
            return count.add(1);
        }
        let is_full = self.n_failures >= MOST_SERIES;
        let message = if is_full { OTHER } else { cause };
        let count = self.failures.get_or_create_owned(&series.labels.failed(message));
        count.add(1);
        if !is_full {
            self.n_failures += 1;
            series.failures.insert(cause.to_owned(), count);
        }
    }
}
