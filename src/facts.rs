//! Facts: what an attack knows at its end of the machine that it ran on, carried behind its stream.

use serde::{Deserialize, Serialize};

/// What an attack knows at its end of itself and of its machine.
///
/// Shares are of the time that the attack took, >= 0, where 1 is all of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Whether the attack was told to stop.
    pub interrupted: bool,
    /// The limit that ended it, and what was found, as in `p99>2s for 10s: 2.5s`; None where none
    /// did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aborted: Option<String>,
    /// CPU time of each engine thread, as a share of the time in which it released hits; empty
    /// where the system does not tell.
    pub engine_cpu: Vec<f64>,
    /// Share of the machine's CPU time that its host gave to others; None where unknown.
    pub stolen: Option<f64>,
    /// Share of the time in which a CPU quota held the process up; None where unknown.
    pub throttled: Option<f64>,
    /// Most open files; None where unlimited or unknown.
    pub descriptors: Option<u64>,
    /// Hits that had to wait for a place among those in flight.
    pub waited_for_place: u64,
    /// Hits that had to wait for the reader of the stream.
    pub waited_for_reader: u64,
    /// Hits that had to wait for a target that was not read yet.
    pub waited_for_target: u64,
    /// By how much the next hit was overdue when the attack was told to stop, in ns; 0 where it was
    /// not.
    pub overdue_ns: u64,
}
