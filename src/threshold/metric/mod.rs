//! The metrics that a threshold can limit.

mod flow;
mod kind_scope;

pub use flow::{FlowMetric, FlowTime};
pub use kind_scope::KindScope;

use crate::error::Error;
use crate::metrics::{BoundedTime, Calls, Distribution, Metrics, Times};
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
    /// Share of the expected deliveries that came in time.
    Reach,
    /// A metric of flows.
    Flow(FlowMetric),
}

/// A value of a metric, in its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// The value.
    pub value: f64,
    /// Whether the true value is this one or greater, because it falls among requests without an
    /// answer.
    pub is_lower_bound: bool,
}

impl From<f64> for Found {
    fn from(value: f64) -> Self {
        Self { value, is_lower_bound: false }
    }
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
    /// From the release until the last byte of a call was taken by the system.
    Sent,
    /// From the release to the first message of a call.
    FirstMessage,
    /// Longest time between two messages of a call.
    Gap,
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

/// The metrics of requests, for messages.
const EXPECTED: &str = "one of p50 (or another percentile, as in p99.9), mean, min, max, also with \
                        the prefix lag., response., sent., first_message. or gap.; success, errors, \
                        requests, rate, throughput, bytes_in, bytes_out, checks, reach; with the \
                        prefix http., call., message., connect., reconnect., delivery., ping. or \
                        close. for one kind of record; for flows with the prefix flow., as in \
                        flow.p95";

/// Parses the name of a metric, `[KIND.][SERIES.]METRIC`: `p99.9`, `mean`, `lag.p99`, `success`,
/// `call.p99`, `call.first_message.p95`, `flow.total.p95`, …
///
/// # Errors
///
/// [`Error::Value`] if there is no such metric.
pub(super) fn parse(name: &str) -> Result<(KindScope, Metric), Error> {
    let (kind, rest) = match name.split_once('.') {
        Some((word, rest)) => (KindScope::of_word(word), rest),
        None => (None, name),
    };
    let (metric, expected) = match name.strip_prefix("flow.") {
        Some(of_flows) => (FlowMetric::parse(of_flows).map(Metric::Flow), FlowMetric::EXPECTED),
        None => (parse_figure(if kind.is_some() { rest } else { name }), EXPECTED),
    };
    let metric =
        metric.ok_or_else(|| Error::Value { what: "metric", input: name.to_owned(), expected })?;
    Ok((kind.unwrap_or_default(), metric))
}

/// Parses the name of a metric of requests; None if it is none.
fn parse_figure(name: &str) -> Option<Metric> {
    Some(match name {
        "checks" => Metric::Checks,
        "reach" => Metric::Reach,
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
                Some(("sent", aggregate)) => (Series::Sent, aggregate),
                Some(("first_message", aggregate)) => (Series::FirstMessage, aggregate),
                Some(("gap", aggregate)) => (Series::Gap, aggregate),
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
            Metric::Success | Metric::Checks | Metric::Reach => Unit::Share,
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

    /// Returns whether only gRPC calls, their messages and those of WebSockets have such a value.
    pub fn is_of_calls(self) -> bool {
        let is_time =
            matches!(self, Metric::Time(Series::Sent | Series::FirstMessage | Series::Gap, _));
        is_time || self == Metric::Reach
    }

    /// Returns whether the metric is a time that the service took.
    pub fn is_of_service(self) -> bool {
        match self {
            Metric::Time(Series::Lag, _) => false,
            Metric::Time(..) | Metric::Flow(FlowMetric::Time(..)) => true,
            _ => false,
        }
    }

    /// Returns whether the value is known before the end of an attack.
    pub fn is_known_early(self) -> bool {
        self != Metric::Flow(FlowMetric::Cut)
    }

    /// Returns the value in its unit within a window of a running attack; None as for
    /// [`Metric::of`], and if no flow ended in the window.
    pub fn in_window(self, window: &Metrics) -> Option<Found> {
        match self {
            Metric::Flow(metric) => metric.in_window(window.flows()?).map(Found::from),
            other => other.of(window, window),
        }
    }

    /// Returns the value in its unit for a part of a whole run; None without requests or flows, if no
    /// record has the time, and if no check was made.
    pub fn of(self, metrics: &Metrics, whole: &Metrics) -> Option<Found> {
        if metrics.requests() == 0 {
            return None;
        }
        let value = match self {
            Metric::Time(series, aggregate) => return Some(aggregate.found(series.of(metrics)?)),
            Metric::Success => metrics.success(),
            Metric::Errors => (metrics.requests() - metrics.successes()) as f64,
            Metric::Requests => metrics.requests() as f64,
            Metric::Rate => metrics.rate(),
            Metric::Throughput => metrics.throughput(),
            Metric::BytesIn => metrics.bytes_in().total as f64,
            Metric::BytesOut => metrics.bytes_out().total as f64,
            Metric::Checks => metrics.checks()?.passed(),
            Metric::Reach => metrics.deliveries()?.reach()?,
            Metric::Flow(metric) => metric.of(metrics.flows()?, whole.users_time())?,
        };
        Some(value.into())
    }
}

/// The times of all records.
enum SeriesTimes<'a> {
    /// All are known.
    Known(&'a Distribution),
    /// Some may be lower bounds.
    Bounded(&'a Times),
}

impl Series {
    /// Returns the times of all records; None if no record has them.
    fn of(self, metrics: &Metrics) -> Option<SeriesTimes<'_>> {
        let known = match self {
            Series::Latency => return Some(SeriesTimes::Bounded(metrics.latencies())),
            Series::Response => return metrics.response().map(SeriesTimes::Bounded),
            Series::Lag => metrics.lag(),
            Series::Sent => metrics.calls().and_then(Calls::sent),
            Series::FirstMessage => metrics.calls().and_then(Calls::first_message),
            Series::Gap => metrics.calls().and_then(Calls::gap),
        };
        known.map(SeriesTimes::Known)
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
    fn found(self, times: SeriesTimes<'_>) -> Found {
        match times {
            SeriesTimes::Known(durations) => self.of(durations).into(),
            SeriesTimes::Bounded(times) => self.of_bounded(times),
        }
    }

    /// Returns the aggregate of times that may be lower bounds, in ns.
    fn of_bounded(self, times: &Times) -> Found {
        let BoundedTime { time, is_lower_bound } = match self {
            Aggregate::Quantile(quantile) => times.quantile(quantile),
            Aggregate::Min => times.quantile(0.0),
            Aggregate::Max => times.max(),
            // The mean is of the times as far as they were waited for.
            Aggregate::Mean => return self.of(times.all()).into(),
        };
        Found { value: time.as_nanos() as f64, is_lower_bound }
    }

    /// Returns the aggregate of known times, in ns.
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
