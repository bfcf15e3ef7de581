//! The facts of a finished attack, written to the metadata at the end of its stream.

use serde::{Deserialize, Serialize};

/// What an attack knows at its end about itself and its machine.
///
/// A share is a part of the duration of the attack, >= 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Whether the attack was stopped before the end of its plan.
    pub interrupted: bool,
    /// The abort condition that ended the attack and the measured value, e.g. `p99>2s for 10s:
    /// 2.5s`. None if no condition did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aborted: Option<String>,
    /// CPU time of each engine thread as a share of the time in which it released hits. Engines
    /// whose CPU time is unknown are left out.
    pub engine_cpu: Vec<f64>,
    /// Share of the machine's CPU time that its host gave to other machines. None if unknown.
    pub stolen: Option<f64>,
    /// Share of the time in which a CPU quota throttled the process. None if unknown.
    pub throttled: Option<f64>,
    /// Limit of open files. None if unlimited or unknown.
    pub descriptors: Option<u64>,
    /// Number of hits that waited for a place among the hits in flight.
    pub waited_for_place: u64,
    /// Number of hits that waited for the reader of the stream.
    pub waited_for_reader: u64,
    /// Number of hits that waited for a target that had not been read.
    pub waited_for_target: u64,
    /// By how much the next hit was overdue when the attack was stopped, in ns; 0 if it was not.
    pub overdue_ns: u64,
    /// Number of response bodies that were truncated because the memory for bodies was used up.
    #[serde(skip_serializing_if = "is_zero")]
    pub truncated_bodies: u64,
    /// What is known of the flows. None if the attack had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flows: Option<FlowFacts>,
}

/// What an attack knows at its end about its flows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FlowFacts {
    /// Number of flows that began.
    pub started: u64,
    /// Number of flows that were cut: still in progress at the end of the grace time, <= `started`.
    pub cut: u64,
    /// How long the flows that were cut had run on average, in ns; 0 if none was cut.
    pub cut_mean_ns: u64,
    /// How long the flow that was cut and began first had run, in ns; 0 if none was cut.
    pub cut_longest_ns: u64,
    /// Number of flows that waited for a place among the flows in progress.
    #[serde(skip_serializing_if = "is_zero")]
    pub waited_for_place: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}
