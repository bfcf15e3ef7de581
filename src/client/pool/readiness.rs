//! Whether the sockets still deliver responses.
//!
//! This distinguishes a late generator from a slow server. While responses
//! arrive, the generator should read them before it opens connections or releases further hits.

use std::cell::Cell;
use std::thread;

use tokio::task;

/// Maximum number of turns of one poll while connections keep coming back.
///
/// It is not a time limit: a thread that did not run meanwhile has read nothing.
const MAX_TURNS: usize = 1_000;

/// What happens on the connections of one client.
#[derive(Debug, Default)]
pub struct Readiness {
    /// Number of connections that hits have returned so far.
    returned: Cell<u64>,
    /// Number of hits that wait for a connection.
    waiting: Cell<usize>,
    /// Whether hits have a schedule, so that they can be late.
    is_scheduled: Cell<bool>,
}

impl Readiness {
    /// Counts a connection that a hit has returned.
    pub fn add_returned(&self) {
        self.returned.set(self.returned.get() + 1);
    }

    /// Counts a hit that begins to wait for a connection.
    pub fn begin_wait(&self) {
        self.waiting.set(self.waiting.get() + 1);
    }

    /// Counts a hit that stops waiting for a connection.
    pub fn end_wait(&self) {
        self.waiting.set(self.waiting.get() - 1);
    }

    /// Sets whether hits have a schedule.
    pub fn set_scheduled(&self, is_scheduled: bool) {
        self.is_scheduled.set(is_scheduled);
    }

    /// Returns whether hits have a schedule. Without one, no hits become due while others wait, so
    /// that no dial needs to be avoided.
    pub fn is_scheduled(&self) -> bool {
        self.is_scheduled.get()
    }

    /// Lets the runtime poll the sockets, at least once, until no connection comes back or no hit
    /// waits for one.
    pub async fn poll_while_hits_wait(&self) {
        poll_sockets(&self.returned, || self.waiting.get() == 0).await;
    }
}

/// Lets the runtime poll the sockets until no further connection comes back, at most 1 000 times,
/// or until `is_enough`.
///
/// While connections come back, a waiting hit soon gets one, and a dial would cost more than its
/// request. Once none comes back, the server is slow, and there is time to dial. If a server closes
/// its connections, none ever comes back, and dials are not delayed.
pub async fn poll_sockets(returned: &Cell<u64>, is_enough: impl Fn() -> bool) {
    let mut was_in_vain = false;
    for _ in 0..MAX_TURNS {
        let before = returned.get();
        task::yield_now().await;
        if is_enough() {
            return;
        }
        // The first turn wakes the connections, the second one the hits that they respond to.
        task::yield_now().await;
        if is_enough() {
            return;
        }
        if returned.get() == before {
            if was_in_vain {
                return;
            }
            // The server, or the kernel on its behalf, may not have had a core until now.
            thread::yield_now();
        }
        was_in_vain = returned.get() == before;
    }
}
