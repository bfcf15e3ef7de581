//! One engine: a thread with a separate runtime, timer and connection pool.

use std::rc::Rc;
use std::sync::{Arc, Barrier, OnceLock};
use std::time::Duration;

use rustls::ClientConfig;
use tokio::runtime::Runtime;
use tokio::task::{self, LocalSet};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::attack::admission::user_places::UserPlaces;
use crate::attack::admission::{Admission, Backlog, Waits};
use crate::attack::dispatch::Slots;
use crate::attack::flow_counts::FlowCounts;
use crate::attack::flows::{Crew, FlowRun, Means};
use crate::attack::hit_task::{HitContext, HitTask};
use crate::attack::progress::{CpuMeter, EngineLoad, Progress};
use crate::attack::recorder::{BatchSender, Recorder};
use crate::attack::stop::Stop;
use crate::attack::streams::{Calls, Sockets, StreamCrew, StreamRun};
use crate::attack::target_choice::{EngineTargets, HitTargets, PreparedTargets};
use crate::attack::task_pool::TaskPool;
use crate::client::{self, Client};
use crate::clock::{self, Alarm, Epoch, Wait};
use crate::error::Error;
use crate::record::Extras;
use crate::schedule::{Pacer, Shard, Users};

/// Tasks that the runtime polls before it polls the sockets again.
const EVENT_INTERVAL: u32 = 31;

/// Time from the moment when all engines are ready to hit 0.
const LEAD: Duration = Duration::from_millis(1);

/// What one engine releases, before it is ready.
pub enum EngineWork {
    /// Hits on targets.
    Hits(EngineTargets),
    /// Flows.
    Flows(Box<FlowRun>),
    /// Messages on long-lived streams.
    Streams(Box<StreamRun>),
}

/// The configuration of one engine.
pub struct Config {
    /// The schedule of the whole attack.
    pub pacer: Pacer,
    /// What this engine releases.
    pub work: EngineWork,
    /// Its limits are this engine's part of those of the attack.
    pub client: client::Options,
    /// Trusted roots and client certificate.
    pub tls: ClientConfig,
    /// The users of the whole attack. None without users.
    pub users: Option<Users>,
    /// Most hits in flight of this engine. None for no limit.
    pub in_flight: Option<u64>,
    /// The part of the schedule that this engine releases.
    pub shard: Shard,
    /// How to wait for a slot.
    pub wait: Wait,
    /// Records of all engines that have not been written.
    pub backlog: Arc<Backlog>,
    /// The columns that the records have in addition to those of HTTP.
    pub extras: Extras,
    /// The way of records to the writer.
    pub batches: BatchSender,
    /// Counters of this engine.
    pub progress: Arc<Progress>,
    /// Counters of its flows.
    pub flow_counts: Arc<FlowCounts>,
    /// The clock of timestamps, the same for all engines.
    pub epoch: Epoch,
    /// Where all engines wait for each other.
    pub start_line: Arc<StartLine>,
}

/// Makes the engines wait for each other, so that all start at the same instant.
pub struct StartLine {
    ready: Barrier,
    start: OnceLock<Instant>,
}

impl StartLine {
    /// Returns a start line for a number of engines.
    pub fn new(engines: usize) -> Self {
        Self { ready: Barrier::new(engines), start: OnceLock::new() }
    }

    /// Waits until all engines are ready, and returns when hit 0 is due.
    fn wait(&self) -> Instant {
        self.ready.wait();
        *self.start.get_or_init(|| clock::now() + LEAD)
    }
}

/// Runs until the schedule ends and every hit is over, or until the attack is stopped.
///
/// # Errors
///
/// [`Error::Io`] if the system has no timer or socket left, [`Error::Attack`] for a target that
/// cannot be sent, and the errors of reading targets.
pub fn run(config: Config, stop: Stop) -> Result<(), Error> {
    let start_line = config.start_line.clone();
    let prepared = prepare(config, stop.clone());
    // An engine that failed also waits here, or the others would wait for it forever.
    let start = start_line.wait();
    let (runtime, engine) = prepared?;
    let local = LocalSet::new();
    let context = engine.context.clone();
    let attacked = local.block_on(&runtime, engine.attack(start, stop));
    // Hits still in flight are dropped with the set; each of them writes its record then.
    drop(local);
    context.recorder.flush();
    attacked
}

/// Allocates what the engine needs, before the attack starts.
fn prepare(config: Config, stop: Stop) -> Result<(Runtime, Engine), Error> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().event_interval(EVENT_INTERVAL).build()?;
    let entered = runtime.enter();
    let engine = Engine::new(config, stop);
    drop(entered);
    Ok((runtime, engine?))
}

/// What an engine releases.
enum Work {
    /// Hits, which users may make.
    Hits(PreparedTargets, Option<UserPlaces>),
    /// The alarm wakes the flows that wait.
    Flows(Box<Crew>, Alarm),
    /// Messages on gRPC streams.
    Calls(Box<StreamCrew<Calls>>),
    /// Messages on WebSockets.
    Sockets(Box<StreamCrew<Sockets>>),
}

/// An engine that is ready to start.
struct Engine {
    slots: Slots,
    work: Work,
    context: Rc<HitContext>,
}

impl Engine {
    /// Creates an engine. It must be called within the runtime, which its alarms need.
    fn new(config: Config, stop: Stop) -> Result<Self, Error> {
        let Config { pacer, shard, wait, epoch, backlog, .. } = config;
        let limits = config.client.hit_limits();
        let attack = config.client.attack.clone();
        let client = Rc::new(Client::new(config.client, config.tls));
        let recorder = Recorder::new(config.batches, config.extras);
        let progress = config.progress;
        let context = HitContext { client: client.clone(), recorder, progress, epoch, attack };
        let context = Rc::new(context);
        let requests = Admission::new(config.in_flight, backlog.clone());
        let (admission, work) = match config.work {
            EngineWork::Hits(targets) => {
                let targets = PreparedTargets::new(targets, &client, epoch)?;
                match config.users {
                    None => (requests, Work::Hits(targets, None)),
                    Some(users) => {
                        let (admission, places) = Admission::of_users(backlog);
                        (admission, Work::Hits(targets, Some(UserPlaces { places, users, shard })))
                    }
                }
            }
            EngineWork::Streams(run) => (requests, stream_work(*run, shard, &context, backlog)?),
            EngineWork::Flows(run) => {
                let flows = Admission::new(run.max_flows, backlog);
                let (hits, counts) = (context.clone(), config.flow_counts);
                let means = Means { hits, steps: requests, limits, counts, stop };
                (flows, Work::Flows(Box::new(Crew::new(*run, means)), Alarm::precise(wait)?))
            }
        };
        let slots = Slots { pacer, shard, admission, alarm: Alarm::precise(wait)? };
        Ok(Self { slots, work, context })
    }

    /// Releases what the engine has to, and waits until it is over.
    async fn attack(self, start: Instant, stop: Stop) -> Result<(), Error> {
        let Self { slots, work, context } = self;
        task::spawn_local({
            let context = context.clone();
            async move { context.recorder.flush_regularly().await }
        });
        task::spawn_local({
            let context = context.clone();
            async move { context.client.clean_up_regularly().await }
        });
        match work {
            Work::Hits(targets, users) => {
                if let Some(users) = users {
                    task::spawn_local(users.follow(start));
                }
                attack_with_hits(slots, targets, context, start, stop).await
            }
            Work::Calls(crew) => crew.attack(slots, start, stop).await,
            Work::Sockets(crew) => crew.attack(slots, start, stop).await,
            Work::Flows(crew, alarm) => crew.attack(slots, alarm, start, stop).await,
        }
    }
}

/// Returns the long-lived streams of an engine.
fn stream_work(
    run: StreamRun,
    shard: Shard,
    context: &Rc<HitContext>,
    backlog: Arc<Backlog>,
) -> Result<Work, Error> {
    let hits = context.clone();
    Ok(match run.sockets(shard, context) {
        Some(sockets) => {
            let crew = StreamCrew::new(sockets, run, shard, hits, backlog)?;
            Work::Sockets(Box::new(crew))
        }
        None => {
            let calls = Calls::new(context.client.limits().timeout);
            Work::Calls(Box::new(StreamCrew::new(calls, run, shard, hits, backlog)?))
        }
    })
}

/// Releases the hits of an engine and waits until they are over.
async fn attack_with_hits(
    mut slots: Slots,
    mut targets: PreparedTargets,
    context: Rc<HitContext>,
    start: Instant,
    mut stop: Stop,
) -> Result<(), Error> {
    let cpu = CpuMeter::start();
    let (in_flight, tasks) = (TaskTracker::new(), TaskPool::default());
    let release = |release| {
        tasks.send(HitTask::new(context.clone(), release, in_flight.token()));
    };
    let readiness = context.client.readiness();
    let dispatched = slots.run(&mut targets, readiness, start, &mut stop, release).await;
    context.progress.released_all(EngineLoad {
        cpu: cpu.share(),
        waits: Waits { for_target: targets.waits(), ..slots.admission.waits() },
        overdue: dispatched.as_ref().map_or(Duration::ZERO, |overdue| *overdue),
    });
    in_flight.close();
    tokio::select! {
        biased;
        () = stop.aborted() => {}
        () = in_flight.wait() => {}
    }
    dispatched.map(drop)
}
