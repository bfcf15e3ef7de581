//! The metrics that a threshold can limit.

mod flow;

pub use flow::{FlowMetric, FlowTime};

use std::str::FromStr;

use crate::error::Error;
use crate::metrics::{Distribution, Metrics};
use crate::threshold::unit::{Unit, decimal};

/// A metric that a threshold can limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// An aggregate of a time that each record has.
    Time(Series, Aggregate),
    /// Share of the requests that succeeded.
    Success,
    /// Number of failed requests.
    Errors,
    /// Number of requests.
    Requests,
    /// Requests released per second.
    Rate,
    /// Successes per second.
    Throughput,
    /// Body bytes received and kept, of all requests together.
    BytesIn,
    /// Body bytes sent, of all requests together.
    BytesOut,
    /// Share of the checks that passed.
    Checks,
    /// A metric of flows.
    Flow(FlowMetric),
}

/// A time that each record has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// From the release to the end of the response.
    Latency,
    /// How late the generator released the request.
    Lag,
    /// Latency counted from the schedule.
    Response,
}

/// An aggregate of many durations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aggregate {
    /// A quantile in [0, 1].
    Quantile(f64),
    /// The arithmetic mean.
    Mean,
    /// The shortest.
    Min,
    /// The longest.
    Max,
}

impl FromStr for Metric {
    type Err = Error;

    /// Parses the name of a metric, `[KIND.][SERIES.]METRIC`: `p99.9`, `mean`, `lag.p99`, `success`,
    /// `http.p99`, `flow.total.p95`, …
    fn from_str(name: &str) -> Result<Self, Error> {
        let (metric, expected) = match name.split_once('.') {
            Some(("flow", metric)) => {
                (FlowMetric::parse(metric).map(Metric::Flow), FlowMetric::EXPECTED)
            }
            Some(("http", metric)) => (parse(metric), EXPECTED),
            _ => (parse(name), EXPECTED),
        };
        metric.ok_or_else(|| Error::Value { what: "metric", input: name.to_owned(), expected })
    }
}

/// The metrics of requests, for messages.
const EXPECTED: &str = "one of p50 (or another percentile, as in p99.9), mean, min, max, also with \
                        the prefix lag. or response.; success, errors, requests, rate, throughput, \
                        bytes_in, bytes_out, checks; for flows with the prefix flow., as in \
                        flow.p95";

/// Parses the name of a metric of requests; None if it is none.
fn parse(name: &str) -> Option<Metric> {
    Some(match name {
        "checks" => Metric::Checks,
        "success" => Metric::Success,
        "errors" => Metric::Errors,
        "requests" => Metric::Requests,
        "rate" => Metric::Rate,
        "throughput" => Metric::Throughput,
        "bytes_in" => Metric::BytesIn,
        "bytes_out" => Metric::BytesOut,
        _ => {
            let (series, aggregate) = match name.split_once('.') {
                Some(("lag", aggregate)) => (Series::Lag, aggregate),
                Some(("response", aggregate)) => (Series::Response, aggregate),
                _ => (Series::Latency, name),
            };
            Metric::Time(series, Aggregate::parse(aggregate)?)
        }
    })
}

impl Metric {
    /// Returns the unit of the metric.
    pub fn unit(self) -> Unit {
        match self {
            Metric::Time(..) => Unit::Time,
            Metric::Success | Metric::Checks => Unit::Share,
            Metric::Errors | Metric::Requests => Unit::Count,
            Metric::Rate | Metric::Throughput => Unit::PerSecond,
            Metric::BytesIn | Metric::BytesOut => Unit::Bytes,
            Metric::Flow(metric) => metric.unit(),
        }
    }

    /// Returns whether the metric is of flows, not of requests.
    pub fn is_of_flows(self) -> bool {
        matches!(self, Metric::Flow(_))
    }

    /// Returns whether the metric is a time that the service took.
    pub fn is_of_service(self) -> bool {
        matches!(
            self,
            Metric::Time(Series::Latency | Series::Response, _)
                | Metric::Flow(FlowMetric::Time(..))
        )
    }

    /// Returns whether the value is known before the end of an attack.
    pub fn is_known_early(self) -> bool {
        self != Metric::Flow(FlowMetric::Cut)
    }

    /// Returns the value in its unit within a window of a running attack; None as for
    /// [`Metric::of`], and if no flow ended in the window.
    pub fn in_window(self, window: &Metrics) -> Option<f64> {
        match self {
            Metric::Flow(metric) => metric.in_window(window.flows()?),
            other => other.of(window, window),
        }
    }

    /// Returns the value in its unit for a part of a whole run; None without requests or flows, if no
    /// record has the time, and if no check was made.
    pub fn of(self, metrics: &Metrics, whole: &Metrics) -> Option<f64> {
        if metrics.requests() == 0 {
            return None;
        }
        Some(match self {
            Metric::Time(Series::Latency, aggregate) => aggregate.of(metrics.latency()),
            Metric::Time(Series::Lag, aggregate) => aggregate.of(metrics.lag()?),
            Metric::Time(Series::Response, aggregate) => aggregate.of(metrics.response()?),
            Metric::Success => metrics.success(),
            Metric::Errors => (metrics.requests() - metrics.successes()) as f64,
            Metric::Requests => metrics.requests() as f64,
            Metric::Rate => metrics.rate(),
            Metric::Throughput => metrics.throughput(),
            Metric::BytesIn => metrics.bytes_in().total as f64,
            Metric::BytesOut => metrics.bytes_out().total as f64,
            Metric::Checks => metrics.checks()?.passed(),
            Metric::Flow(metric) => metric.of(metrics.flows()?, whole.users_time())?,
        })
    }
}

impl Aggregate {
    /// Parses `p99.9`, `mean`, `min` or `max`; None if the name is none of them.
    fn parse(name: &str) -> Option<Self> {
        match name {
            "mean" => Some(Self::Mean),
            "min" => Some(Self::Min),
            "max" => Some(Self::Max),
            _ => {
                let percentile = name.strip_prefix('p')?;
                decimal(percentile).filter(|percentile| *percentile <= 100.0)?;
                // By decimal shift, not division, so that p99.9 is exactly the quantile 0.999.
                format!("{percentile}e-2").parse().ok().map(Self::Quantile)
            }
        }
    }

    /// Returns the aggregate in ns.
    fn of(self, durations: &Distribution) -> f64 {
        let duration = match self {
            Aggregate::Quantile(quantile) => durations.quantile(quantile),
            Aggregate::Mean => durations.mean(),
            Aggregate::Min => durations.min(),
            Aggregate::Max => durations.max(),
        };
        duration.as_nanos() as f64
    }
}
