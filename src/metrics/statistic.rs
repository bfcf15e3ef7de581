//! The statistics with confidence intervals, by which runs are compared.

use crate::metrics::run_metrics::Metrics;

/// A statistic with a confidence interval, by which runs are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
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
    /// Successes per second.
    Throughput,
}

impl Statistic {
    /// All statistics, in the order of reports.
    pub const ALL: [Statistic; 7] = [
        Statistic::P50,
        Statistic::P90,
        Statistic::P95,
        Statistic::P99,
        Statistic::Mean,
        Statistic::Success,
        Statistic::Throughput,
    ];

    /// Returns the name, as in thresholds, e.g. `p99`.
    pub fn name(self) -> &'static str {
        match self {
            Statistic::P50 => "p50",
            Statistic::P90 => "p90",
            Statistic::P95 => "p95",
            Statistic::P99 => "p99",
            Statistic::Mean => "mean",
            Statistic::Success => "success",
            Statistic::Throughput => "throughput",
        }
    }

    /// Returns the quantile of latency, in `[0, 1]`; None for other statistics.
    pub fn quantile(self) -> Option<f64> {
        match self {
            Statistic::P50 => Some(0.5),
            Statistic::P90 => Some(0.9),
            Statistic::P95 => Some(0.95),
            Statistic::P99 => Some(0.99),
            Statistic::Mean | Statistic::Success | Statistic::Throughput => None,
        }
    }

    /// Returns whether the statistic is a latency.
    pub fn is_latency(self) -> bool {
        !matches!(self, Statistic::Success | Statistic::Throughput)
    }

    /// Returns the value for a run: latencies in ns, success as a share in `[0, 1]`, throughput in
    /// successes per second.
    pub fn of(self, metrics: &Metrics) -> f64 {
        let latency = metrics.latency();
        match (self, self.quantile()) {
            (_, Some(quantile)) => latency.quantile(quantile).as_nanos() as f64,
            (Statistic::Success, None) => metrics.success(),
            (Statistic::Throughput, None) => metrics.throughput(),
            (_, None) => latency.total_ns() as f64 / latency.count().max(1) as f64,
        }
    }

    /// Returns whether the value for a run is only a lower bound, because it falls among requests
    /// without an answer.
    pub fn is_lower_bound(self, metrics: &Metrics) -> bool {
        let quantile = self.quantile().filter(|_| !metrics.latencies().is_complete());
        quantile.is_some_and(|quantile| metrics.latencies().quantile(quantile).is_lower_bound)
    }
}
