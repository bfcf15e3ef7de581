//! One engine: a thread with a runtime, a timer and connections of its own.

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
use crate::attack::hit_task::{Flight, Lane};
use crate::attack::progress::{Effort, Progress, Work};
use crate::attack::recorder::{Outlet, Sink};
use crate::attack::stop::Stop;
use crate::attack::targets::{Routes, Source};
use crate::attack::task_pool::Workers;
use crate::client::{self, Client};
use crate::clock::{self, Alarm, Epoch, Wait};
use crate::error::Error;
use crate::schedule::{Pacer, Shard};

/// Turns of the runtime's scheduler between two looks at the sockets while there is other work.
const TURNS_BETWEEN_LOOKS: u32 = 31;

/// Time between the moment all engines are ready and hit 0.
const LEAD: Duration = Duration::from_millis(1);

/// What every engine of an attack is given.
pub struct Orders {
    pub pacer: Pacer,
    pub targets: Source,
    /// Limits are one engine's part.
    pub client: client::Options,
    pub tls: ClientConfig,
    /// Most hits in flight, of this engine; None for no limit.
    pub in_flight: Option<u64>,
    pub shard: Shard,
    pub wait: Wait,
    pub backlog: Arc<Backlog>,
    pub outlet: Outlet,
    pub progress: Arc<Progress>,
    pub epoch: Epoch,
    pub muster: Arc<Muster>,
}

/// Where the engines wait for one another, so that all count from the same instant.
pub struct Muster {
    ready: Barrier,
    start: OnceLock<Instant>,
}

impl Muster {
    /// Returns a place for so many engines.
    pub fn new(engines: usize) -> Self {
        Self { ready: Barrier::new(engines), start: OnceLock::new() }
    }

    /// Waits for all engines; returns when hit 0 is due.
    fn start(&self) -> Instant {
        self.ready.wait();
        *self.start.get_or_init(|| clock::now() + LEAD)
    }
}

/// Attacks until the schedule ends and every answer is in, or until told to stop.
///
/// # Errors
///
/// [`Error::Io`] where the system gives no timer or sockets, [`Error::Attack`] for a target that
/// cannot be sent, and what the reading of targets yields. Every engine comes to the muster, also
/// one that fails.
pub fn run(orders: Orders, stop: Stop) -> Result<(), Error> {
    let muster = orders.muster.clone();
    let prepared = prepare(orders);
    let start = muster.start();
    let (runtime, engine) = prepared?;
    let local = LocalSet::new();
    let lane = engine.lane.clone();
    let attacked = local.block_on(&runtime, engine.attack(start, stop));
    // Whatever is still in flight is dropped with the set and leaves its record.
    drop(local);
    lane.sink.flush();
    attacked
}

fn prepare(orders: Orders) -> Result<(Runtime, Engine), Error> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().event_interval(TURNS_BETWEEN_LOOKS).build()?;
    let entered = runtime.enter();
    let alarm = Alarm::precise(orders.wait)?;
    drop(entered);
    let attack = orders.client.attack.clone();
    let client = Rc::new(Client::new(orders.client, orders.tls));
    let engine = Engine {
        pacer: orders.pacer,
        shard: orders.shard,
        admission: Admission::new(orders.in_flight, orders.backlog),
        alarm,
        routes: Routes::new(orders.targets, &client, orders.epoch)?,
        lane: Rc::new(Lane {
            client,
            sink: Sink::new(orders.outlet),
            progress: orders.progress,
            epoch: orders.epoch,
            attack,
        }),
    };
    Ok((runtime, engine))
}

struct Engine {
    pacer: Pacer,
    shard: Shard,
    admission: Admission,
    alarm: Alarm,
    routes: Routes,
    lane: Rc<Lane>,
}

impl Engine {
    async fn attack(mut self, start: Instant, mut stop: Stop) -> Result<(), Error> {
        let lane = self.lane;
        let work = Work::begin();
        let (flights, workers) = (TaskTracker::new(), Workers::default());
        task::spawn_local({
            let lane = lane.clone();
            async move { lane.sink.flush_regularly().await }
        });
        task::spawn_local({
            let lane = lane.clone();
            async move { lane.client.let_closed_go_regularly().await }
        });
        let (pacer, shard, admission) = (&mut self.pacer, self.shard, &self.admission);
        let supply = &mut self.routes;
        let traffic = &**lane.client.traffic();
        let dispatch = Dispatch { pacer, shard, start, admission, supply, traffic };
        let dispatched = dispatch
            .run(&mut self.alarm, &mut stop, |release| {
                workers.send(Flight::new(lane.clone(), release, flights.token()));
            })
            .await;
        let waits = Waits { for_target: self.routes.waits(), ..admission.waits() };
        let overdue = dispatched.as_ref().map_or(Duration::ZERO, |overdue| *overdue);
        lane.progress.released_all(Effort { overdue, ..work.effort(waits) });
        flights.close();
        tokio::select! {
            biased;
            () = stop.aborted() => {}
            () = flights.wait() => {}
        }
        dispatched.map(drop)
    }
}
