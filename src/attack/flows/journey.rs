//! A flow in progress.

use std::mem;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::attack::admission::Permit;
use crate::attack::flows::response::{self, LargeResponse};
use crate::attack::flows::shared::Shared;
use crate::attack::flows::sockets::{Candidate, Sockets};
use crate::client::Client;
use crate::clock;
use crate::feed::Row;
use crate::flow::{Checks, Flow, Next, Session, Wait};
use crate::record::FlowEnd;

/// The flow that a user makes, and when the user leaves.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Number of the user, from 0.
    pub user: u32,
    /// Number of the user's flow, from 0.
    pub turn: u64,
    /// When the user leaves. None to stay until the attack ends.
    pub leaves: Option<Instant>,
}

impl Turn {
    /// Returns whether the user has left at an instant.
    fn is_over(self, at: Instant) -> bool {
        self.leaves.is_some_and(|leaves| at >= leaves)
    }
}

/// A flow in progress. If it is dropped before it has ended, it was cut.
pub struct Journey {
    shared: Rc<Shared>,
    session: Session,
    sockets: Sockets,
    /// Index of the flow.
    flow: usize,
    /// Number of the flow in the attack.
    number: u64,
    /// Number of the next request in the flow, from 0.
    n_hits: u32,
    /// None if the flow uses the connections of all.
    client: Option<Rc<Client>>,
    /// When the flow was due.
    slot: Instant,
    /// When its first request was released. None before.
    began: Option<Instant>,
    /// When the next request is due.
    due: Instant,
    /// Think time before requests that were released.
    thought: Duration,
    /// Think time before the next request.
    thinking: Duration,
    /// None for an arrival.
    turn: Option<Turn>,
    is_over: bool,
    /// The place among the flows in progress.
    _permit: Permit,
    _token: TaskTrackerToken,
}

/// What begins a flow.
pub struct Beginning {
    /// Index of the flow.
    pub flow: usize,
    /// Number of the flow in the attack.
    pub number: u64,
    /// The row with the values of its variables. None without a feed.
    pub row: Option<Row>,
    /// When it is due.
    pub slot: Instant,
    /// None for an arrival.
    pub turn: Option<Turn>,
    /// The place among the flows in progress.
    pub permit: Permit,
    /// Counts the flow as in progress.
    pub token: TaskTrackerToken,
}

impl Journey {
    /// Begins a flow. Returns None if it makes no request.
    pub fn begin(shared: Rc<Shared>, beginning: Beginning) -> Option<Box<Self>> {
        let Beginning { flow, number, row, slot, turn, permit, token } = beginning;
        let client = shared.own_connections.then(|| shared.hits.client.with_own_connections());
        let session = Session::new(&shared.flows[flow], number, row.as_ref(), &shared.draws);
        let mut journey = Box::new(Self {
            sockets: sockets_of(&shared.flows[flow]),
            shared,
            session,
            flow,
            number,
            n_hits: 0,
            client: client.map(Rc::new),
            slot,
            began: None,
            due: slot,
            thought: Duration::ZERO,
            thinking: Duration::ZERO,
            turn,
            is_over: false,
            _permit: permit,
            _token: token,
        });
        journey.advance().then_some(journey)
    }

    /// Begins the next flow of a user, which is due after the waits of the last one. Returns whether
    /// it makes a request.
    pub fn begin_again(&mut self, flow: usize, number: u64, row: Option<&Row>, turn: Turn) -> bool {
        self.session = Session::new(&self.shared.flows[flow], number, row, &self.shared.draws);
        self.sockets = sockets_of(&self.shared.flows[flow]);
        (self.flow, self.number, self.turn) = (flow, number, Some(turn));
        (self.n_hits, self.began, self.slot) = (0, None, self.due);
        (self.thought, self.thinking, self.is_over) = (Duration::ZERO, Duration::ZERO, false);
        self.advance()
    }

    /// Moves on to the next request and sets when it is due. Returns false at the end of the flow;
    /// then the user's next flow is due.
    pub fn advance(&mut self) -> bool {
        let flow = self.shared.flows[self.flow].clone();
        loop {
            let (slot, at) = (self.slot, self.due - self.slot);
            let turn = self.turn;
            let is_stopped = turn.is_some() && self.shared.stop.is_draining();
            let leaves = |at| is_stopped || turn.is_some_and(|turn| turn.is_over(slot + at));
            match self.session.next(&flow, at, leaves) {
                Next::Send => return true,
                Next::Wait(wait, length) => self.wait(wait, length),
                Next::End => {
                    self.is_over = true;
                    // A user may wait long before its next flow.
                    self.sockets = Sockets::default();
                    if self.began.is_none() {
                        // It made no request, and counts nevertheless.
                        self.shared.counts.start();
                    }
                    self.due += self.session.pause();
                    self.shared.counts.end();
                    return false;
                }
            }
        }
    }

    fn wait(&mut self, wait: Wait, length: Duration) {
        self.due += length;
        if wait == Wait::Think {
            self.thinking += length;
        }
    }

    /// Returns whether the user begins no further flow. An arrival is no user.
    pub fn is_leaving(&self) -> bool {
        let is_over = self.turn.is_some_and(|turn| turn.is_over(self.due));
        is_over || self.shared.stop.is_draining()
    }

    /// Returns whether a user's flow must not begin, because the attack has been stopped meanwhile.
    pub fn is_withdrawn(&self) -> bool {
        self.turn.is_some() && self.began.is_none() && self.shared.stop.is_draining()
    }

    /// Counts a request that is released. Returns its number in the flow.
    pub fn release(&mut self, released: Instant) -> u32 {
        if self.began.is_none() {
            self.began = Some(released);
            self.shared.counts.start();
        }
        self.thought += mem::take(&mut self.thinking);
        self.n_hits += 1;
        self.n_hits - 1
    }

    /// Sets when the last request has ended. Waits begin then.
    pub fn answered(&mut self, ended: Instant) {
        self.due = ended;
    }

    /// Delays the next request.
    pub fn delay_until(&mut self, instant: Instant) {
        self.due = self.due.max(instant);
    }

    /// Returns how a flow ended whose last request has ended at an instant.
    pub fn end(&self, ended: Instant) -> FlowEnd {
        let time = self.began.map_or(Duration::ZERO, |began| ended - began);
        FlowEnd { time, thought: self.thought, failed: self.session.is_failed() }
    }

    /// Returns what all flows share.
    pub fn shared(&self) -> &Rc<Shared> {
        &self.shared
    }

    /// Returns the flow.
    pub fn flow(&self) -> &Arc<Flow> {
        &self.shared.flows[self.flow]
    }

    /// Returns the number of the flow in the attack.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns the variables, cookies and place of the flow.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Returns the open sockets of the flow.
    pub fn sockets(&mut self) -> &mut Sockets {
        &mut self.sockets
    }

    /// Evaluates a response on another thread, as [`Journey::elsewhere`] does.
    pub async fn evaluate_elsewhere(&mut self, response: LargeResponse) -> Checks {
        self.elsewhere(move |flow, session| response.evaluate(flow, session)).await
    }

    /// Returns whether a message is the reply that the current step waits for.
    pub async fn accepts(&mut self, candidate: Candidate<'_>) -> bool {
        let none = HeaderMap::new();
        let answer = response::of_message(&candidate, &none);
        if response::is_large(candidate.bytes) {
            let message = LargeResponse::new(&answer, None, candidate.bytes);
            return self.elsewhere(move |flow, session| message.is_accepted(flow, session)).await;
        }
        self.session.accepts(&self.shared.flows[self.flow], &answer)
    }

    /// Works on the session on another thread, one at a time for each engine, so that no body keeps
    /// the engine from other requests.
    async fn elsewhere<T: Default + Send + 'static>(
        &mut self,
        work: impl FnOnce(&Flow, &mut Session) -> T + Send + 'static,
    ) -> T {
        let shared = self.shared.clone();
        let flow = self.flow().clone();
        // The semaphore is never closed.
        let _turn = shared.turn.acquire().await;
        let stand_in = Session::new(&flow, self.number, None, &shared.draws);
        let mut session = mem::replace(&mut self.session, stand_in);
        let worked = spawn_blocking(move || {
            let result = work(&flow, &mut session);
            (session, result)
        });
        match worked.await {
            Ok((session, result)) => {
                self.session = session;
                result
            }
            // The runtime is shutting down, and the request is cut off.
            Err(_) => T::default(),
        }
    }

    /// Returns when the next request is due.
    pub fn due(&self) -> Instant {
        self.due
    }

    /// Returns the user's turn. None for an arrival.
    pub fn turn(&self) -> Option<Turn> {
        self.turn
    }

    /// Returns whether any request was released.
    pub fn has_begun(&self) -> bool {
        self.began.is_some()
    }

    /// Returns whether a step has failed.
    pub fn has_failed(&self) -> bool {
        self.session.is_failed()
    }

    /// Returns the client with the connections of the flow.
    pub fn client(&self) -> Rc<Client> {
        self.client.as_ref().unwrap_or(&self.shared.hits.client).clone()
    }
}

/// Returns the sockets of a flow that begins.
fn sockets_of(flow: &Flow) -> Sockets {
    Sockets::new(flow.has_receives())
}

impl Drop for Journey {
    fn drop(&mut self) {
        let began = self.began.filter(|_| !self.is_over);
        if let Some(began) = began {
            self.shared.counts.cut(clock::now().saturating_duration_since(began));
        }
    }
}
