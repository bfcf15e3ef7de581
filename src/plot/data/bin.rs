//! What is kept of the hits of one slot of time.

use crate::metrics::{Sketch, Slot};

/// What is kept of the hits of one slot of time.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Latencies of the hits released in the slot.
    pub latency: Sketch,
    /// Lags of the hits released in the slot, of those that know theirs.
    pub lag: Sketch,
    /// Hits released in the slot by outcome: by its place in [`Outcomes`](super::outcomes::Outcomes).
    pub outcomes: Vec<u64>,
    /// Hits that were due in the slot, of those that know when they were.
    pub due: u64,
    /// Hits that succeeded and ended in the slot.
    pub succeeded: u64,
    /// When hits were released, from the begin of the slot.
    pub releases: Instants,
    /// When hits ended, from the begin of the slot.
    pub ends: Instants,
}

/// Instants, summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Instants {
    /// How many there are.
    pub count: u64,
    /// Their sum, in ns.
    pub sum_ns: u128,
}

impl Instants {
    /// Adds an instant.
    pub fn add(&mut self, ns: u64) {
        self.count += 1;
        self.sum_ns += u128::from(ns);
    }

    /// Adds instants that are counted from `later_ns` after these.
    fn absorb(&mut self, others: Self, later_ns: u64) {
        self.count += others.count;
        self.sum_ns += others.sum_ns + u128::from(others.count) * u128::from(later_ns);
    }
}

impl Tally {
    /// Counts a hit by its outcome's place.
    pub fn count_outcome(&mut self, place: usize) {
        if place >= self.outcomes.len() {
            self.outcomes.resize(place + 1, 0);
        }
        self.outcomes[place] += 1;
    }
}

impl Slot for Tally {
    fn absorb(&mut self, next: Self, later_ns: u64) {
        self.latency.merge(&next.latency);
        self.lag.merge(&next.lag);
        if self.outcomes.len() < next.outcomes.len() {
            self.outcomes.resize(next.outcomes.len(), 0);
        }
        self.outcomes.iter_mut().zip(next.outcomes).for_each(|(count, more)| *count += more);
        self.due += next.due;
        self.succeeded += next.succeeded;
        self.releases.absorb(next.releases, later_ns);
        self.ends.absorb(next.ends, later_ns);
    }
}
