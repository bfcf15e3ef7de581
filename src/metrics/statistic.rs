//! The figures of a run that have an interval, and by which runs are compared.

use crate::metrics::Metrics;

/// A figure of a run that has an interval, and by which runs are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Median latency.
    P50,
    /// 90th percentile of latency.
    P90,
    /// 95th percentile of latency.
    P95,
    /// 99th percentile of latency.
    P99,
    /// Mean latency.
    Mean,
    /// Share of the requests that succeeded.
    Success,
    /// Successes in a second.
    Throughput,
}

impl Figure {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Figure; 7] = [
        Figure::P50,
        Figure::P90,
        Figure::P95,
        Figure::P99,
        Figure::Mean,
        Figure::Success,
        Figure::Throughput,
    ];

    /// Returns the name, e.g. `p99`, as thresholds have it.
    pub fn name(self) -> &'static str {
        match self {
            Figure::P50 => "p50",
            Figure::P90 => "p90",
            Figure::P95 => "p95",
            Figure::P99 => "p99",
            Figure::Mean => "mean",
            Figure::Success => "success",
            Figure::Throughput => "throughput",
        }
    }

    /// Returns the quantile of latency that it is, in [0, 1]; None where it is none.
    pub fn quantile(self) -> Option<f64> {
        match self {
            Figure::P50 => Some(0.5),
            Figure::P90 => Some(0.9),
            Figure::P95 => Some(0.95),
            Figure::P99 => Some(0.99),
            Figure::Mean | Figure::Success | Figure::Throughput => None,
        }
    }

    /// Returns whether it is a latency.
    pub fn is_latency(self) -> bool {
        !matches!(self, Figure::Success | Figure::Throughput)
    }

    /// Returns the figure of a run: of a latency the ns, of success the share in [0, 1], of
    /// throughput the successes in a second.
    pub fn of(self, metrics: &Metrics) -> f64 {
        let latency = metrics.latency();
        match (self, self.quantile()) {
            (_, Some(quantile)) => latency.quantile(quantile).as_nanos() as f64,
            (Figure::Success, None) => metrics.success(),
            (Figure::Throughput, None) => metrics.throughput(),
            (_, None) => latency.total_ns() as f64 / latency.count().max(1) as f64,
        }
    }
}
