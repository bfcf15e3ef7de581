//! The flows of one engine.

use std::cell::Cell;
use std::future::{Future, pending};
use std::iter::repeat;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use tokio::sync::Semaphore;
use tokio::task;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::attack::admission::Admission;
use crate::attack::dispatch::{Release, Slots};
use crate::attack::flow_counts::FlowCounts;
use crate::attack::flows::agenda::Agenda;
use crate::attack::flows::arrivals::{Arrival, FlowArrivals};
use crate::attack::flows::journey::{Beginning, Journey, Turn};
use crate::attack::flows::shared::Shared;
use crate::attack::flows::step_task::{Afterwards, StepTask};
use crate::attack::flows::users::{NewUser, UserPlan};
use crate::attack::flows::{Crowd, FlowList};
use crate::attack::hit_task::HitContext;
use crate::attack::progress::{CpuMeter, EngineLoad};
use crate::attack::stop::Stop;
use crate::attack::target_choice::HitTargets;
use crate::attack::target_choice::mix::Random;
use crate::attack::target_choice::row_reader::RowReader;
use crate::attack::task_pool::TaskPool;
use crate::client::HitLimits;
use crate::clock::{self, Alarm};
use crate::error::Error;
use crate::flow::Flow;
use crate::markup::secrets::Secrets;
use crate::schedule::Shard;
use crate::schedule::seed::{HitRngs, Purpose};

/// One engine's part of the flows, before the engine is ready.
pub struct FlowRun {
    flows: Vec<Arc<Flow>>,
    draws: HitRngs,
    arrivals: FlowArrivals,
    users: Option<UserPlan>,
    /// Most flows in progress of this engine. None for no limit.
    pub max_flows: Option<u64>,
    grace: Duration,
    own_connections: bool,
    headers: Vec<(HeaderName, HeaderValue)>,
    secrets: Secrets,
    shard: Shard,
}

impl FlowRun {
    /// Takes the part of an engine. None for no users.
    ///
    /// # Errors
    ///
    /// The feed cannot be opened again, or its reading thread cannot be started.
    pub fn new(list: &FlowList, shard: Shard, crowd: Option<&Crowd>) -> Result<Self, Error> {
        let weights: Vec<_> = list.flows.iter().map(|flow| flow.weight()).collect();
        let feed = list.feed.as_ref();
        let users = crowd.map(|crowd| {
            let choice = Random::new(&weights, list.seed);
            UserPlan::new(crowd, shard, choice, feed)
        });
        let rows = feed.filter(|_| crowd.is_none());
        let rows =
            rows.map(|feed| RowReader::new(feed.rows(shard.index, shard.of)?)).transpose()?;
        Ok(Self {
            flows: list.flows.clone(),
            draws: list.seed.rngs(Purpose::Flows),
            arrivals: FlowArrivals::new(weights, rows),
            users: users.transpose()?,
            max_flows: list.max_flows.map(|most| shard.part_of(most)),
            grace: list.grace,
            own_connections: list.own_connections,
            headers: list.headers.clone(),
            secrets: list.secrets.clone(),
            shard,
        })
    }
}

/// The flows of an engine that is ready.
pub struct Crew {
    shared: Rc<Shared>,
    arrivals: FlowArrivals,
    afterwards: Rc<Afterwards>,
    tasks: TaskPool<StepTask>,
    in_progress: TaskTracker,
    grace: Duration,
}

/// What an engine has besides its flows.
pub struct Means {
    /// What flows share with hits that are in no flow.
    pub hits: Rc<HitContext>,
    /// The limits that a request must pass.
    pub steps: Admission,
    /// The limits of a request that sets none.
    pub limits: HitLimits,
    /// The number of flows, by what became of them.
    pub counts: Arc<FlowCounts>,
    /// Whether the attack is being stopped.
    pub stop: Stop,
}

impl Crew {
    /// Prepares the flows of an engine.
    pub fn new(run: FlowRun, means: Means) -> Self {
        let Means { hits, steps, limits, counts, stop } = means;
        let shared = Shared {
            hits,
            flows: run.flows,
            draws: run.draws,
            limits,
            own_connections: run.own_connections,
            headers: run.headers,
            secrets: run.secrets,
            turn: Semaphore::new(1),
            counts,
            stop,
            next_seq: Cell::new(run.shard.index),
            seq_step: run.shard.of,
        };
        Self {
            shared: Rc::new(shared),
            arrivals: run.arrivals,
            afterwards: Rc::new(Afterwards { agenda: Agenda::default(), users: run.users, steps }),
            tasks: TaskPool::default(),
            in_progress: TaskTracker::new(),
            grace: run.grace,
        }
    }

    /// Makes the flows of the engine, and waits until they are over or the time for that is.
    /// `alarm` wakes those that wait.
    ///
    /// # Errors
    ///
    /// The reason why an arrival has no row.
    pub async fn attack(
        mut self,
        mut slots: Slots,
        alarm: Alarm,
        start: Instant,
        mut stop: Stop,
    ) -> Result<(), Error> {
        let cpu = CpuMeter::start();
        task::spawn_local(self.wake_regularly(alarm));
        let dispatched = match self.afterwards.users.is_some() {
            true => Ok(self.begin_users(slots.end(start), start, &mut stop).await),
            false => self.begin_arrivals(&mut slots, start, &mut stop).await,
        };
        self.finish(&mut stop).await;
        self.shared.counts.set_waited(slots.admission.waits().for_place);
        let mut waits = self.afterwards.steps.waits();
        waits.for_reader += slots.admission.waits().for_reader;
        waits.for_target = self.arrivals.waits();
        let overdue = dispatched.as_ref().map_or(Duration::ZERO, |overdue| *overdue);
        self.shared.hits.progress.released_all(EngineLoad { cpu: cpu.share(), waits, overdue });
        // What waits is cut.
        drop(self.afterwards.agenda.take_all());
        dispatched.map(drop)
    }

    /// Returns the task that releases the requests of waiting flows; it never ends.
    fn wake_regularly(&self, mut alarm: Alarm) -> impl Future<Output = ()> + use<> {
        let (afterwards, tasks) = (self.afterwards.clone(), self.tasks.clone());
        let client = self.shared.hits.client.clone();
        async move {
            let release = |journey, permit| {
                tasks.send(StepTask::new(afterwards.clone(), journey, permit));
            };
            let Afterwards { agenda, steps, .. } = &*afterwards;
            agenda.run(&mut alarm, steps, client.readiness(), release).await;
        }
    }

    /// Begins a flow at each slot. Returns by how much the next one was overdue at the end.
    async fn begin_arrivals(
        &mut self,
        slots: &mut Slots,
        start: Instant,
        stop: &mut Stop,
    ) -> Result<Duration, Error> {
        let client = self.shared.hits.client.clone();
        let (shared, in_progress) = (&self.shared, &self.in_progress);
        let (afterwards, tasks) = (&self.afterwards, &self.tasks);
        let begin = |release: Release<Arrival>| {
            let Release { seq, target: Arrival { flow, row }, scheduled, permit } = release;
            let slot = scheduled.unwrap_or_else(clock::now);
            let token = in_progress.token();
            let beginning = Beginning { flow, number: seq, row, slot, turn: None, permit, token };
            let Some(journey) = Journey::begin(shared.clone(), beginning) else { return };
            // A flow that begins with a wait, or finds no free place, goes into the agenda.
            let is_due = journey.due() <= clock::now();
            match is_due.then(|| afterwards.steps.try_admit()).flatten() {
                Some(permit) => tasks.send(StepTask::new(afterwards.clone(), journey, permit)),
                None => afterwards.agenda.add(journey.due(), journey),
            }
        };
        slots.run(&mut self.arrivals, client.readiness(), start, stop, begin).await
    }

    /// Puts the users into the agenda, and waits for the end of the plan. None waits until the
    /// attack is stopped or all users have left.
    async fn begin_users(&self, end: Option<Instant>, start: Instant, stop: &mut Stop) -> Duration {
        let users = self.afterwards.users.as_ref();
        for (new, users) in
            users.iter().flat_map(|users| users.beginners().into_iter().zip(repeat(users)))
        {
            let NewUser { user, begin, end: leaves, first_turn } = new;
            let leaves = leaves.map(|leaves| start + leaves).or(end);
            let turn = Turn { user, turn: first_turn, leaves };
            let Some(number) = users.take_number(turn) else { break };
            let beginning = Beginning {
                flow: users.flow_of(number),
                number,
                row: users.row_of(user).cloned(),
                slot: start + begin,
                turn: Some(turn),
                permit: None,
                token: self.in_progress.token(),
            };
            if let Some(journey) = Journey::begin(self.shared.clone(), beginning) {
                self.afterwards.agenda.add(journey.due(), journey);
            }
        }
        self.in_progress.close();
        tokio::select! {
            biased;
            () = stop.draining() => {}
            () = self.in_progress.wait() => {}
            _ = clock::limit(end, pending::<()>()) => {}
        }
        Duration::ZERO
    }

    /// Forgets the users who would begin a flow although the attack has been stopped.
    fn withdraw_users(&self) {
        let agenda = &self.afterwards.agenda;
        for journey in agenda.take_all() {
            if !journey.is_withdrawn() {
                agenda.add(journey.due(), journey);
            }
        }
    }

    /// Waits until all flows are over, at most for the grace time.
    async fn finish(&self, stop: &mut Stop) {
        self.withdraw_users();
        self.in_progress.close();
        tokio::select! {
            biased;
            () = stop.aborted() => {}
            () = self.in_progress.wait() => {}
            () = clock::pause(self.grace) => {}
        }
    }
}
