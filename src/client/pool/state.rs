//! The idle connections, waiting hits and dials of a pool.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use crate::client::pool::connect::Connect;
use crate::client::pool::lease::Handle;

/// The idle connections, waiting hits and dials of a pool.
pub struct State<C: Connect> {
    /// Idle handles, the most recently returned one last. That one is used first, so that surplus
    /// connections of a burst stay idle; using them in turn would cause more socket events. As a
    /// result, hits released together may be sent in another order, microseconds apart.
    pub idle: Vec<Handle<C>>,
    /// Waiting hits, the longest waiting first, including some that have given up.
    pub waiting: VecDeque<Waiting<C>>,
    /// Number of waits that have finished.
    pub n_finished: u64,
    /// Number of waits, of all so far, for which the sockets have been polled. Hits are polled for
    /// in the order in which they began to wait.
    pub n_polled: u64,
    /// Whether the sockets are being polled.
    pub is_polling: bool,
    /// Number of dials that have started or wait for the rate limit, <= `limits.open - open`.
    pub n_dials: usize,
    /// Number of those that wait for the rate limit.
    pub n_delayed: usize,
    /// Number of connections that carry their first request and may soon carry more: the server
    /// has not announced yet how many.
    pub n_unsettled: usize,
}

/// Where a waiting hit receives its connection.
pub type Waiting<C> = oneshot::Sender<Result<Handle<C>, String>>;

impl<C: Connect> State<C> {
    /// Creates the state of a pool without connections.
    pub fn new() -> Self {
        Self {
            idle: Vec::new(),
            waiting: VecDeque::new(),
            n_finished: 0,
            n_polled: 0,
            is_polling: false,
            n_dials: 0,
            n_delayed: 0,
            n_unsettled: 0,
        }
    }

    /// Number of waits so far, finished or not.
    pub fn n_waits(&self) -> u64 {
        self.n_finished + self.waiting.len() as u64
    }

    /// Number of waiting hits for which the sockets have been polled.
    pub fn n_due(&self) -> usize {
        self.n_polled.saturating_sub(self.n_finished) as usize
    }
}
