//! A run or a group in the few figures that a table has of it.

use crate::metrics::{Distribution, Metrics};

/// A run or a group in the few figures that a table has of it.
#[derive(Clone, Debug)]
pub struct Summary<'a> {
    /// What it is called; empty where it goes without saying.
    pub label: String,
    /// Number of requests.
    pub requests: u64,
    /// Requests released in a second, as [`Metrics::rate`] has it.
    pub rate: f64,
    /// Share of the requests that succeeded, in [0, 1].
    pub success: f64,
    /// Latencies of all requests.
    pub latency: &'a Distribution,
}

impl<'a> Summary<'a> {
    /// Returns the summary of figures that are called so.
    pub fn of(label: impl Into<String>, metrics: &'a Metrics) -> Self {
        Self {
            label: label.into(),
            requests: metrics.requests(),
            rate: metrics.rate(),
            success: metrics.success(),
            latency: metrics.latency(),
        }
    }
}
