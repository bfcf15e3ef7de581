//! Whether the sockets bring anything: what tells a generator that has fallen behind from a
//! server that is slow.

use std::cell::Cell;
use std::time::Duration;

use tokio::task;

use crate::clock;

/// Longest a look goes on while the sockets keep bringing something. Past it a hit that waits is
/// not for one of the busy connections, which may be those to another origin.
const LONGEST_LOOK: Duration = Duration::from_millis(1);

/// What moves on the connections of one client.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Requests and dials that came to an end, so far.
    ended: Cell<u64>,
    /// Hits that wait for a connection.
    waiting: Cell<usize>,
}

impl Traffic {
    /// Notes that a request or a dial came to its end.
    pub fn ended(&self) {
        self.ended.set(self.ended.get() + 1);
    }

    /// Notes that a hit waits for a connection.
    pub fn begins_to_wait(&self) {
        self.waiting.set(self.waiting.get() + 1);
    }

    /// Notes that a hit waits no longer.
    pub fn ends_to_wait(&self) {
        self.waiting.set(self.waiting.get() - 1);
    }

    /// Lets the runtime look at the sockets until they bring nothing, for at most a millisecond.
    ///
    /// While they do bring something, a connection will soon come back to whoever waits for one,
    /// and a dial would only cost more than the request it is for. Once they do not, it is the
    /// server that is waited for, and there is time to dial.
    pub async fn look(&self) {
        self.look_until(|| false).await;
    }

    /// As [`Traffic::look`], but at least once and only while a hit waits for a connection.
    pub async fn look_while_any_waits(&self) {
        self.look_until(|| self.waiting.get() == 0).await;
    }

    async fn look_until(&self, enough: impl Fn() -> bool) {
        let end = clock::now() + LONGEST_LOOK;
        loop {
            let before = self.ended.get();
            task::yield_now().await;
            if enough() {
                return;
            }
            // The first turn wakes the connections, the second the hits that they answer.
            task::yield_now().await;
            if enough() || self.ended.get() == before || clock::now() >= end {
                return;
            }
        }
    }
}
