//! An attack: hits are released at their slots, sent, and recorded.
//!
//! An attack runs one engine per thread. Each of `n` engines takes every `n`-th slot of the
//! schedule. Engines share nothing on the path of a hit; their records meet at the writer of the
//! stream.

mod stop;
mod target_choice;
mod admission;
mod dispatch;
mod flow_counts;
mod task_pool;
mod hit_task;
mod flows;
mod streams;
mod recorder;
mod progress;
mod engine;
mod work;

pub use crate::attack::target_choice::mix::Order;
pub use crate::attack::target_choice::{Goal, HitTargets, StreamedList, TargetList, TargetSource};
pub use admission::{Admission, Backlog};
pub use dispatch::{Dispatch, Release};
pub use flows::{Asked, FlowList, Trial, Watcher};
pub use progress::{Monitor, Snapshot};
pub use recorder::PendingBatch;
pub use stop::{Stop, Stopper, stop_signal};
pub use streams::{
    Backoff, Deliveries, DropOptions, PingOptions, ReplyRule, SocketOptions, StreamList,
};
pub use work::Work;

use std::iter;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread::{self, JoinHandle};

use rustls::ClientConfig;

use crate::attack::engine::{Config, StartLine};
use crate::attack::flow_counts::FlowCounts;
use crate::attack::flows::Crowd;
use crate::attack::progress::Progress;
use crate::attack::recorder::BatchSender;
use crate::client::{self, CallOptions};
use crate::clock::{Epoch, Wait};
use crate::error::Error;
use crate::feed::Feed;
use crate::plan::{Arrivals, Plan, PlannedRate};
use crate::schedule::seed::Seed;
use crate::schedule::{Pacer, Shard, Users};

/// Hits per second of one engine before another engine is added. An engine can do several times as
/// many, but fewer engines send more requests on each connection and wake fewer cores.
const HITS_PER_ENGINE: f64 = 20_000.0;

/// The configuration of an attack.
pub struct Attack {
    /// When hits are due.
    pub pacer: Pacer,
    /// What is sent at each slot.
    pub work: Work,
    /// The users of a closed loop, who make hits or flows one after another; the pacer then only has
    /// the length and the number of them. None if hits or flows are due by the schedule.
    pub users: Option<Users>,
    /// How hits are sent. Its limits apply to the whole attack.
    pub client: client::Options,
    /// Trusted roots and client certificate.
    pub tls: ClientConfig,
    /// How an engine waits for a slot.
    pub wait: Wait,
    /// Most hits in flight, >= 1. None for no limit.
    pub max_in_flight: Option<u64>,
    /// Number of engine threads. None for as many as the rate needs, leaving one core for the
    /// writer of the stream and the kernel's network work. Targets that are read during the attack
    /// always have one engine.
    pub threads: Option<NonZeroUsize>,
    /// Most engine threads, which also limits `threads`. None for no limit.
    pub max_threads: Option<NonZeroUsize>,
}

/// A running attack.
pub struct Running {
    stopper: Stopper,
    engines: Vec<JoinHandle<Result<(), Error>>>,
    monitor: Monitor,
}

impl Attack {
    /// Returns the plan of the attack, without the command, which only the caller knows.
    pub fn plan(&self) -> Plan {
        let flows = self.work.flows();
        let streams = self.work.streams().map(StreamList::planned);
        let n_released = self.n_released();
        Plan {
            rate: self.planned_rate(),
            arrivals: self.pacer.seed().map_or(Arrivals::Constant, |_| Arrivals::Poisson),
            duration_ns: self.pacer.duration().map_or(0, |length| length.as_nanos() as u64),
            requests: n_released.filter(|_| flows.is_none()).unwrap_or(0),
            seed: self.seed(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            names: self.work.names(),
            host: host(),
            command: String::new(),
            flows: flows.map(FlowList::planned),
            flow_count: n_released.filter(|_| flows.is_some()),
            calls: self.work.extras().messaging,
            streams,
            max_flows: flows.and_then(|list| list.max_flows),
            users: self.users.as_ref().map(Users::to_string),
        }
    }

    fn planned_rate(&self) -> PlannedRate {
        match self.pacer.stages() {
            None => PlannedRate::Unlimited,
            Some(stages) => stages
                .steady_rate()
                .map_or_else(|| PlannedRate::Staged(stages.clone()), PlannedRate::Constant),
        }
    }

    /// Returns the number of hits, or of flows. None if the plan does not determine it, for example
    /// because the targets may end earlier, or because users make as many as they can.
    fn n_released(&self) -> Option<u64> {
        // Users make as many as they can; the limit on them is no plan.
        if self.users.is_some() || self.work.is_read_later() {
            return None;
        }
        let rows = self.work.feed().and_then(Feed::hits);
        self.pacer.hits().into_iter().chain(rows).min()
    }

    /// Returns the seed. None if there are no random choices.
    fn seed(&self) -> Option<u64> {
        let own = || self.work.seed(self.users.is_some());
        self.pacer.seed().or_else(own).map(|Seed(seed)| seed)
    }

    /// Starts the attack on separate threads. Returns it, and a receiver of its records that ends
    /// after the last batch.
    ///
    /// # Errors
    ///
    /// [`Error::NoTargets`] without targets, [`Error::Io`] if a thread cannot be started.
    pub fn start(self) -> Result<(Running, Receiver<PendingBatch>), Error> {
        let n_engines = self.engines();
        let has_flows = self.work.flows().is_some();
        let (extras, streams) = (self.work.extras(), self.work.streams().map(StreamList::planned));
        let n_flows = self.pacer.hits();
        let crowd = self.users.clone().map(|users| Crowd { users, n_flows });
        let works = self.work.split(n_engines, crowd.as_ref())?;
        let backlog = Arc::new(Backlog::default());
        let budget = self.client.body_budget.clone();
        let (sender, batches) = BatchSender::new(backlog.clone(), budget.clone());
        let (stopper, stop) = stop_signal();
        let start_line = Arc::new(StartLine::new(n_engines));
        let epoch = Epoch::now();
        let progress: Vec<_> = (0..n_engines).map(|_| Arc::<Progress>::default()).collect();
        let counts: Vec<_> = (0..n_engines).map(|_| Arc::<FlowCounts>::default()).collect();
        let mut engines = Vec::new();
        for ((index, (progress, flow_counts)), work) in
            (0..).zip(iter::zip(&progress, &counts)).zip(works)
        {
            let shard = Shard { index, of: n_engines as u64 };
            let config = Config {
                pacer: self.pacer.clone(),
                work,
                client: part_of_client(&self.client, shard),
                tls: self.tls.clone(),
                in_flight: self.max_in_flight.map(|most| shard.part_of(most)),
                users: self.users.clone(),
                shard,
                wait: self.wait,
                backlog: backlog.clone(),
                extras,
                batches: sender.clone(),
                progress: progress.clone(),
                flow_counts: flow_counts.clone(),
                epoch,
                start_line: start_line.clone(),
            };
            engines.push(spawn(config, stop.clone())?);
        }
        let counts = has_flows.then_some(counts);
        let monitor = Monitor::new(progress, counts, stop, budget).with_streams(streams);
        Ok((Running { stopper, engines, monitor }, batches))
    }

    /// Returns the number of engines: the requested number, or what the rate needs. Each engine
    /// needs at least one place in flight and one connection.
    fn engines(&self) -> usize {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let needed = self
            .pacer
            .stages()
            .map_or(usize::MAX, |stages| (stages.peak() / HITS_PER_ENGINE).ceil() as usize);
        let wanted = match self.work.is_read_later() {
            false => self.threads.map_or(needed.min(cores - 1), NonZeroUsize::get),
            // Targets are read in order, so the engine that takes the next target needs the next
            // slot.
            true => 1,
        };
        let flows = self.work.flows().and_then(|list| list.max_flows);
        let streams = self.work.streams().map(StreamList::most_engines);
        let flows = flows.into_iter().chain(streams).min();
        let flows = flows.map_or(usize::MAX, |most| most.try_into().unwrap_or(usize::MAX));
        let most = self.max_threads.map_or(usize::MAX, NonZeroUsize::get);
        let in_flight =
            self.max_in_flight.map_or(usize::MAX, |most| most.try_into().unwrap_or(usize::MAX));
        let open = self.client.max_connections.unwrap_or(usize::MAX);
        let idle = self.client.idle_connections.max(1);
        let channels = self.client.calls.channels.map_or(usize::MAX, NonZeroUsize::get);
        wanted.min(most).min(flows).min(in_flight).min(open).min(idle).min(channels).max(1)
    }
}

/// Returns the client options of one engine, with its part of the limits.
fn part_of_client(client: &client::Options, shard: Shard) -> client::Options {
    let part = |total: usize| shard.part_of(total as u64) as usize;
    let channels = client.calls.channels.and_then(|all| NonZeroUsize::new(part(all.get())));
    client::Options {
        idle_connections: part(client.idle_connections),
        max_connections: client.max_connections.map(part),
        connect_rate: client.connect_rate.map(|rate| rate.shared_by(shard.of)),
        calls: CallOptions { channels, ..client.calls },
        ..client.clone()
    }
}

fn spawn(config: Config, stop: Stop) -> Result<JoinHandle<Result<(), Error>>, Error> {
    let name = format!("engine-{}", config.shard.index);
    Ok(thread::Builder::new().name(name).spawn(move || engine::run(config, stop))?)
}

impl Running {
    /// Ends the release of hits immediately; hits in flight may finish.
    pub fn drain(&self) {
        self.stopper.drain();
    }

    /// Ends the attack immediately; hits in flight are recorded as interrupted.
    pub fn abort(&self) {
        self.stopper.abort();
    }

    /// Returns the progress of the attack.
    pub fn snapshot(&self) -> Snapshot {
        self.monitor.snapshot()
    }

    /// Returns a monitor for use on another thread or after the end of the attack.
    pub fn monitor(&self) -> Monitor {
        self.monitor.clone()
    }

    /// Waits for the engines to end.
    ///
    /// # Errors
    ///
    /// The first error of an engine.
    pub fn join(self) -> Result<(), Error> {
        self.engines.into_iter().try_for_each(|engine| {
            engine
                .join()
                .unwrap_or_else(|_| Err(Error::Attack("an engine thread panicked".to_owned())))
        })
    }
}

/// Returns the operating system, architecture and number of cores, e.g. `linux x86_64, 2 cores`.
fn host() -> String {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    format!("{} {}, {cores} cores", std::env::consts::OS, std::env::consts::ARCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Redirects, Trust, tls_config};
    use crate::schedule::Opening;
    use crate::schedule::seed::Seed;
    use crate::units::Rate;
    use std::time::Duration;

    /// Returns options without limits.
    pub fn client_options() -> client::Options {
        client::Options {
            timeout: None,
            keepalive: true,
            idle_connections: 1_000,
            max_connections: None,
            connect_rate: None,
            max_body: None,
            body_budget: Arc::new(client::BodyBudget::new(None)),
            redirects: Redirects::Ignore,
            chunked: false,
            protocol: client::Protocol::Http1,
            dial: client::dial::Options::default(),
            session_tickets: false,
            attack: String::new(),
            calls: Default::default(),
        }
    }

    /// Returns an attack with 16 requested engines.
    fn attack() -> Attack {
        let trust = Trust { insecure: true, ..Trust::default() };
        Attack {
            pacer: Pacer::new(None, None, None),
            work: Work::Hits(TargetSource::Fixed(TargetList {
                targets: Vec::new(),
                order: Order::Even,
                feed: None,
                seed: Seed(0),
            })),
            users: None,
            client: client_options(),
            tls: tls_config(&trust).unwrap(),
            wait: Wait::Auto,
            max_in_flight: None,
            threads: NonZeroUsize::new(16),
            max_threads: None,
        }
    }

    #[test]
    fn engines_are_limited_by_what_they_share() {
        let empty = StreamedList { targets: Box::new(std::iter::empty()), has_calls: false };
        let stream = Work::Hits(TargetSource::Streamed(empty));
        let most = NonZeroUsize::new;
        let rate = Rate::new(1_000, Duration::from_secs(1)).unwrap();
        let opening = Opening { n_streams: 7, rate, settle: Duration::ZERO };
        let Work::Hits(TargetSource::Fixed(targets)) = attack().work else { panic!("no list") };
        let streams = Work::Streams(StreamList { targets, opening, sockets: None });
        let table = [
            (16, attack()),
            (3, Attack { max_threads: most(3), ..attack() }),
            (16, Attack { max_threads: most(99), ..attack() }),
            (1, Attack { max_threads: most(1), threads: None, ..attack() }),
            (5, Attack { max_in_flight: Some(5), ..attack() }),
            (1, Attack { work: stream, ..attack() }),
            (7, Attack { work: streams, ..attack() }),
        ];
        for (engines, attack) in table {
            assert_eq!(attack.engines(), engines);
        }
    }

    #[test]
    fn an_attack_without_targets_does_not_start() {
        assert!(matches!(attack().start(), Err(Error::NoTargets)));
    }
}
