//! One engine: a thread with a separate runtime, timer and connection pool.

use std::rc::Rc;
use std::sync::{Arc, Barrier, OnceLock};
use std::time::Duration;

use rustls::ClientConfig;
use tokio::runtime::Runtime;
use tokio::task::{self, LocalSet};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::attack::admission::{Admission, Backlog, Waits};
use crate::attack::dispatch::Dispatch;
use crate::attack::hit_task::{HitContext, HitTask};
use crate::attack::progress::{CpuMeter, EngineLoad, Progress};
use crate::attack::recorder::{BatchSender, Recorder};
use crate::attack::stop::Stop;
use crate::attack::target_choice::{EngineTargets, PreparedTargets};
use crate::attack::task_pool::TaskPool;
use crate::client::{self, Client};
use crate::clock::{self, Alarm, Epoch, Wait};
use crate::error::Error;
use crate::schedule::{Pacer, Shard};

/// Tasks that the runtime polls before it polls the sockets again.
const EVENT_INTERVAL: u32 = 31;

/// Time from the moment when all engines are ready to hit 0.
const LEAD: Duration = Duration::from_millis(1);

/// The configuration of one engine.
pub struct Config {
    /// The schedule of the whole attack.
    pub pacer: Pacer,
    /// The targets of this engine.
    pub targets: EngineTargets,
    /// Its limits are this engine's part of those of the attack.
    pub client: client::Options,
    /// Trusted roots and client certificate.
    pub tls: ClientConfig,
    /// Most hits in flight of this engine. None for no limit.
    pub in_flight: Option<u64>,
    /// The part of the schedule that this engine releases.
    pub shard: Shard,
    /// How to wait for a slot.
    pub wait: Wait,
    /// Records of all engines that have not been written.
    pub backlog: Arc<Backlog>,
    /// The way of records to the writer.
    pub batches: BatchSender,
    /// Counters of this engine.
    pub progress: Arc<Progress>,
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
    let prepared = prepare(config);
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
fn prepare(config: Config) -> Result<(Runtime, Engine), Error> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().event_interval(EVENT_INTERVAL).build()?;
    let entered = runtime.enter();
    let alarm = Alarm::precise(config.wait)?;
    drop(entered);
    let attack = config.client.attack.clone();
    let client = Rc::new(Client::new(config.client, config.tls));
    let engine = Engine {
        pacer: config.pacer,
        shard: config.shard,
        admission: Admission::new(config.in_flight, config.backlog),
        alarm,
        targets: PreparedTargets::new(config.targets, &client, config.epoch)?,
        context: Rc::new(HitContext {
            client,
            recorder: Recorder::new(config.batches),
            progress: config.progress,
            epoch: config.epoch,
            attack,
        }),
    };
    Ok((runtime, engine))
}

/// An engine that is ready to start.
struct Engine {
    pacer: Pacer,
    shard: Shard,
    admission: Admission,
    alarm: Alarm,
    targets: PreparedTargets,
    context: Rc<HitContext>,
}

impl Engine {
    /// Releases the hits of the engine and waits until they are over.
    async fn attack(mut self, start: Instant, mut stop: Stop) -> Result<(), Error> {
        let context = self.context;
        let cpu = CpuMeter::start();
        let (in_flight, tasks) = (TaskTracker::new(), TaskPool::default());
        task::spawn_local({
            let context = context.clone();
            async move { context.recorder.flush_regularly().await }
        });
        task::spawn_local({
            let context = context.clone();
            async move { context.client.clean_up_regularly().await }
        });
        let dispatch = Dispatch {
            pacer: &mut self.pacer,
            shard: self.shard,
            start,
            admission: &self.admission,
            targets: &mut self.targets,
            readiness: context.client.readiness(),
        };
        let dispatched = dispatch
            .run(&mut self.alarm, &mut stop, |release| {
                tasks.send(HitTask::new(context.clone(), release, in_flight.token()));
            })
            .await;
        context.progress.released_all(EngineLoad {
            cpu: cpu.share(),
            waits: Waits { for_target: self.targets.waits(), ..self.admission.waits() },
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
}
