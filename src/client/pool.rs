//! Connections to one origin: those at hand, who waits for one, and when to dial.
//!
//! A generator that falls behind must look before it dials. Three rules keep a stall from
//! opening a connection for each hit that came due in it (the first, a bound on the hits
//! released in one turn, is dispatch's):
//!
//! 2. a hit that finds no connection at hand waits, and only if it still waits after a look at
//!    the sockets is one dialled for it;
//! 3. a dial belongs to nobody: whoever waits first takes the next connection, fresh or returned.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task;

use crate::clock;

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
}

/// A connection that can carry one request after another.
pub trait Connection: 'static {
    /// Returns whether it can carry no further request.
    fn is_closed(&self) -> bool;
}

/// How many connections a pool holds.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most connections kept at hand.
    pub idle: usize,
    /// Most connections open or being dialled, >= 1.
    pub open: usize,
    /// Longest a dial may take; None for as long as the system tries.
    pub dial: Option<Duration>,
}

/// The connections to one origin.
pub struct Pool<C: Connect> {
    connect: C,
    limits: Limits,
    state: RefCell<State<C::Connection>>,
}

struct State<T> {
    /// Connections at hand, the last returned last.
    idle: Vec<T>,
    /// Hits that wait, the longest waiting first. Those that gave up are still among them.
    waiting: VecDeque<oneshot::Sender<Result<Granted<T>, String>>>,
    /// Dials under way, <= `limits.open - open`.
    dialling: usize,
    /// Connections at hand or in use, in [0, `limits.open`].
    open: usize,
}

/// A connection on its way to a hit.
struct Granted<T> {
    connection: T,
    reused: bool,
}

impl<C: Connect> Pool<C> {
    /// Returns a pool without connections.
    pub fn new(connect: C, limits: Limits) -> Rc<Self> {
        let state = State { idle: Vec::new(), waiting: VecDeque::new(), dialling: 0, open: 0 };
        Rc::new(Self { connect, limits, state: RefCell::new(state) })
    }

    /// Takes a connection that is at hand; None where there is none.
    pub fn take_idle(self: &Rc<Self>) -> Option<Lease<C>> {
        let mut state = self.state.borrow_mut();
        while let Some(connection) = state.idle.pop() {
            if !connection.is_closed() {
                let granted = Granted { connection, reused: true };
                return Some(Lease::new(self.clone(), granted));
            }
            state.open -= 1;
        }
        None
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
        let (sender, receiver) = oneshot::channel();
        self.state.borrow_mut().waiting.push_back(sender);
        task::spawn_local(look_then_dial(self.clone()));
        let mut arrival = Arrival { pool: self.clone(), receiver };
        match (&mut arrival.receiver).await {
            Ok(Ok(granted)) => Ok(Lease::new(self.clone(), granted)),
            Ok(Err(problem)) => Err(problem),
            Err(_) => Err("the pool is gone".to_owned()),
        }
    }

    /// Begins a dial where more hits wait than dials are under way, and the limit allows it.
    fn dial_if_needed(self: &Rc<Self>) {
        let mut state = self.state.borrow_mut();
        state.forget_those_who_gave_up();
        let needed = state.waiting.len() > state.dialling;
        if needed && state.open + state.dialling < self.limits.open {
            state.dialling += 1;
            task::spawn_local(self.clone().dial());
        }
    }

    async fn dial(self: Rc<Self>) {
        let deadline = self.limits.dial.map(|longest| clock::now() + longest);
        let dialled = clock::limit(deadline, self.connect.connect()).await;
        self.state.borrow_mut().dialling -= 1;
        match dialled {
            Some(Ok(connection)) => {
                self.state.borrow_mut().open += 1;
                self.hand_out(Granted { connection, reused: false });
            }
            Some(Err(problem)) => self.state.borrow_mut().fail_first(problem),
            // Whoever began to wait with this dial has given up; the others get one of their own.
            None => self.dial_if_needed(),
        }
    }

    /// Gives a connection to whoever waits first, or keeps it at hand.
    fn hand_out(self: &Rc<Self>, granted: Granted<C::Connection>) {
        let mut state = self.state.borrow_mut();
        let mut offer = Ok(granted);
        while let Some(hit) = state.waiting.pop_front() {
            match hit.send(offer) {
                Ok(()) => return,
                Err(refused) => offer = refused,
            }
        }
        match offer {
            Ok(granted) if state.idle.len() < self.limits.idle => {
                state.idle.push(granted.connection)
            }
            _ => {
                drop(state);
                self.closed();
            }
        }
    }

    /// Counts a connection as gone, which may make room for a dial.
    fn closed(self: &Rc<Self>) {
        self.state.borrow_mut().open -= 1;
        self.dial_if_needed();
    }
}

/// Rule 2: two turns of the runtime, with a look at the sockets between them, before the dial.
async fn look_then_dial<C: Connect>(pool: Rc<Pool<C>>) {
    task::yield_now().await;
    task::yield_now().await;
    pool.dial_if_needed();
}

impl<T> State<T> {
    /// Hits that began to wait first give up first, their timeouts being of one length.
    fn forget_those_who_gave_up(&mut self) {
        while self.waiting.front().is_some_and(oneshot::Sender::is_closed) {
            self.waiting.pop_front();
        }
    }

    fn fail_first(&mut self, problem: String) {
        let mut offer = Err(problem);
        while let Some(hit) = self.waiting.pop_front() {
            match hit.send(offer) {
                Ok(()) => return,
                Err(refused) => offer = refused,
            }
        }
    }
}

/// A hit's place in the queue. Where the hit gives up just as its connection arrives, the
/// connection goes to the next.
struct Arrival<C: Connect> {
    pool: Rc<Pool<C>>,
    receiver: oneshot::Receiver<Result<Granted<C::Connection>, String>>,
}

impl<C: Connect> Drop for Arrival<C> {
    fn drop(&mut self) {
        if let Ok(Ok(granted)) = self.receiver.try_recv() {
            self.pool.hand_out(granted);
        }
    }
}

/// A connection in use by one hit. Dropped, it is closed; see [`Lease::give_back`].
pub struct Lease<C: Connect> {
    pool: Rc<Pool<C>>,
    /// None once given back.
    connection: Option<C::Connection>,
    reused: bool,
}

impl<C: Connect> Lease<C> {
    fn new(pool: Rc<Pool<C>>, granted: Granted<C::Connection>) -> Self {
        Self { pool, connection: Some(granted.connection), reused: granted.reused }
    }

    /// Returns the connection.
    pub fn connection(&mut self) -> &mut C::Connection {
        self.connection.as_mut().expect("only give_back takes it, and it takes the lease too")
    }

    /// Returns whether an earlier hit used the connection.
    pub fn is_reused(&self) -> bool {
        self.reused
    }

    /// Gives the connection back, fit for another request.
    pub fn give_back(mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.hand_out(Granted { connection, reused: true });
        }
    }
}

impl<C: Connect> Drop for Lease<C> {
    fn drop(&mut self) {
        if self.connection.take().is_some() {
            self.pool.closed();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    const MS: Duration = Duration::from_millis(1);

    /// Dials in 10 ms; counts its dials; fails where told to.
    #[derive(Default)]
    struct Fake {
        dials: Rc<Cell<usize>>,
        fails: bool,
    }

    struct Wire(Rc<Cell<bool>>);

    impl Connection for Wire {
        fn is_closed(&self) -> bool {
            self.0.get()
        }
    }

    impl Connect for Fake {
        type Connection = Wire;

        async fn connect(&self) -> Result<Wire, String> {
            self.dials.set(self.dials.get() + 1);
            clock::pause(10 * MS).await;
            if self.fails { Err("refused".to_owned()) } else { Ok(Wire(Rc::default())) }
        }
    }

    /// Runs a test on a pool of fake connections under a paused clock.
    fn check<F: Future<Output = ()>>(
        open: usize,
        fails: bool,
        test: impl FnOnce(Rc<Pool<Fake>>, Rc<Cell<usize>>) -> F,
    ) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build().unwrap();
        let dials = Rc::new(Cell::new(0));
        let pool = Pool::new(
            Fake { dials: dials.clone(), fails },
            Limits { idle: 100, open, dial: Some(1_000 * MS) },
        );
        let local = task::LocalSet::new();
        local.block_on(&runtime, test(pool, dials));
    }

    #[test]
    fn a_waiting_hit_takes_a_returned_connection_before_its_own_dial() {
        check(100, false, async |pool, dials| {
            let first = pool.wait().await.ok().unwrap();
            let second = pool.wait();
            tokio::join!(async { assert!(second.await.ok().unwrap().is_reused()) }, async {
                first.give_back();
            });
            clock::pause(50 * MS).await;
            assert_eq!(dials.get(), 1, "the look came before the dial");
        });
    }

    #[test]
    fn a_hit_that_still_waits_after_the_look_gets_a_dial_of_its_own() {
        check(100, false, async |pool, dials| {
            let (a, b, c) = tokio::join!(pool.wait(), pool.wait(), pool.wait());
            assert_eq!(dials.get(), 3);
            for lease in [a, b, c] {
                assert!(!lease.ok().unwrap().is_reused());
            }
        });
    }

    #[test]
    fn the_connection_of_a_hit_that_gave_up_goes_to_the_next() {
        check(1, false, async |pool, dials| {
            let hasty = clock::limit(Some(clock::now() + 5 * MS), pool.wait());
            let (hasty, patient) = tokio::join!(hasty, pool.wait());
            assert!(hasty.is_none());
            assert!(patient.is_ok());
            assert_eq!(dials.get(), 1);
        });
    }

    #[test]
    fn the_limit_of_open_connections_holds_and_a_closed_one_makes_room() {
        check(2, false, async |pool, dials| {
            let (a, b) = tokio::join!(pool.wait(), pool.wait());
            let (a, b) = (a.ok().unwrap(), b.ok().unwrap());
            let late = clock::limit(Some(clock::now() + 100 * MS), pool.wait()).await;
            assert!(late.is_none());
            assert_eq!(dials.get(), 2);
            let (third, ()) = tokio::join!(pool.wait(), async { drop(a) });
            assert!(third.is_ok());
            assert_eq!(dials.get(), 3);
            drop(b);
        });
    }

    #[test]
    fn each_failed_dial_fails_one_waiting_hit() {
        check(100, true, async |pool, dials| {
            let (a, b) = tokio::join!(pool.wait(), pool.wait());
            assert_eq!(a.err().as_deref(), Some("refused"));
            assert_eq!(b.err().as_deref(), Some("refused"));
            assert_eq!(dials.get(), 2);
        });
    }

    #[test]
    fn a_connection_that_closed_while_at_hand_is_passed_over() {
        check(1, false, async |pool, dials| {
            let mut lease = pool.wait().await.ok().unwrap();
            let closed = lease.connection().0.clone();
            lease.give_back();
            closed.set(true);
            assert!(pool.take_idle().is_none());
            assert!(pool.wait().await.is_ok());
            assert_eq!(dials.get(), 2);
        });
    }
}
