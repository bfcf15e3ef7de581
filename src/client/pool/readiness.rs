//! Whether the sockets bring anything: what tells a generator that has fallen behind from a
//! server that is slow.

use std::cell::Cell;
use std::thread;

use tokio::task;

/// Most turns of a look while connections keep coming back. Not counted in time: a thread that was
/// off its core has seen nothing meanwhile.
const MOST_TURNS: usize = 1_000;

/// What moves on the connections of one client.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Connections that came back from a hit, so far.
    returned: Cell<u64>,
    /// Hits that wait for a connection.
    waiting: Cell<usize>,
    /// Whether hits have a schedule, of which they may fall behind.
    scheduled: Cell<bool>,
}

impl Traffic {
    /// Notes that a connection came back from a hit.
    pub fn returned(&self) {
        self.returned.set(self.returned.get() + 1);
    }

    /// Notes that a hit waits for a connection.
    pub fn begins_to_wait(&self) {
        self.waiting.set(self.waiting.get() + 1);
    }

    /// Notes that a hit waits no longer.
    pub fn ends_to_wait(&self) {
        self.waiting.set(self.waiting.get() - 1);
    }

    /// Notes whether hits have a schedule.
    pub fn set_scheduled(&self, scheduled: bool) {
        self.scheduled.set(scheduled);
    }

    /// Returns whether hits have a schedule. Without one they do not come due while others wait, and
    /// no dial need be saved.
    pub fn is_scheduled(&self) -> bool {
        self.scheduled.get()
    }

    /// Lets the runtime look at the sockets, at least once, until no connection comes back or no hit
    /// waits for one.
    pub async fn look_while_any_waits(&self) {
        look(&self.returned, || self.waiting.get() == 0).await;
    }
}

/// Lets the runtime look at the sockets until no further connection comes back, at most 1 000 times,
/// or until that is `enough`.
///
/// While connections come back, one soon does to whoever waits, and a dial would only cost more than
/// the request it is for. Once none does, it is the server that is waited for, and there is time to
/// dial. Where a server closes its connections none ever does, and dials are not held up.
pub async fn look(returned: &Cell<u64>, enough: impl Fn() -> bool) {
    let mut was_in_vain = false;
    for _ in 0..MOST_TURNS {
        let before = returned.get();
        task::yield_now().await;
        if enough() {
            return;
        }
        // The first turn wakes the connections, the second the hits that they answer.
        task::yield_now().await;
        if enough() {
            return;
        }
        if returned.get() == before {
            if was_in_vain {
                return;
            }
            // The server, or what answers for it in the kernel, may not have had a core meanwhile.
            thread::yield_now();
        }
        was_in_vain = returned.get() == before;
    }
}
