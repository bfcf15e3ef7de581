//! The part of a record that only requests of flows have.

mod builder;
mod columns;

pub(super) use builder::{FlowBuilder, nanos};
pub(super) use columns::FlowColumns;

use std::time::Duration;

/// The place of a request in its flow, what was checked, and how the flow ended.
///
/// # Example
///
/// ```
/// use drumfire::record::{BatchBuilder, FlowStep, Record};
///
/// let step = FlowStep { flow: "login", flow_seq: 7, step: 1, checks: Some(1), ..FlowStep::default() };
/// let mut builder = BatchBuilder::with_flows();
/// builder.push(&Record { code: 404, flow: Some(step), ..Record::default() });
/// // The check was whether the status is 404.
/// assert!(builder.finish().record(0).is_success());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowStep<'a> {
    /// Name of the flow; empty if it was not read.
    pub flow: &'a str,
    /// Number of the flow in its attack, from 0.
    pub flow_seq: u64,
    /// Number of the request in its flow, from 0. A flow begins with number 0.
    pub flow_hit: u32,
    /// Number of the entry in the file of the flow, from 1.
    pub step: u16,
    /// Number of the attempt: 0, or that of the retry.
    pub attempt: u16,
    /// Number of checks whose results count: 0 for an attempt that is followed by a retry, because
    /// only the last attempt can fail its checks. None if the entry has no checks.
    pub checks: Option<u16>,
    /// Number of checks that failed, at most `checks`. None if the entry has no checks.
    pub checks_failed: Option<u16>,
    /// How the flow ended. None unless this is the last record of the flow.
    pub ended: Option<FlowEnd>,
}

/// How a flow ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowEnd {
    /// Time from the release of the first request to the end of the last one, with think time.
    pub time: Duration,
    /// Think time within `time`. Waiting for a retry is no think time.
    pub thought: Duration,
    /// Whether a step failed.
    pub failed: bool,
}
