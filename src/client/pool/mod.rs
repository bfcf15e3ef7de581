//! Connections to one origin: those at hand, who waits for one, and when to dial.
//!
//! A generator that falls behind must look before it dials. Three rules keep a stall from
//! opening a connection for each hit that came due in it (the first, a bound on the hits
//! released in one turn, is dispatch's):
//!
//! 2. a hit that finds no connection at hand waits, and only if it still waits once a look at the
//!    sockets brings none back is one dialled for it;
//! 3. a dial belongs to nobody: whoever waits first takes the next connection, fresh or returned.
//!
//! A connection that carries several requests at once is at hand as several handles, and one
//! dial is for as many hits as it will carry.

pub mod readiness;
pub mod dial_rate;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::mem;
use std::rc::{Rc, Weak};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task;

use crate::client::pool::dial_rate::Pace;
use crate::client::pool::readiness::Traffic;
use crate::clock;
use crate::units::Rate;

/// Most connections let go of at once.
const MOST_LET_GO: usize = 16;

/// Opens connections to one origin.
pub trait Connect: 'static {
    /// What is opened.
    type Connection: Connection;

    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// Why it could not, as a text for the record of the hit that waits.
    fn connect(&self) -> impl Future<Output = Result<Self::Connection, String>>;

    /// Returns how many requests at once a connection will carry; None where only the first one
    /// will tell.
    fn will_carry(&self) -> Option<usize>;
}

/// A handle on a connection, which carries one request at a time.
pub trait Connection: Sized + 'static {
    /// Returns whether the connection takes no further request.
    fn is_closed(&mut self) -> bool;

    /// Returns a further handle on the same connection; None where it has as many as it can.
    fn split(&self) -> Option<Self>;

    /// Returns how many requests the connection carries at once, >= 1.
    fn carries(&self) -> usize;

    /// Returns whether the connection has more handles than it carries requests, since it was
    /// thought to carry more.
    fn is_overdrawn(&self) -> bool;
}

/// How many connections a pool holds.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most handles kept at hand. Those beyond are let go, and with its last handle a connection is
    /// closed.
    pub idle: usize,
    /// Most connections open or being dialled, >= 1.
    pub open: usize,
    /// Longest a dial may take; None for as long as the system tries.
    pub dial: Option<Duration>,
    /// Most connections dialled in each unit of time; None for no limit.
    pub rate: Option<Rate>,
}

/// The connections to one origin.
pub struct Pool<C: Connect> {
    connect: C,
    limits: Limits,
    traffic: Rc<Traffic>,
    /// Connections that came back from a hit, so far.
    returned: Cell<u64>,
    /// None for no limit.
    pace: Option<Pace>,
    /// Requests at once that a connection carries; None until one tells.
    carries: Cell<Option<usize>>,
    /// Connections at hand or in use, in [0, `limits.open`].
    open: Cell<usize>,
    state: RefCell<State<C>>,
}

struct State<C: Connect> {
    /// Handles at hand, the last returned last. The last one is used first: a burst that opened
    /// many connections then leaves the surplus at rest, where taking turns would keep all of them
    /// busy and the sockets' events many. Hits released together may so leave in another order,
    /// microseconds apart.
    idle: Vec<Handle<C>>,
    /// Hits that wait, the longest waiting first. Those that gave up may still be among them.
    waiting: VecDeque<Waiting<C>>,
    /// Hits that waited and do so no longer, so far.
    left: u64,
    /// How many hits of all that ever waited have had their look at the sockets. Hits begin to
    /// wait and have their look in the same order.
    looked: u64,
    /// Whether a look at the sockets is under way.
    looking: bool,
    /// Dials under way, <= `limits.open - open`.
    dialling: usize,
    /// How many of them wait for their turn.
    turns: usize,
}

type Waiting<C> = oneshot::Sender<Result<Handle<C>, String>>;

/// A handle with its place among the open connections. Beware of dropping one while the state
/// is borrowed: the last handle of a connection counts it as closed, which may begin a dial.
struct Handle<C: Connect> {
    connection: C::Connection,
    reused: bool,
    open: Rc<Open<C>>,
}

/// The place of one connection among the open ones.
struct Open<C: Connect>(Weak<Pool<C>>);

impl<C: Connect> Drop for Open<C> {
    fn drop(&mut self) {
        if let Some(pool) = self.0.upgrade() {
            pool.open.set(pool.open.get() - 1);
            pool.dial_where_due();
        }
    }
}

impl<C: Connect> Handle<C> {
    fn split(&self) -> Option<Self> {
        let connection = self.connection.split()?;
        Some(Self { connection, reused: true, open: self.open.clone() })
    }
}

impl<C: Connect> Pool<C> {
    /// Returns a pool without connections, which tells of what happens on them.
    pub fn new(connect: C, limits: Limits, traffic: Rc<Traffic>) -> Rc<Self> {
        let carries = Cell::new(connect.will_carry());
        let pace = limits.rate.map(Pace::new);
        let state = RefCell::new(State::new());
        let (returned, open) = (Cell::new(0), Cell::new(0));
        Rc::new(Self { connect, limits, traffic, returned, pace, carries, open, state })
    }

    /// Returns what opens the connections.
    pub fn connector(&self) -> &C {
        &self.connect
    }

    /// Takes a connection that is at hand; None where there is none.
    pub fn take_idle(self: &Rc<Self>) -> Option<Lease<C>> {
        loop {
            let mut handle = self.state.borrow_mut().idle.pop()?;
            if handle.connection.is_closed() {
                continue;
            }
            if let Some(further) = handle.split() {
                self.state.borrow_mut().idle.push(further);
            }
            return Some(Lease::new(self.clone(), handle));
        }
    }

    /// Lets go of connections that were closed while they were at hand, those at rest for longest
    /// first and a few at a time, since closing takes time, too.
    pub fn clean_up(&self) {
        let mut state = self.state.borrow_mut();
        let most = MOST_LET_GO.min(state.idle.len());
        let open = state.idle[..most].iter_mut().position(|it| !it.connection.is_closed());
        let closed: Vec<_> = state.idle.drain(..open.unwrap_or(most)).collect();
        // Closing may dial, which looks at the state.
        drop(state);
        drop(closed);
    }

    /// Waits for a connection, returned or dialled.
    ///
    /// # Errors
    ///
    /// Why a dial failed.
    ///
    /// # Cancel safety
    ///
    /// Safe: a connection that comes too late goes to the next hit.
    pub async fn wait(self: &Rc<Self>) -> Result<Lease<C>, String> {
        loop {
            let mut arrival = Arrival { pool: self.clone(), receiver: self.queue() };
            let arrived = (&mut arrival.receiver).await;
            let mut handle = arrived.map_err(|_| "the pool is gone".to_owned())??;
            // One that came back may have been closed behind its last answer.
            if !handle.reused || !handle.connection.is_closed() {
                return Ok(Lease::new(self.clone(), handle));
            }
        }
    }

    /// Puts a hit at the end of the queue.
    fn queue(self: &Rc<Self>) -> oneshot::Receiver<Result<Handle<C>, String>> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state.borrow_mut();
        state.waiting.push_back(sender);
        self.traffic.begins_to_wait();
        if !self.traffic.is_scheduled() {
            task::spawn_local(self.clone().look_once_then_dial(state.waited()));
        } else if !mem::replace(&mut state.looking, true) {
            task::spawn_local(self.clone().look_then_dial());
        }
        receiver
    }

    /// Rule 2, for all hits that wait, until none is left that has not had its look.
    async fn look_then_dial(self: Rc<Self>) {
        loop {
            let waited = self.state.borrow().waited();
            readiness::look(&self.returned, || false).await;
            self.state.borrow_mut().looked = waited;
            self.dial_where_due();
            let mut state = self.state.borrow_mut();
            if state.waited() == waited {
                state.looking = false;
                return;
            }
        }
    }

    /// Rule 2 without a schedule, for the hit that was so many-th to wait: two turns, with a look at
    /// the sockets between them.
    async fn look_once_then_dial(self: Rc<Self>, waited: u64) {
        task::yield_now().await;
        task::yield_now().await;
        let mut state = self.state.borrow_mut();
        state.looked = state.looked.max(waited);
        drop(state);
        self.dial_where_due();
    }

    /// Begins as many dials as the hits that are past their look need, within the limit.
    fn dial_where_due(self: &Rc<Self>) {
        let mut state = self.state.borrow_mut();
        self.forget_those_who_gave_up(&mut state);
        // Until the first connection tells what it carries, one dial is for all.
        let carries = self.carries.get().unwrap_or(usize::MAX);
        while state.due() > state.dialling.saturating_mul(carries)
            && self.open.get() + state.dialling < self.limits.open
        {
            state.dialling += 1;
            if self.pace.is_none() {
                task::spawn_local(self.clone().dial());
                continue;
            }
            state.turns += 1;
            if state.turns == 1 {
                task::spawn_local(self.clone().dial_by_turns());
            }
        }
    }

    /// Begins the dials that wait for their turns, one after another.
    async fn dial_by_turns(self: Rc<Self>) {
        let Some(pace) = &self.pace else { return };
        loop {
            pace.turn().await;
            let awaited = self.is_awaited();
            let mut state = self.state.borrow_mut();
            if !awaited {
                state.dialling -= mem::take(&mut state.turns);
                return;
            }
            state.turns -= 1;
            task::spawn_local(self.clone().dial());
            if state.turns == 0 {
                return;
            }
        }
    }

    async fn dial(self: Rc<Self>) {
        if !self.is_awaited() {
            self.state.borrow_mut().dialling -= 1;
            return;
        }
        let deadline = self.limits.dial.map(|longest| clock::now() + longest);
        let dialled = clock::limit(deadline, self.connect.connect()).await;
        self.state.borrow_mut().dialling -= 1;
        match dialled {
            Some(Ok(connection)) => {
                self.open.set(self.open.get() + 1);
                let open = Rc::new(Open(Rc::downgrade(&self)));
                self.hand_out(Handle { connection, reused: false, open });
            }
            Some(Err(problem)) => self.fail_first(problem),
            // Whoever began to wait with this dial has given up; the others get their own.
            None => {}
        }
        self.dial_where_due();
    }

    /// Gives a handle, and what further ones its connection has, to whoever waits first; the last
    /// one is kept at hand.
    fn hand_out(self: &Rc<Self>, handle: Handle<C>) {
        self.carries.set(Some(handle.connection.carries()));
        if handle.connection.is_overdrawn() {
            drop(handle);
            return self.dial_where_due();
        }
        let mut next = Some(handle);
        while let Some(handle) = next {
            let further = handle.split();
            match self.give_first(Ok(handle)) {
                // Nobody waits: one handle at hand is enough, it splits when it is taken.
                Some(Ok(handle)) => return self.keep(handle),
                _ => next = further,
            }
        }
    }

    /// Offers a connection, or the failure of a dial, to whoever waits first. Returns it where
    /// nobody does.
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

    /// Returns whether any hit waits: a connection may have come back since the dial was due.
    fn is_awaited(&self) -> bool {
        let mut state = self.state.borrow_mut();
        self.forget_those_who_gave_up(&mut state);
        !state.waiting.is_empty()
    }

    /// Hits that began to wait first give up first, their timeouts being of one length.
    fn forget_those_who_gave_up(&self, state: &mut State<C>) {
        while state.waiting.front().is_some_and(oneshot::Sender::is_closed) {
            self.pop_waiting(state);
        }
    }

    /// Takes whoever waits first out of the queue.
    fn pop_waiting(&self, state: &mut State<C>) -> Option<Waiting<C>> {
        let hit = state.waiting.pop_front()?;
        state.left += 1;
        self.traffic.ends_to_wait();
        Some(hit)
    }

    fn fail_first(&self, problem: String) {
        // Where nobody waits any more, nobody is to be told.
        self.give_first(Err(problem));
    }

    /// Keeps a handle at hand, or lets it go where there are enough.
    fn keep(&self, handle: Handle<C>) {
        let mut state = self.state.borrow_mut();
        if state.idle.len() < self.limits.idle {
            state.idle.push(handle);
        } else {
            // Closing may dial, which looks at the state.
            drop(state);
            drop(handle);
        }
    }
}

impl<C: Connect> State<C> {
    fn new() -> Self {
        Self {
            idle: Vec::new(),
            waiting: VecDeque::new(),
            left: 0,
            looked: 0,
            looking: false,
            dialling: 0,
            turns: 0,
        }
    }

    /// Number of hits that ever waited.
    fn waited(&self) -> u64 {
        self.left + self.waiting.len() as u64
    }

    /// Number of hits that wait and have had their look.
    fn due(&self) -> usize {
        self.looked.saturating_sub(self.left) as usize
    }
}

/// A hit's place in the queue. Where the hit gives up just as its connection arrives, the
/// connection goes to the next.
struct Arrival<C: Connect> {
    pool: Rc<Pool<C>>,
    receiver: oneshot::Receiver<Result<Handle<C>, String>>,
}

impl<C: Connect> Drop for Arrival<C> {
    fn drop(&mut self) {
        if let Ok(Ok(handle)) = self.receiver.try_recv() {
            self.pool.hand_out(handle);
        }
    }
}

/// A connection in use by one hit. Dropped, it is closed, unless others use it too; see
/// [`Lease::give_back`].
pub struct Lease<C: Connect> {
    pool: Rc<Pool<C>>,
    /// None once given back.
    handle: Option<Handle<C>>,
}

impl<C: Connect> Lease<C> {
    fn new(pool: Rc<Pool<C>>, handle: Handle<C>) -> Self {
        Self { pool, handle: Some(handle) }
    }

    /// Returns the connection.
    pub fn connection(&mut self) -> &mut C::Connection {
        let handle = self.handle.as_mut();
        &mut handle.expect("only give_back takes it, and it takes the lease too").connection
    }

    /// Returns whether an earlier hit used the connection.
    pub fn is_reused(&self) -> bool {
        self.handle.as_ref().is_some_and(|handle| handle.reused)
    }

    /// Gives the connection back, fit for another request.
    pub fn give_back(mut self) {
        self.return_handle();
    }

    fn return_handle(&mut self) {
        if let Some(mut handle) = self.handle.take() {
            handle.reused = true;
            self.pool.returned.set(self.pool.returned.get() + 1);
            self.pool.traffic.returned();
            self.pool.hand_out(handle);
        }
    }
}

impl<C: Connect> Drop for Lease<C> {
    /// A hit that gave up leaves a connection of its own unfit, but not one that carries others:
    /// there only its stream ends.
    fn drop(&mut self) {
        let shared = self.handle.as_mut().is_some_and(|handle| {
            handle.connection.carries() > 1 && !handle.connection.is_closed()
        });
        if shared {
            self.return_handle();
        }
    }
}

#[cfg(test)]
mod tests;
