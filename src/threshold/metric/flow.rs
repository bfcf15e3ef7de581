//! The metrics of flows: those after the prefix `flow.`.

use std::time::Duration;

use crate::metrics::{Distribution, Flows};
use crate::threshold::metric::Aggregate;
use crate::threshold::unit::Unit;

/// A metric of flows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FlowMetric {
    /// An aggregate of the times of ended flows.
    Time(FlowTime, Aggregate),
    /// Share of the started flows that finished. Flows that were cut did not.
    Success,
    /// Share of the started flows in which a step failed.
    Failed,
    /// Share of the started flows that were cut.
    Cut,
    /// Number of flows that failed or were cut.
    Errors,
    /// Number of flows that started.
    Started,
    /// Flows started per second.
    Rate,
    /// Flows finished per second.
    Throughput,
}

/// A time that each ended flow has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowTime {
    /// Without think time.
    Busy,
    /// With think time.
    Total,
}

impl FlowMetric {
    /// The metrics that may follow `flow.`, for messages.
    pub(super) const EXPECTED: &str = "after flow. one of p50 (or another percentile, as in \
                                       p99.9), mean, min, max, also with the prefix total. for \
                                       times with think time; success, failed, cut, errors, \
                                       started, rate, throughput";

    /// Parses the name after `flow.`; None if it is none.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "success" => Self::Success,
            "failed" => Self::Failed,
            "cut" => Self::Cut,
            "errors" => Self::Errors,
            "started" => Self::Started,
            "rate" => Self::Rate,
            "throughput" => Self::Throughput,
            _ => {
                let (time, aggregate) = match name.strip_prefix("total.") {
                    Some(aggregate) => (FlowTime::Total, aggregate),
                    None => (FlowTime::Busy, name),
                };
                Self::Time(time, Aggregate::parse(aggregate)?)
            }
        })
    }

    /// Returns the unit of the metric.
    pub(super) fn unit(self) -> Unit {
        match self {
            Self::Time(..) => Unit::Time,
            Self::Success | Self::Failed | Self::Cut => Unit::Share,
            Self::Errors | Self::Started => Unit::Count,
            Self::Rate | Self::Throughput => Unit::PerSecond,
        }
    }

    /// Returns the value in its unit; None if no flow started, and for a time if none ended. `time` is
    /// that in which the users of a closed loop began flows; None for an open loop.
    pub(super) fn of(self, flows: &Flows, time: Option<Duration>) -> Option<f64> {
        if flows.started() == 0 {
            return None;
        }
        Some(match self {
            Self::Time(time, aggregate) => aggregate.of(time.of(flows)?),
            Self::Success => flows.success(),
            Self::Failed => flows.share(flows.failed()),
            Self::Cut => flows.share(flows.unfinished()),
            Self::Errors => (flows.started() - flows.finished()) as f64,
            Self::Started => flows.started() as f64,
            Self::Rate => flows.rate_in(time),
            Self::Throughput => flows.throughput(),
        })
    }

    /// Returns the value in its unit within a window of a running attack, in which flows in progress
    /// have not failed. None if no flow started or ended, and if the value is known only at the end.
    pub(super) fn in_window(self, flows: &Flows) -> Option<f64> {
        let has_ended = flows.ended() > 0;
        match self {
            Self::Success => has_ended.then(|| flows.success_so_far()),
            Self::Failed => has_ended.then(|| 1.0 - flows.success_so_far()),
            Self::Errors => Some(flows.failed() as f64),
            Self::Cut => None,
            other => other.of(flows, None),
        }
    }
}

impl FlowTime {
    /// Returns the times; None if no flow ended.
    fn of(self, flows: &Flows) -> Option<&Distribution> {
        let times = match self {
            Self::Busy => flows.time(),
            Self::Total => flows.total_time(),
        };
        Some(times).filter(|times| times.count() > 0)
    }
}
