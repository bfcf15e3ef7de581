//! The few statistics of a run or a group that a table shows.

use crate::metrics::histogram::times::Times;
use crate::metrics::run_metrics::Metrics;

/// The few statistics of a run or a group that a table shows.
#[derive(Clone, Debug)]
pub struct Summary<'a> {
    /// Name of the run or group; empty if there is only one.
    pub label: String,
    /// Number of requests.
    pub requests: u64,
    /// Number of requests that did not succeed.
    pub failures: u64,
    /// Requests released per second; see [`Metrics::rate`].
    pub rate: f64,
    /// Share of the requests that succeeded, in `[0, 1]`.
    pub success: f64,
    /// Latencies of all requests, in which those without an answer are lower bounds.
    pub latency: &'a Times,
}

impl<'a> Summary<'a> {
    /// Creates the summary of a run whose requests have the given latencies and of which
    /// `successes` succeeded.
    pub fn new(label: impl Into<String>, rate: f64, successes: u64, latency: &'a Times) -> Self {
        let requests = latency.count();
        Self {
            label: label.into(),
            requests,
            failures: requests.saturating_sub(successes),
            rate,
            success: successes as f64 / requests.max(1) as f64,
            latency,
        }
    }

    /// Returns the summary of a run's metrics.
    pub fn of(label: impl Into<String>, metrics: &'a Metrics) -> Self {
        Self::new(label, metrics.rate(), metrics.successes(), metrics.latencies())
    }
}
