//! The metrics that a threshold can limit.

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

    /// Parses the name of a metric: `p99.9`, `mean`, `lag.p99`, `success`, …
    fn from_str(name: &str) -> Result<Self, Error> {
        parse(name).ok_or_else(|| Error::Value {
            what: "metric",
            input: name.to_owned(),
            expected: "one of p50 (or another percentile, as in p99.9), mean, min, max, also with \
                       the prefix lag. or response.; success, errors, requests, rate, throughput, \
                       bytes_in, bytes_out",
        })
    }
}

fn parse(name: &str) -> Option<Metric> {
    Some(match name {
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
            Metric::Time(series, parse_aggregate(aggregate)?)
        }
    })
}

fn parse_aggregate(name: &str) -> Option<Aggregate> {
    match name {
        "mean" => Some(Aggregate::Mean),
        "min" => Some(Aggregate::Min),
        "max" => Some(Aggregate::Max),
        _ => {
            let percentile = name.strip_prefix('p')?;
            decimal(percentile).filter(|percentile| *percentile <= 100.0)?;
            // By decimal shift, not division, so that p99.9 is exactly the quantile 0.999.
            format!("{percentile}e-2").parse().ok().map(Aggregate::Quantile)
        }
    }
}

impl Metric {
    /// Returns the unit of the metric.
    pub fn unit(self) -> Unit {
        match self {
            Metric::Time(..) => Unit::Time,
            Metric::Success => Unit::Share,
            Metric::Errors | Metric::Requests => Unit::Count,
            Metric::Rate | Metric::Throughput => Unit::PerSecond,
            Metric::BytesIn | Metric::BytesOut => Unit::Bytes,
        }
    }

    /// Returns whether the metric is a time that the service took.
    pub fn is_of_service(self) -> bool {
        matches!(self, Metric::Time(Series::Latency | Series::Response, _))
    }

    /// Returns the value in its unit; None without requests, and if no record has the time.
    pub fn of(self, metrics: &Metrics) -> Option<f64> {
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
        })
    }
}

impl Aggregate {
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
