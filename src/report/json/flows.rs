//! The keys about flows, checks and closed loops.

use serde::Serialize;

use crate::metrics::{Checks, ClosedLoop, Flows, Metrics, OpenLoop};
use crate::report::json::times::Latencies;
use crate::report::parts::flows::{CAUTION, ONE_EACH};

/// Flows. Times are of the flows that ended.
#[derive(Serialize)]
pub(super) struct FlowFigures {
    started: u64,
    rate: f64,
    throughput: f64,
    finished: u64,
    failed: u64,
    /// None until the attack is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<u64>,
    /// None when the attack is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_progress: Option<u64>,
    success: f64,
    /// Without think time.
    time: Latencies,
    /// With think time.
    total: Latencies,
}

impl FlowFigures {
    /// Returns the flows of a whole run or of a group of it; None without flows.
    pub fn of(metrics: &Metrics, whole: &Metrics) -> Option<Self> {
        let is_over = whole.is_over();
        let flows: &Flows = metrics.flows()?;
        Some(Self {
            started: flows.started(),
            rate: flows.rate_in(whole.users_time()),
            throughput: flows.throughput(),
            finished: flows.finished(),
            failed: flows.failed(),
            cut: is_over.then_some(flows.unfinished()),
            in_progress: (!is_over).then_some(flows.unfinished()),
            success: flows.success(),
            time: flows.time().into(),
            total: flows.total_time().into(),
        })
    }
}

/// Checks of responses.
#[derive(Serialize)]
pub(super) struct CheckFigures {
    total: u64,
    failed: u64,
    success: f64,
}

impl From<Checks> for CheckFigures {
    fn from(checks: Checks) -> Self {
        Self { total: checks.total, failed: checks.failed, success: checks.passed() }
    }
}

/// A closed loop.
#[derive(Serialize)]
pub(super) struct Loop<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    caution: &'static str,
    users: &'a str,
    /// Rate of an open loop with the same load; None if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    open_rate: Option<f64>,
    /// Why there is no such rate; None if there is one, and without records.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'static str>,
}

impl<'a> Loop<'a> {
    /// Returns the closed loop of a run; None for an open loop.
    pub fn of(metrics: &'a Metrics) -> Option<Self> {
        let ClosedLoop { users, open, .. } = metrics.closed_loop()?;
        let (open_rate, problem) = match open {
            Some(OpenLoop::Rate(rate)) => (Some(rate), None),
            Some(OpenLoop::OneEach) => (None, Some(ONE_EACH)),
            None => (None, None),
        };
        Some(Self { kind: "closed", caution: CAUTION, users, open_rate, problem })
    }
}
