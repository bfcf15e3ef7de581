//! The number of flows of an engine, which any thread may read.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::facts::FlowFacts;

/// The number of flows of an engine, by what became of them.
#[derive(Debug, Default)]
pub struct FlowCounts {
    started: AtomicU64,
    ended: AtomicU64,
    cut: AtomicU64,
    /// Sum of how long the flows that were cut had run, in ns.
    cut_ns: AtomicU64,
    longest_cut_ns: AtomicU64,
    waited: AtomicU64,
}

impl FlowCounts {
    /// Counts a flow that begins.
    pub fn start(&self) {
        self.started.fetch_add(1, Relaxed);
    }

    /// Counts a flow that has ended by itself.
    pub fn end(&self) {
        self.ended.fetch_add(1, Relaxed);
    }

    /// Counts a flow that is cut after some time.
    pub fn cut(&self, after: Duration) {
        let nanos = u64::try_from(after.as_nanos()).unwrap_or(u64::MAX);
        self.cut.fetch_add(1, Relaxed);
        self.cut_ns.fetch_add(nanos, Relaxed);
        self.longest_cut_ns.fetch_max(nanos, Relaxed);
    }

    /// Sets the number of arrivals that have waited for a place among the flows in progress.
    pub fn set_waited(&self, arrivals: u64) {
        self.waited.store(arrivals, Relaxed);
    }

    /// Returns the number of flows that began.
    pub fn started(&self) -> u64 {
        self.started.load(Relaxed)
    }

    /// Returns the number of flows in progress.
    pub fn in_progress(&self) -> u64 {
        let over = self.ended.load(Relaxed) + self.cut.load(Relaxed);
        self.started().saturating_sub(over)
    }

    /// Adds up the counts of engines.
    pub fn facts<'a>(engines: impl IntoIterator<Item = &'a Self>) -> FlowFacts {
        let (mut facts, mut cut_ns) = (FlowFacts::default(), 0_u64);
        for engine in engines {
            facts.started += engine.started();
            facts.cut += engine.cut.load(Relaxed);
            cut_ns = cut_ns.saturating_add(engine.cut_ns.load(Relaxed));
            facts.cut_longest_ns = facts.cut_longest_ns.max(engine.longest_cut_ns.load(Relaxed));
            facts.waited_for_place += engine.waited.load(Relaxed);
        }
        facts.cut_mean_ns = cut_ns.checked_div(facts.cut).unwrap_or(0);
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_engines_add_up() {
        let engines = [FlowCounts::default(), FlowCounts::default()];
        engines.iter().for_each(FlowCounts::start);
        engines[0].start();
        assert_eq!(engines[0].in_progress(), 2);
        engines[0].end();
        engines[0].cut(Duration::from_secs(3));
        engines[1].cut(Duration::from_secs(5));
        engines[1].set_waited(7);
        assert_eq!(engines[0].in_progress(), 0);
        let expected = FlowFacts {
            started: 3,
            cut: 2,
            cut_mean_ns: 4_000_000_000,
            cut_longest_ns: 5_000_000_000,
            waited_for_place: 7,
        };
        assert_eq!(FlowCounts::facts(&engines), expected);
    }
}
