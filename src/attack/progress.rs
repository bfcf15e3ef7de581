//! The progress of a running attack, which any thread can read.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use crate::attack::admission::Waits;
use crate::attack::flow_counts::FlowCounts;
use crate::attack::stop::Stop;
use crate::client::BodyBudget;
use crate::clock;
use crate::facts::Facts;
use crate::plan::PlannedStreams;

/// Shortest time for which a share of CPU time is computed. Below it, the start of the engine would
/// dominate.
const SHORTEST: Duration = Duration::from_millis(100);

/// Counters of one engine, which any thread may read.
#[derive(Debug, Default)]
pub struct Progress {
    released: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    /// Greatest lag since the last snapshot, in ns.
    lag_ns: AtomicU64,
    /// Long-lived streams and WebSockets that are open.
    streams: AtomicU64,
    /// Set when the engine has released its last hit.
    load: OnceLock<EngineLoad>,
}

/// How busy an engine was while it released its hits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EngineLoad {
    /// CPU time of its thread as a share of the elapsed time, in `[0, 1]`. None if unknown, or if
    /// the elapsed time was too short.
    pub cpu: Option<f64>,
    /// Number of hits that had to wait.
    pub waits: Waits,
    /// By how much the next hit was overdue when the engine stopped.
    pub overdue: Duration,
}

/// Measures the CPU time of a thread from a point on.
#[derive(Clone, Copy, Debug)]
pub struct CpuMeter {
    start: Instant,
    cpu: Option<Duration>,
}

impl CpuMeter {
    /// Starts to measure the calling thread.
    pub fn start() -> Self {
        Self { start: clock::now(), cpu: clock::thread_cpu() }
    }

    /// Returns the CPU time since the start as a share of the elapsed time, in `[0, 1]`. It must be
    /// called on the same thread. None if unknown, or if the elapsed time was too short.
    pub fn share(&self) -> Option<f64> {
        let (now, start) = clock::thread_cpu().zip(self.cpu)?;
        share(now - start, clock::now() - self.start)
    }
}

/// Returns CPU time as a share of the elapsed time. None if that is below [`SHORTEST`].
fn share(cpu: Duration, wall: Duration) -> Option<f64> {
    (wall >= SHORTEST).then(|| (cpu.as_secs_f64() / wall.as_secs_f64()).min(1.0))
}

/// The counters of all engines at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Hits released.
    pub released: u64,
    /// Hits that are over, <= `released`.
    pub done: u64,
    /// Hits that failed, <= `done`.
    pub failed: u64,
    /// Greatest lag since the last snapshot; zero without a schedule.
    pub lag: Duration,
    /// Number of flows in progress. None without flows.
    pub flows: Option<u64>,
    /// Number of gRPC streams that are open. None without long-lived ones.
    pub streams: Option<u64>,
    /// Number of WebSockets that are open. None without them.
    pub sockets: Option<u64>,
}

impl Progress {
    /// Counts a released hit.
    pub fn released(&self) {
        self.released.fetch_add(1, Relaxed);
    }

    /// Counts a finished hit.
    pub fn done(&self, failed: bool, lag: Option<Duration>) {
        self.done.fetch_add(1, Relaxed);
        if failed {
            self.failed.fetch_add(1, Relaxed);
        }
        let lag_ns = lag.map_or(0, |lag| u64::try_from(lag.as_nanos()).unwrap_or(u64::MAX));
        // Only one engine writes, so the check can only race with a snapshot.
        if lag_ns > self.lag_ns.load(Relaxed) {
            self.lag_ns.store(lag_ns, Relaxed);
        }
    }

    /// Counts a long-lived stream that was opened.
    pub fn stream_opened(&self) {
        self.streams.fetch_add(1, Relaxed);
    }

    /// Counts a long-lived stream that has ended.
    pub fn stream_ended(&self) {
        self.streams.fetch_sub(1, Relaxed);
    }

    /// Sets the load of the engine after its last release.
    pub fn released_all(&self, load: EngineLoad) {
        // An engine ends only once, so that the value cannot be set already.
        let _ = self.load.set(load);
    }

    /// Returns the load of the engine. None before its last release.
    pub fn load(&self) -> Option<EngineLoad> {
        self.load.get().copied()
    }
}

impl Snapshot {
    /// Adds up the counters of the engines, and resets their greatest lag.
    pub fn take<'a>(engines: impl IntoIterator<Item = &'a Progress>) -> Self {
        engines.into_iter().fold(Self::default(), |sum, engine| Self {
            done: sum.done + engine.done.load(Relaxed),
            failed: sum.failed + engine.failed.load(Relaxed),
            lag: sum.lag.max(Duration::from_nanos(engine.lag_ns.swap(0, Relaxed))),
            released: sum.released + engine.released.load(Relaxed),
            flows: None,
            streams: None,
            sockets: None,
        })
    }
}

/// Reads the state of an attack from any thread, even after its end.
#[derive(Clone, Debug)]
pub struct Monitor {
    engines: Vec<Arc<Progress>>,
    /// Counters of the flows of each engine. None without flows.
    flows: Option<Vec<Arc<FlowCounts>>>,
    /// The long-lived streams of the attack. None without them.
    streams: Option<PlannedStreams>,
    stop: Stop,
    bodies: Arc<BodyBudget>,
}

impl Monitor {
    /// Returns a monitor of these engines, of their flows if there are any, of the signal that stops
    /// them, and of the memory for bodies.
    pub fn new(
        engines: Vec<Arc<Progress>>,
        flows: Option<Vec<Arc<FlowCounts>>>,
        stop: Stop,
        bodies: Arc<BodyBudget>,
    ) -> Self {
        Self { engines, flows, streams: None, stop, bodies }
    }

    /// Returns the monitor of an attack that has these long-lived streams. None for none.
    pub fn with_streams(self, streams: Option<PlannedStreams>) -> Self {
        Self { streams, ..self }
    }

    /// Returns the progress since the last snapshot and in total.
    pub fn snapshot(&self) -> Snapshot {
        let in_progress = |engines: &Vec<Arc<FlowCounts>>| {
            engines.iter().map(|counts| counts.in_progress()).sum()
        };
        let flows = self.flows.as_ref().map(in_progress);
        let open = |_| self.engines.iter().map(|engine| engine.streams.load(Relaxed)).sum();
        let of_kind = |is_socket| self.streams.filter(|planned| planned.sockets == is_socket);
        let (streams, sockets) = (of_kind(false).map(open), of_kind(true).map(open));
        let counts = Snapshot::take(self.engines.iter().map(|engine| &**engine));
        Snapshot { flows, streams, sockets, ..counts }
    }

    /// Returns the facts of the attack at its end, without those of the machine.
    pub fn facts(&self) -> Facts {
        let loads: Vec<_> = self.engines.iter().filter_map(|engine| engine.load()).collect();
        Facts {
            interrupted: self.stop.is_draining(),
            engine_cpu: loads.iter().filter_map(|load| load.cpu).collect(),
            waited_for_place: loads.iter().map(|load| load.waits.for_place).sum(),
            waited_for_reader: loads.iter().map(|load| load.waits.for_reader).sum(),
            waited_for_target: loads.iter().map(|load| load.waits.for_target).sum(),
            overdue_ns: loads.iter().map(|load| load.overdue.as_nanos() as u64).max().unwrap_or(0),
            truncated_bodies: self.bodies.truncated(),
            flows: self
                .flows
                .as_ref()
                .map(|engines| FlowCounts::facts(engines.iter().map(|counts| &**counts))),
            ..Facts::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::stop::stop_signal;

    #[test]
    fn counters_add_up_and_the_lag_is_reset_by_each_snapshot() {
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
            Snapshot {
                released: 3,
                done: 3,
                failed: 1,
                lag: Duration::from_micros(9),
                flows: None,
                streams: None,
                sockets: None,
            }
        );
        assert_eq!(Snapshot::take(&engines), Snapshot { lag: Duration::ZERO, ..first });
    }

    #[test]
    fn facts_cover_all_engines_that_have_released_their_last_hit() {
        let engines: Vec<Arc<Progress>> = (0..3).map(|_| Arc::default()).collect();
        let (stopper, stop) = stop_signal();
        let monitor = Monitor::new(engines.clone(), None, stop, Arc::new(BodyBudget::new(None)));
        assert_eq!(monitor.facts(), Facts::default());
        let waits = Waits { for_place: 2, for_reader: 3, for_target: 4 };
        engines[0].released_all(EngineLoad { cpu: Some(0.25), waits, ..EngineLoad::default() });
        engines[2].released_all(EngineLoad {
            cpu: Some(0.5),
            waits,
            overdue: Duration::from_nanos(7),
        });
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
        assert_eq!(monitor.facts(), facts);
    }

    #[test]
    fn the_cpu_share_is_at_most_1_and_unknown_after_a_short_time() {
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
    fn the_cpu_time_of_a_thread_is_known_on_linux() {
        if cfg!(target_os = "linux") {
            assert!(clock::thread_cpu().is_some_and(|cpu| !cpu.is_zero()));
        }
    }
}
