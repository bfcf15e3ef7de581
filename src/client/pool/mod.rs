//! The connections to one origin: idle ones, waiting hits, and when to dial.
//!
//! After a stall, many hits are due at once. Three rules keep them from opening a connection each:
//!
//! 1. the dispatcher releases only a few hits in one turn;
//! 2. a hit that finds no idle connection waits. A connection is dialed for it only if it still
//!    waits after the sockets have been polled and no connection has come back;
//! 3. a dial belongs to no hit: the hit that has waited longest takes the next connection,
//!    whether new or returned.
//!
//! A connection that carries several requests at once has several handles, and one dial serves as
//! many hits as the connection will carry.

mod connect;
mod state;
mod lease;
pub mod readiness;
mod dial_rate;

pub use connect::{Connect, Connection, Fate, Limits};
pub use lease::Lease;

use std::cell::{Cell, RefCell};
use std::mem;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task;

use crate::clock;
use dial_rate::DialRate;
use lease::{Arrival, Handle, Open};
use readiness::Readiness;
use state::{State, Waiting};

/// Maximum number of connections closed in one cleanup, since closing takes time.
const MAX_CLEANED_UP: usize = 16;

/// How long hits wait for a new connection to announce how many requests it carries. Others are
/// dialed for them after that.
const MAX_UNSETTLED: Duration = Duration::from_secs(1);

/// The connections to one origin.
pub struct Pool<C: Connect> {
    connect: C,
    limits: Limits,
    readiness: Rc<Readiness>,
    /// Number of connections that hits have returned so far.
    returned: Cell<u64>,
    /// None for no limit.
    rate: Option<DialRate>,
    /// Number of concurrent requests that a connection carries; None until known.
    carries: Cell<Option<usize>>,
    /// Number of connections idle or in use, in `[0, limits.open]`.
    open: Cell<usize>,
    state: RefCell<State<C>>,
}

impl<C: Connect> Pool<C> {
    /// Creates a pool without connections that reports what happens on them to `readiness`.
    pub fn new(connect: C, limits: Limits, readiness: Rc<Readiness>) -> Rc<Self> {
        Rc::new(Self {
            carries: Cell::new(connect.will_carry()),
            connect,
            rate: limits.rate.map(DialRate::new),
            limits,
            readiness,
            returned: Cell::new(0),
            open: Cell::new(0),
            state: RefCell::new(State::new()),
        })
    }

    /// Returns the connector that opens the connections.
    pub fn connector(&self) -> &C {
        &self.connect
    }

    /// Takes an idle connection; None if there is none.
    pub fn take_idle(self: &Rc<Self>) -> Option<Lease<C>> {
        loop {
            let mut handle = self.state.borrow_mut().idle.pop()?;
            // A closed connection is dropped here, where the state is not borrowed: its end may
            // make a dial due.
            if handle.connection.is_closed() {
                continue;
            }
            if let Some(further) = handle.split() {
                self.state.borrow_mut().idle.push(further);
            }
            return Some(Lease::new(self.clone(), handle));
        }
    }

    /// Drops idle connections that servers have closed, a few at a time, those idle for longest
    /// first.
    pub fn clean_up(&self) {
        let mut state = self.state.borrow_mut();
        let most = MAX_CLEANED_UP.min(state.idle.len());
        let open = state.idle[..most].iter_mut().position(|it| !it.connection.is_closed());
        let closed: Vec<_> = state.idle.drain(..open.unwrap_or(most)).collect();
        // Closing may dial, which borrows the state.
        drop(state);
        drop(closed);
    }

    /// Waits for a connection, returned or dialed.
    ///
    /// # Errors
    ///
    /// Why a dial failed.
    ///
    /// # Cancel safety
    ///
    /// Safe: a connection that arrives too late goes to the next hit.
    pub async fn wait(self: &Rc<Self>) -> Result<Lease<C>, String> {
        loop {
            let mut arrival = Arrival { pool: self.clone(), receiver: self.enqueue() };
            let arrived = (&mut arrival.receiver).await;
            let mut handle = arrived.map_err(|_| "the pool is gone".to_owned())??;
            // The server may have closed a returned connection after its last response.
            if !handle.is_reused || !handle.connection.is_closed() {
                return Ok(Lease::new(self.clone(), handle));
            }
        }
    }

    /// Appends a hit to the queue of waiting hits.
    fn enqueue(self: &Rc<Self>) -> oneshot::Receiver<Result<Handle<C>, String>> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state.borrow_mut();
        state.waiting.push_back(sender);
        self.readiness.begin_wait();
        if !self.readiness.is_scheduled() {
            task::spawn_local(self.clone().poll_once_then_dial(state.n_waits()));
        } else if !mem::replace(&mut state.is_polling, true) {
            task::spawn_local(self.clone().poll_then_dial());
        }
        receiver
    }

    /// Applies rule 2 to all waiting hits, until the sockets have been polled for every one.
    async fn poll_then_dial(self: Rc<Self>) {
        loop {
            let n_waits = self.state.borrow().n_waits();
            readiness::poll_sockets(&self.returned, || false).await;
            self.state.borrow_mut().n_polled = n_waits;
            self.dial_if_due();
            let mut state = self.state.borrow_mut();
            if state.n_waits() == n_waits {
                state.is_polling = false;
                return;
            }
        }
    }

    /// Applies rule 2 to the first `n_waits` hits without a schedule. The runtime polls the sockets
    /// between two turns.
    async fn poll_once_then_dial(self: Rc<Self>, n_waits: u64) {
        task::yield_now().await;
        task::yield_now().await;
        let mut state = self.state.borrow_mut();
        state.n_polled = state.n_polled.max(n_waits);
        drop(state);
        self.dial_if_due();
    }

    /// Starts as many dials as the hits need for which the sockets have been polled, within the
    /// limits.
    fn dial_if_due(self: &Rc<Self>) {
        let mut state = self.state.borrow_mut();
        self.drop_abandoned(&mut state);
        while state.n_due() > self.n_expected(&state)
            && self.open.get() + state.n_dials < self.limits.open
        {
            state.n_dials += 1;
            if self.rate.is_none() {
                task::spawn_local(self.clone().dial());
                continue;
            }
            state.n_delayed += 1;
            if state.n_delayed == 1 {
                task::spawn_local(self.clone().dial_at_rate());
            }
        }
    }

    /// Returns how many hits get a connection from the dials so far. Until the first connection
    /// shows how many requests it carries, one dial serves all.
    fn n_expected(&self, state: &State<C>) -> usize {
        let carries = self.carries.get().unwrap_or(usize::MAX);
        // An unsettled connection carries its first request already.
        let further = state.n_unsettled.saturating_mul(carries - 1);
        state.n_dials.saturating_mul(carries).saturating_add(further)
    }

    /// Starts the dials that wait for the rate limit, one after another.
    async fn dial_at_rate(self: Rc<Self>) {
        let Some(rate) = &self.rate else { return };
        loop {
            rate.wait().await;
            let is_awaited = self.is_awaited();
            let mut state = self.state.borrow_mut();
            if !is_awaited {
                state.n_dials -= mem::take(&mut state.n_delayed);
                return;
            }
            state.n_delayed -= 1;
            task::spawn_local(self.clone().dial());
            if state.n_delayed == 0 {
                return;
            }
        }
    }

    async fn dial(self: Rc<Self>) {
        if !self.is_awaited() {
            self.state.borrow_mut().n_dials -= 1;
            return;
        }
        let deadline = self.limits.dial.map(|longest| clock::now() + longest);
        let dialed = clock::limit(deadline, self.connect.connect()).await;
        self.state.borrow_mut().n_dials -= 1;
        match dialed {
            Some(Ok(connection)) => {
                self.open.set(self.open.get() + 1);
                let open = Rc::new(Open(Rc::downgrade(&self)));
                self.add(Handle { connection, is_reused: false, open }).await;
            }
            Some(Err(problem)) => self.fail_first(problem),
            // The hit that caused this dial has given up; the others get their own dials.
            None => {}
        }
        self.dial_if_due();
    }

    /// Gives a new connection to the hit that has waited longest, at once, and to further ones when
    /// it is known how many it carries.
    async fn add(self: &Rc<Self>, handle: Handle<C>) {
        let Some(mut spare) = handle.spare() else { return self.hand_out(handle) };
        self.state.borrow_mut().n_unsettled += 1;
        self.hand_out(handle);
        let deadline = clock::now() + MAX_UNSETTLED;
        let settled = clock::limit(Some(deadline), spare.connection.settled()).await;
        self.state.borrow_mut().n_unsettled -= 1;
        if settled.is_some() && !spare.connection.is_closed() {
            self.hand_out(spare);
        }
    }

    /// Keeps a handle whose connection seems dead only if its peer still responds.
    async fn probe(self: Rc<Self>, handle: Handle<C>) {
        if handle.connection.probe(self.limits.dial).await {
            self.hand_out(handle);
        }
    }

    /// Gives a handle, and further ones on the same connection, to the hits that have waited
    /// longest; the last handle stays idle.
    fn hand_out(self: &Rc<Self>, handle: Handle<C>) {
        if let Some(carries) = handle.connection.carries() {
            self.carries.set(Some(carries));
        }
        if handle.connection.is_overdrawn() {
            drop(handle);
            return self.dial_if_due();
        }
        let mut next = Some(handle);
        while let Some(handle) = next {
            let further = handle.split();
            match self.give_first(Ok(handle)) {
                // No hit waits: one idle handle is enough, since it splits when it is taken.
                Some(Ok(handle)) => return self.keep(handle),
                _ => next = further,
            }
        }
    }

    /// Gives a connection, or the failure of a dial, to the hit that has waited longest. Returns it
    /// if no hit waits.
    fn give_first(
        &self,
        mut offer: Result<Handle<C>, String>,
    ) -> Option<Result<Handle<C>, String>> {
        loop {
            let hit = self.pop_waiting(&mut self.state.borrow_mut());
            let Some(hit) = hit else { return Some(offer) };
            match hit.send(offer) {
                Ok(()) => return None,
                Err(refused) => offer = refused,
            }
        }
    }

    /// Returns whether a hit waits. None may do so if connections have come back since a dial was
    /// due.
    fn is_awaited(&self) -> bool {
        let mut state = self.state.borrow_mut();
        self.drop_abandoned(&mut state);
        !state.waiting.is_empty()
    }

    /// Removes hits that have given up from the front of the queue. All hits have the same timeout,
    /// so that those in front give up first.
    fn drop_abandoned(&self, state: &mut State<C>) {
        while state.waiting.front().is_some_and(oneshot::Sender::is_closed) {
            self.pop_waiting(state);
        }
    }

    /// Removes the hit that has waited longest from the queue.
    fn pop_waiting(&self, state: &mut State<C>) -> Option<Waiting<C>> {
        let hit = state.waiting.pop_front()?;
        state.n_finished += 1;
        self.readiness.end_wait();
        Some(hit)
    }

    fn fail_first(&self, problem: String) {
        // If no hit waits any longer, the failure concerns none.
        self.give_first(Err(problem));
    }

    /// Keeps an idle handle, or drops it if there are enough.
    fn keep(&self, handle: Handle<C>) {
        let mut state = self.state.borrow_mut();
        if state.idle.len() < self.limits.idle {
            state.idle.push(handle);
        } else {
            // Closing may dial, which borrows the state.
            drop(state);
            drop(handle);
        }
    }
}

#[cfg(test)]
mod tests;
