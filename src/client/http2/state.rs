//! What the handles on a connection and the task that drives it know of each other.

use std::cell::{Cell, Ref, RefCell};
use std::future::pending;
use std::net::IpAddr;
use std::time::Duration;

use h2::{Ping, PingPong};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::client::http2::Usage;
use crate::client::http2::frames::{GoAway, Seen};
use crate::client::http2::written::Written;
use crate::clock;

/// Size of a response's head, as announced to the server, up to which a head that is too large
/// costs no more than its own request. h2 resets the stream beyond it. Beyond four times as much,
/// or a quarter more in bytes on the wire, h2 ends the connection.
pub const MAX_HEADER_LIST: u32 = 4 << 20;

/// Time limit of a PING if requests have none.
const PING_TIMEOUT: Duration = Duration::from_secs(15);

/// Maximum number of bytes that a connection reads in one turn of the engine. The smallest frames
/// take about half a millisecond then.
const MAX_READ: usize = 64 << 10;

/// The state of a connection.
#[derive(Default)]
pub struct State {
    /// Address of the server. None if it is unknown.
    peer: Option<IpAddr>,
    /// Whether the connection carries one request only.
    single_use: bool,
    /// The written frames; None if they are not followed.
    written: Option<Written>,
    /// Number of concurrent streams that the server allows, >= 1; 1 until the server has said so.
    allowed: Cell<usize>,
    /// Whether the server has said so, or the connection is over.
    is_settled: Cell<bool>,
    settled: Notify,
    /// Number of frames that have arrived.
    n_frames: Cell<u64>,
    /// Number of these that are parts of responses.
    n_of_responses: Cell<u64>,
    /// Whether the server has responded to a request.
    is_proven: Cell<bool>,
    /// The number of frames at which the connection was found silent.
    silent_at: Cell<Option<u64>>,
    /// The number of parts of responses at that time.
    unanswered_at: Cell<Option<u64>>,
    /// Whether the connection accepts no further requests.
    is_over: Cell<bool>,
    /// Whether the connection was closed since it was silent.
    is_lost: Cell<bool>,
    goaway: RefCell<Option<GoAway>>,
    /// Number of bytes that may still be read in this turn.
    unread: Cell<usize>,
    /// None until the connection is driven, and while a PING is on its way.
    pings: RefCell<Option<PingPong>>,
    driver: RefCell<Option<AbortHandle>>,
}

impl State {
    /// Creates the state of a new connection to a server.
    pub fn new(usage: Usage, peer: Option<IpAddr>) -> Self {
        let Usage { is_single, notes_written } = usage;
        Self {
            peer,
            single_use: is_single,
            allowed: Cell::new(1),
            // How many requests the server would allow does not matter then.
            is_settled: Cell::new(is_single),
            written: notes_written.then(Written::default),
            ..Self::default()
        }
    }

    /// Returns the frames that are written. None if they are not followed.
    pub fn written(&self) -> Option<&Written> {
        self.written.as_ref()
    }

    /// Returns the address of the server. None if it is unknown.
    pub fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    /// Sets how the connection is pinged, and the task to end if it is lost.
    pub fn set_driver(&self, pings: Option<PingPong>, driver: AbortHandle) {
        self.pings.replace(pings);
        self.driver.replace(Some(driver));
    }

    /// Begins a turn of the engine.
    pub fn begin_turn(&self) {
        self.unread.set(MAX_READ);
    }

    /// Returns whether no more may be read in this turn.
    pub fn has_read_enough(&self) -> bool {
        self.unread.get() == 0
    }

    /// Notes what has arrived in a number of bytes.
    pub fn add_read(&self, n_bytes: usize, seen: Seen) {
        self.unread.set(self.unread.get().saturating_sub(n_bytes));
        self.n_frames.set(self.n_frames.get() + seen.n_frames);
        self.n_of_responses.set(self.n_of_responses.get() + seen.n_of_responses);
        if let Some(goaway) = seen.goaway {
            let earlier = self.goaway.take();
            self.goaway.replace(Some(goaway.after(earlier)));
            self.retire();
        }
    }

    /// Ends a turn, with the number of streams that the server allows now.
    pub fn end_turn(&self, allowed: usize) {
        if self.n_frames.get() == 0 {
            return;
        }
        if !self.single_use {
            // If the server allows no stream now, the next request waits for one.
            self.allowed.set(allowed.max(1));
        }
        self.settle();
    }

    /// Ends the connection.
    pub fn end(&self) {
        self.retire();
        self.settle();
    }

    fn settle(&self) {
        if !self.is_settled.replace(true) {
            self.settled.notify_waiters();
        }
    }

    /// Returns whether the server has said how many streams it allows, or the connection is over.
    pub fn is_settled(&self) -> bool {
        self.is_settled.get()
    }

    /// Waits until the server has said how many streams it allows, or the connection is over.
    pub async fn settled(&self) {
        while !self.is_settled() {
            self.settled.notified().await;
        }
    }

    /// Returns the number of concurrent streams that the server allows, >= 1.
    pub fn allowed(&self) -> usize {
        self.allowed.get()
    }

    /// Returns whether the connection carries one request only.
    pub fn is_single_use(&self) -> bool {
        self.single_use
    }

    /// Returns the number of frames that have arrived and are parts of responses.
    pub fn n_of_responses(&self) -> u64 {
        self.n_of_responses.get()
    }

    /// Notes that the server has responded to a request.
    pub fn prove(&self) {
        self.is_proven.set(true);
    }

    /// Returns whether the server has responded to a request.
    pub fn is_proven(&self) -> bool {
        self.is_proven.get()
    }

    /// Sends no further requests over the connection.
    pub fn retire(&self) {
        self.is_over.set(true);
    }

    /// Returns whether no further request may be sent: the connection is over, or silent.
    pub fn is_closed(&self) -> bool {
        self.is_over.get() || self.is_silent()
    }

    /// Returns the server's GOAWAY; None if it has sent none.
    pub fn goaway(&self) -> Ref<'_, Option<GoAway>> {
        self.goaway.borrow()
    }

    /// Notes that a request waited in vain and no part of a response arrived meanwhile. Returns
    /// whether that is so for the first time since the last part of a response.
    pub fn set_silent(&self) -> bool {
        self.silent_at.set(Some(self.n_frames.get()));
        let n_of_responses = Some(self.n_of_responses());
        self.unanswered_at.replace(n_of_responses) != n_of_responses
    }

    /// Returns whether the connection was found silent and no frame has arrived since.
    pub fn is_silent(&self) -> bool {
        self.silent_at.get() == Some(self.n_frames.get())
    }

    /// Returns whether the connection was closed since it was silent.
    pub fn is_lost(&self) -> bool {
        self.is_lost.get()
    }

    /// Sends a PING over a silent connection. If no frame arrives within the time limit of
    /// requests, the connection is closed. Returns whether it is alive.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no later PING is sent.
    pub async fn probe(&self, limit: Option<Duration>) -> bool {
        let deadline = clock::now() + limit.unwrap_or(PING_TIMEOUT);
        let mut pings = self.pings.take();
        let answered = async {
            let pong = match &mut pings {
                Some(pings) => pings.ping(Ping::opaque()).await.ok(),
                None => None,
            };
            // An earlier PING has no answer, but other frames have arrived since.
            if pong.is_none() {
                pending::<()>().await;
            }
        };
        clock::limit(Some(deadline), answered).await;
        if pings.is_some() {
            self.pings.replace(pings);
        }
        if self.is_silent() {
            self.is_lost.set(true);
            if let Some(driver) = self.driver.take() {
                driver.abort();
            }
        }
        !self.is_closed()
    }
}
