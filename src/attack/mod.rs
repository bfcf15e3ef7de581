//! WHEN: plan and release of hits.
//!
//! An attack runs one engine a thread. Each takes every n-th slot of the one schedule and shares
//! nothing with the others on the path of a hit; their records meet at the writer of the stream.

mod admission;
mod dispatch;
mod engine;
mod progress;
mod stop;
mod hit_task;
mod task_pool;
mod recorder;
mod targets;

pub use admission::{Admission, Backlog};
pub use dispatch::{Dispatch, Release};
pub use progress::{Snapshot, Watch};
pub use recorder::Pending;
pub use stop::{Stop, Stopper, stop_signal};
pub use targets::mix::Order;
pub use targets::{List, Supply, Targets};

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread::{self, JoinHandle};

use rustls::ClientConfig;

use crate::attack::recorder::Outlet;
use crate::client;
use crate::clock::{Epoch, Wait};
use crate::error::Error;
use crate::feed::Feed;
use crate::plan::{Arrivals, MOST_NAMES, Plan, PlannedRate};
use crate::schedule::seed::Seed;
use crate::schedule::{Pacer, Shard};
use engine::{Muster, Orders};
use progress::Progress;

/// Hits a second that one engine is given before there is a further one. It could do several
/// times as many; fewer engines keep more requests on each connection and wake fewer cores.
const HITS_PER_ENGINE: f64 = 20_000.0;

/// Everything an attack needs to begin.
pub struct Attack {
    /// The schedule.
    pub pacer: Pacer,
    /// Where hits go.
    pub targets: Targets,
    /// How hits are made. Limits are those of the whole attack.
    pub client: client::Options,
    /// Whom to trust over TLS.
    pub tls: ClientConfig,
    /// How the slots are waited for.
    pub wait: Wait,
    /// Most hits in flight, >= 1; None for no limit.
    pub max_in_flight: Option<u64>,
    /// Engine threads; None for as many as the rate needs, at most one a core but for the last,
    /// which the writer of the stream and the kernel's share of the network take. Targets that
    /// are read while the attack goes have one.
    pub threads: Option<NonZeroUsize>,
    /// Most engine threads, whatever `threads` says; None for no limit.
    pub max_threads: Option<NonZeroUsize>,
}

/// An attack under way.
pub struct Running {
    stopper: Stopper,
    engines: Vec<JoinHandle<Result<(), Error>>>,
    watch: Watch,
}

impl Attack {
    /// Returns what the attack sets out to do; by which command, only its caller knows.
    pub fn plan(&self) -> Plan {
        Plan {
            rate: self.planned_rate(),
            arrivals: self.pacer.seed().map_or(Arrivals::Constant, |_| Arrivals::Poisson),
            duration_ns: self.pacer.duration().map_or(0, |length| length.as_nanos() as u64),
            requests: self.hits().unwrap_or(0),
            seed: self.seed(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            names: self.names(),
            host: host(),
            command: String::new(),
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

    /// Returns the number of hits. None if the plan does not determine it, for example because the
    /// targets may end earlier.
    fn hits(&self) -> Option<u64> {
        match &self.targets {
            Targets::Cycle(list) => {
                let rows = list.feed.as_ref().and_then(Feed::hits);
                self.pacer.hits().into_iter().chain(rows).min()
            }
            Targets::Stream(_) => None,
        }
    }

    /// Returns the seed; None where nothing is left to chance.
    fn seed(&self) -> Option<u64> {
        let order = match &self.targets {
            Targets::Cycle(list) => list.is_random().then_some(list.seed),
            Targets::Stream(_) => None,
        };
        self.pacer.seed().or(order).map(|Seed(seed)| seed)
    }

    /// Returns the names of the targets for the plan.
    fn names(&self) -> Option<Vec<String>> {
        let Targets::Cycle(list) = &self.targets else { return None };
        let names: BTreeSet<_> = list
            .targets
            .iter()
            .map(|target| &target.name)
            .filter(|name| !name.is_empty())
            .collect();
        (names.len() <= MOST_NAMES).then(|| names.into_iter().cloned().collect())
    }

    /// Begins the attack on threads of its own. Returns it and its records, as batches that end
    /// after the last one.
    ///
    /// # Errors
    ///
    /// [`Error::NoTargets`] without targets; [`Error::Io`] where a thread cannot be started.
    pub fn start(self) -> Result<(Running, Receiver<Pending>), Error> {
        let n_engines = self.engines();
        let sources = self.targets.share_out(n_engines)?;
        let backlog = Arc::new(Backlog::default());
        let (outlet, batches) = Outlet::new(backlog.clone());
        let (stopper, stop) = stop_signal();
        let muster = Arc::new(Muster::new(n_engines));
        let epoch = Epoch::now();
        let progress: Vec<_> = (0..n_engines).map(|_| Arc::<Progress>::default()).collect();
        let mut engines = Vec::new();
        for ((index, progress), targets) in (0..).zip(&progress).zip(sources) {
            let shard = Shard { index, of: n_engines as u64 };
            let orders = Orders {
                pacer: self.pacer.clone(),
                targets,
                client: part_of_client(&self.client, shard),
                tls: self.tls.clone(),
                in_flight: self.max_in_flight.map(|most| shard.part_of(most)),
                shard,
                wait: self.wait,
                backlog: backlog.clone(),
                outlet: outlet.clone(),
                progress: progress.clone(),
                epoch,
                muster: muster.clone(),
            };
            engines.push(spawn(orders, stop.clone())?);
        }
        Ok((Running { stopper, engines, watch: Watch::new(progress, stop) }, batches))
    }

    /// Returns the number of engines: what was asked for, or what the rate needs, but no more
    /// than there are places in flight and connections to share out; one for targets to come.
    fn engines(&self) -> usize {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let needed = self
            .pacer
            .stages()
            .map_or(usize::MAX, |stages| (stages.peak() / HITS_PER_ENGINE).ceil() as usize);
        let wanted = match self.targets {
            Targets::Cycle(..) => self.threads.map_or(needed.min(cores - 1), NonZeroUsize::get),
            // Whoever takes the next target of a list must have the next slot.
            Targets::Stream(_) => 1,
        };
        let most = self.max_threads.map_or(usize::MAX, NonZeroUsize::get);
        let in_flight =
            self.max_in_flight.map_or(usize::MAX, |most| most.try_into().unwrap_or(usize::MAX));
        let open = self.client.max_connections.unwrap_or(usize::MAX);
        let idle = self.client.idle_connections.max(1);
        wanted.min(most).min(in_flight).min(open).min(idle).max(1)
    }
}

fn part_of_client(client: &client::Options, shard: Shard) -> client::Options {
    let part = |total: usize| shard.part_of(total as u64) as usize;
    client::Options {
        idle_connections: part(client.idle_connections),
        max_connections: client.max_connections.map(part),
        connect_rate: client.connect_rate.map(|rate| rate.shared_by(shard.of)),
        ..client.clone()
    }
}

fn spawn(orders: Orders, stop: Stop) -> Result<JoinHandle<Result<(), Error>>, Error> {
    let name = format!("engine-{}", orders.shard.index);
    Ok(thread::Builder::new().name(name).spawn(move || engine::run(orders, stop))?)
}

impl Running {
    /// Ends the release of hits at once; the answers under way may come in.
    pub fn drain(&self) {
        self.stopper.drain();
    }

    /// Ends the attack now; the hits under way are recorded as interrupted.
    pub fn abort(&self) {
        self.stopper.abort();
    }

    /// Returns how the attack is going.
    pub fn snapshot(&self) -> Snapshot {
        self.watch.snapshot()
    }

    /// Returns what looks at the attack from another thread, and when it is over.
    pub fn watch(&self) -> Watch {
        self.watch.clone()
    }

    /// Waits for the engines to end.
    ///
    /// # Errors
    ///
    /// Why an engine could not attack.
    pub fn join(self) -> Result<(), Error> {
        self.engines.into_iter().try_for_each(|engine| {
            engine.join().unwrap_or_else(|_| Err(Error::Attack("an engine broke down".to_owned())))
        })
    }
}

/// Returns the operating system, the machine and its cores, e.g. `linux x86_64, 2 cores`.
fn host() -> String {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    format!("{} {}, {cores} cores", std::env::consts::OS, std::env::consts::ARCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Redirects, Trust, tls_config};
    use crate::schedule::seed::Seed;

    /// Returns an attack that asks for 16 engines.
    fn attack() -> Attack {
        let trust = Trust { insecure: true, ..Trust::default() };
        Attack {
            pacer: Pacer::new(None, None, None),
            targets: Targets::Cycle(List {
                targets: Vec::new(),
                order: Order::Even,
                feed: None,
                seed: Seed(0),
            }),
            client: client::Options {
                timeout: None,
                keepalive: true,
                idle_connections: 1_000,
                max_connections: None,
                connect_rate: None,
                max_body: None,
                redirects: Redirects::Ignore,
                chunked: false,
                protocol: client::Protocol::Http1,
                dial: client::dial::Options::default(),
                session_tickets: false,
                attack: String::new(),
            },
            tls: tls_config(&trust).unwrap(),
            wait: Wait::Auto,
            max_in_flight: None,
            threads: NonZeroUsize::new(16),
            max_threads: None,
        }
    }

    #[test]
    fn engines_are_as_many_as_asked_for_but_no_more_than_they_can_share() {
        let stream = Targets::Stream(Box::new(std::iter::empty()));
        let most = NonZeroUsize::new;
        let table = [
            (16, attack()),
            (3, Attack { max_threads: most(3), ..attack() }),
            (16, Attack { max_threads: most(99), ..attack() }),
            (1, Attack { max_threads: most(1), threads: None, ..attack() }),
            (5, Attack { max_in_flight: Some(5), ..attack() }),
            (1, Attack { targets: stream, ..attack() }),
        ];
        for (engines, attack) in table {
            assert_eq!(attack.engines(), engines);
        }
    }

    #[test]
    fn an_attack_without_targets_does_not_begin() {
        assert!(matches!(attack().start(), Err(Error::NoTargets)));
    }
}
