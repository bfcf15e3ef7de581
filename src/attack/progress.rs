//! How an attack is going, read while it goes.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Counts that one engine keeps while it attacks. Any thread may read them.
#[derive(Debug, Default)]
pub struct Progress {
    released: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    /// Greatest lag since the last look, in ns.
    lag_ns: AtomicU64,
}

/// The counts of all engines at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Hits released.
    pub released: u64,
    /// Hits answered or failed, <= `released`.
    pub done: u64,
    /// Hits that failed, <= `done`.
    pub failed: u64,
    /// Greatest lag since the last snapshot; zero where no hit was scheduled.
    pub lag: Duration,
}

impl Progress {
    /// Counts a hit as released.
    pub fn released(&self) {
        self.released.fetch_add(1, Relaxed);
    }

    /// Counts a hit as over.
    pub fn done(&self, failed: bool, lag: Option<Duration>) {
        self.done.fetch_add(1, Relaxed);
        if failed {
            self.failed.fetch_add(1, Relaxed);
        }
        let lag_ns = lag.map_or(0, |lag| u64::try_from(lag.as_nanos()).unwrap_or(u64::MAX));
        // One engine writes, so that the check can only miss a look in between.
        if lag_ns > self.lag_ns.load(Relaxed) {
            self.lag_ns.store(lag_ns, Relaxed);
        }
    }
}

impl Snapshot {
    /// Adds up the counts of the engines and begins a new stretch for the lag.
    pub fn take<'a>(engines: impl IntoIterator<Item = &'a Progress>) -> Self {
        engines.into_iter().fold(Self::default(), |sum, engine| Self {
            done: sum.done + engine.done.load(Relaxed),
            failed: sum.failed + engine.failed.load(Relaxed),
            lag: sum.lag.max(Duration::from_nanos(engine.lag_ns.swap(0, Relaxed))),
            released: sum.released + engine.released.load(Relaxed),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_and_the_lag_is_that_since_the_last_look() {
        let engines = [Progress::default(), Progress::default()];
        for engine in &engines {
            engine.released();
            engine.done(false, Some(Duration::from_micros(5)));
        }
        engines[1].released();
        engines[1].done(true, Some(Duration::from_micros(9)));
        let first = Snapshot::take(&engines);
        assert_eq!(
            first,
            Snapshot { released: 3, done: 3, failed: 1, lag: Duration::from_micros(9) }
        );
        assert_eq!(Snapshot::take(&engines), Snapshot { lag: Duration::ZERO, ..first });
    }
}
