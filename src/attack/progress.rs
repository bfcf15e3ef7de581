//! How an attack is going, read while it goes.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use crate::attack::admission::Waits;
use crate::attack::stop::Stop;
use crate::clock;
use crate::facts::Facts;

/// Shortest time over which a share of it is told: an engine of few hits is busy with its beginning.
const SHORTEST: Duration = Duration::from_millis(100);

/// Counts that one engine keeps while it attacks. Any thread may read them.
#[derive(Debug, Default)]
pub struct Progress {
    released: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    /// Greatest lag since the last look, in ns.
    lag_ns: AtomicU64,
    /// Set once, when the engine has released its last hit.
    effort: OnceLock<Effort>,
}

/// What it took one engine to release its hits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effort {
    /// CPU time of its thread as a share of the time it took, in [0, 1]; None where the system does
    /// not tell, and for an engine that was done at once.
    pub cpu: Option<f64>,
    /// How many hits had to wait.
    pub waits: Waits,
    /// By how much the next hit was overdue when the engine was told to stop.
    pub overdue: Duration,
}

/// An engine at work, from its first hit on.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    began: Instant,
    cpu: Option<Duration>,
}

impl Work {
    /// Begins to count the time of the calling thread.
    pub fn begin() -> Self {
        Self { began: clock::now(), cpu: clock::thread_cpu() }
    }

    /// Returns what the calling thread has taken since, which must be the one that began.
    pub fn effort(&self, waits: Waits) -> Effort {
        let cpu = clock::thread_cpu().zip(self.cpu).map(|(now, then)| now - then);
        let cpu = cpu.and_then(|cpu| share(cpu, clock::now() - self.began));
        Effort { cpu, waits, overdue: Duration::ZERO }
    }
}

/// Returns CPU time as a share of the time it took; None where that was too short to tell.
fn share(cpu: Duration, wall: Duration) -> Option<f64> {
    (wall >= SHORTEST).then(|| (cpu.as_secs_f64() / wall.as_secs_f64()).min(1.0))
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

    /// Notes what the engine's hits took, once they are released.
    pub fn released_all(&self, effort: Effort) {
        // An engine comes to its end once.
        let _ = self.effort.set(effort);
    }

    /// Returns what the engine's hits took; None before the last of them is released.
    pub fn effort(&self) -> Option<Effort> {
        self.effort.get().copied()
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

/// Looks at an attack from any thread, also when it is over.
#[derive(Clone, Debug)]
pub struct Watch {
    engines: Vec<Arc<Progress>>,
    stop: Stop,
}

impl Watch {
    /// Returns what looks at so many engines and at what may stop them.
    pub fn new(engines: Vec<Arc<Progress>>, stop: Stop) -> Self {
        Self { engines, stop }
    }

    /// Returns how the attack is going.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::take(self.engines.iter().map(|engine| &**engine))
    }

    /// Returns what the attack knows of itself at its end. Of the machine it knows nothing.
    pub fn facts(&self) -> Facts {
        let efforts: Vec<_> = self.engines.iter().filter_map(|engine| engine.effort()).collect();
        Facts {
            interrupted: self.stop.is_draining(),
            engine_cpu: efforts.iter().filter_map(|effort| effort.cpu).collect(),
            waited_for_place: efforts.iter().map(|effort| effort.waits.for_place).sum(),
            waited_for_reader: efforts.iter().map(|effort| effort.waits.for_reader).sum(),
            waited_for_target: efforts.iter().map(|effort| effort.waits.for_target).sum(),
            overdue_ns: efforts
                .iter()
                .map(|effort| effort.overdue.as_nanos() as u64)
                .max()
                .unwrap_or(0),
            ..Facts::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::stop::stop_signal;

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

    #[test]
    fn facts_are_those_of_all_engines_that_have_come_to_their_end() {
        let engines: Vec<Arc<Progress>> = (0..3).map(|_| Arc::default()).collect();
        let (stopper, stop) = stop_signal();
        let watch = Watch::new(engines.clone(), stop);
        assert_eq!(watch.facts(), Facts::default());
        let waits = Waits { for_place: 2, for_reader: 3, for_target: 4 };
        engines[0].released_all(Effort { cpu: Some(0.25), waits, ..Effort::default() });
        engines[2].released_all(Effort { cpu: Some(0.5), waits, overdue: Duration::from_nanos(7) });
        stopper.drain();
        let facts = Facts {
            interrupted: true,
            engine_cpu: vec![0.25, 0.5],
            waited_for_place: 4,
            waited_for_reader: 6,
            waited_for_target: 8,
            overdue_ns: 7,
            ..Facts::default()
        };
        assert_eq!(watch.facts(), facts);
    }

    #[test]
    fn the_share_of_a_thread_is_at_most_all_and_untold_of_a_moment() {
        const MS: Duration = Duration::from_millis(1);
        let table = [
            (50 * MS, 200 * MS, Some(0.25)),
            (101 * MS, 100 * MS, Some(1.0)),
            (3 * MS, 2 * MS, None),
            (Duration::ZERO, Duration::ZERO, None),
        ];
        for (cpu, wall, expected) in table {
            assert_eq!(share(cpu, wall), expected, "{cpu:?} of {wall:?}");
        }
    }

    #[test]
    fn a_thread_has_taken_some_cpu_time() {
        if cfg!(target_os = "linux") {
            assert!(clock::thread_cpu().is_some_and(|cpu| !cpu.is_zero()));
        }
    }
}
