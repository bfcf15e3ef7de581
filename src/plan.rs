//! Plan: what an attack set out to do, carried at the head of its stream.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::units::{Rate, parse_rate};

/// Names that a plan carries at most.
pub const MOST_NAMES: usize = 1000;

/// What an attack set out to do, and where it ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// Rate as typed, e.g. `50/1s`; empty for as fast as the limits allow.
    pub rate: String,
    /// Length in ns; 0 until stopped.
    pub duration_ns: u64,
    /// Hits planned; 0 where neither rate and duration nor a count fix them.
    pub requests: u64,
    /// What random choices follow from; None where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Version of drumfire that attacked.
    pub version: String,
    /// Names of the targets, each once, sorted, without the empty one; None where they are not known
    /// before the attack, or more than [`MOST_NAMES`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<String>>,
    /// Operating system, machine and number of cores, e.g. `linux x86_64, 2 cores`.
    pub host: String,
}

impl Plan {
    /// The planned rate; None for as fast as the limits allow.
    pub fn rate(&self) -> Option<Rate> {
        parse_rate(&self.rate).ok().flatten()
    }

    /// The planned length; None until stopped.
    pub fn duration(&self) -> Option<Duration> {
        (self.duration_ns > 0).then(|| Duration::from_nanos(self.duration_ns))
    }
}
