//! The chart data of one slot of time.

use crate::metrics::{Bin, CoarseHistogram};

/// The chart data of one slot of time.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Latencies of the hits released in the slot.
    pub latency: CoarseHistogram,
    /// Lags of the hits released in the slot, if known.
    pub lag: CoarseHistogram,
    /// Hits released in the slot by outcome, indexed as in [`Outcomes`](super::outcomes::Outcomes).
    pub outcomes: Vec<u64>,
    /// Hits released in the slot that did not succeed.
    pub failed: u64,
    /// Hits that were due in the slot, if their due time is known.
    pub due: u64,
    /// Hits that succeeded and ended in the slot.
    pub succeeded: u64,
    /// Release instants of the hits, measured from the start of the slot.
    pub releases: Instants,
    /// End instants of the hits, measured from the start of the slot.
    pub ends: Instants,
}

/// A sum of instants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Instants {
    /// Number of instants.
    pub count: u64,
    /// Sum of the instants in ns.
    pub sum_ns: u128,
}

impl Instants {
    /// Adds an instant.
    pub fn add(&mut self, ns: u64) {
        self.count += 1;
        self.sum_ns += u128::from(ns);
    }

    /// Adds instants that are measured from an origin `later_ns` after the own origin.
    pub fn absorb(&mut self, others: Self, later_ns: u64) {
        self.count += others.count;
        self.sum_ns += others.sum_ns + u128::from(others.count) * u128::from(later_ns);
    }
}

impl Tally {
    /// Counts a hit by the index of its outcome.
    pub fn count_outcome(&mut self, place: usize) {
        if place >= self.outcomes.len() {
            self.outcomes.resize(place + 1, 0);
        }
        self.outcomes[place] += 1;
    }
}

impl Bin for Tally {
    fn absorb(&mut self, next: Self, later_ns: u64) {
        self.latency.merge(&next.latency);
        self.lag.merge(&next.lag);
        if self.outcomes.len() < next.outcomes.len() {
            self.outcomes.resize(next.outcomes.len(), 0);
        }
        self.outcomes.iter_mut().zip(next.outcomes).for_each(|(count, more)| *count += more);
        self.failed += next.failed;
        self.due += next.due;
        self.succeeded += next.succeeded;
        self.releases.absorb(next.releases, later_ns);
        self.ends.absorb(next.ends, later_ns);
    }
}
