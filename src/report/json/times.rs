//! The keys about times: quantiles, and which of them are only lower bounds.

use serde::Serialize;

use crate::metrics::{Distribution, Metrics, Times};

/// The quantiles of times, by their keys.
const QUANTILES: [(&str, f64); 4] = [("50th", 0.5), ("90th", 0.9), ("95th", 0.95), ("99th", 0.99)];

/// Times in ns.
#[derive(Serialize)]
pub(super) struct Latencies {
    total: u128,
    mean: u128,
    #[serde(rename = "50th")]
    p50: u128,
    #[serde(rename = "90th")]
    p90: u128,
    #[serde(rename = "95th")]
    p95: u128,
    #[serde(rename = "99th")]
    p99: u128,
    max: u128,
    min: u128,
}

impl From<&Distribution> for Latencies {
    fn from(distribution: &Distribution) -> Self {
        let quantiles = distribution.quantiles();
        let [p50, p90, p95, p99] = QUANTILES.map(|(_, at)| quantiles.at(at).as_nanos());
        Self {
            total: distribution.total_ns(),
            mean: distribution.mean().as_nanos(),
            p50,
            p90,
            p95,
            p99,
            max: distribution.max().as_nanos(),
            min: distribution.min().as_nanos(),
        }
    }
}

/// A lower bound is a number like any other; [`Censored`] lists it.
impl From<&Times> for Latencies {
    fn from(times: &Times) -> Self {
        let quantiles = times.quantiles();
        let [p50, p90, p95, p99] = QUANTILES.map(|(_, at)| quantiles.at(at).time.as_nanos());
        Self {
            total: times.all().total_ns(),
            mean: times.mean().as_nanos(),
            p50,
            p90,
            p95,
            p99,
            max: times.max().time.as_nanos(),
            min: quantiles.at(0.0).time.as_nanos(),
        }
    }
}

/// The values that are only lower bounds, because they fall among requests without an answer: their
/// keys by the key of their object.
#[derive(Serialize)]
pub(super) struct Censored {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    latencies: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    response: Vec<&'static str>,
}

impl Censored {
    /// Returns the values that are lower bounds. None if there are none.
    pub fn of(metrics: &Metrics) -> Option<Self> {
        let latencies = keys(metrics.latencies());
        let response = metrics.response().map(keys).unwrap_or_default();
        let is_empty = latencies.is_empty() && response.is_empty();
        (!is_empty).then_some(Self { latencies, response })
    }
}

/// Returns the keys of the values that are lower bounds.
pub(super) fn keys(times: &Times) -> Vec<&'static str> {
    if times.is_complete() {
        return Vec::new();
    }
    let quantiles = times.quantiles();
    let all = QUANTILES.into_iter().chain([("max", 1.0), ("min", 0.0)]);
    all.filter(|(_, at)| quantiles.at(*at).is_lower_bound).map(|(key, _)| key).collect()
}
