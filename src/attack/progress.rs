//! How an attack is going, read while it goes.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use super::admission::Waits;
use super::stop::Stop;
use crate::clock;
use crate::facts::Facts;

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
    /// CPU time of its thread as a share of the time it took; None where the system does not tell.
    pub cpu: Option<f64>,
    /// How many hits had to wait.
    pub waits: Waits,
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
        let wall = (clock::now() - self.began).as_secs_f64();
        let cpu = clock::thread_cpu().zip(self.cpu).map(|(now, then)| (now - then).as_secs_f64());
        Effort { cpu: cpu.filter(|_| wall > 0.0).map(|cpu| cpu / wall), waits }
    }
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
        engines[0].released_all(Effort { cpu: Some(0.25), waits });
        engines[2].released_all(Effort { cpu: Some(0.5), waits });
        stopper.drain();
        let facts = Facts {
            interrupted: true,
            engine_cpu: vec![0.25, 0.5],
            waited_for_place: 4,
            waited_for_reader: 6,
            waited_for_target: 8,
            ..Facts::default()
        };
        assert_eq!(watch.facts(), facts);
    }

    #[test]
    fn the_effort_of_a_busy_thread_is_some_cpu_time_and_no_more_than_all() {
        let work = Work::begin();
        while clock::now() - work.began < Duration::from_millis(2) {}
        let cpu = work.effort(Waits::default()).cpu;
        if cfg!(target_os = "linux") {
            assert!(cpu.is_some_and(|cpu| cpu > 0.0 && cpu < 1.1), "{cpu:?}");
        }
    }
}
