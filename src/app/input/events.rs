//! What the main thread waits for while other threads read.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use drumfire::clock;
use tokio::time::Instant;

use crate::app::os::signals::StopSignal;

/// What ends the waiting of the main thread.
pub enum Event {
    /// It is time to refresh the view.
    Refresh,
    /// It is time to check the deadline after an interrupt.
    Deadline,
    /// A signal asks to stop.
    Stop(StopSignal),
    /// Reading has ended.
    End,
}

/// Sends [`Event::End`] when it is dropped, also by a panic of the reading thread.
pub struct EndNotice(pub Sender<Event>);

impl Drop for EndNotice {
    fn drop(&mut self) {
        // The receiver is gone if the command did not wait for the end.
        let _ = self.0.send(Event::End);
    }
}

/// Times the refreshes of a view.
pub struct Refresher {
    every: Duration,
    due: Instant,
}

impl Refresher {
    /// Returns a refresher with an interval; zero never refreshes.
    pub fn new(every: Duration) -> Self {
        Self { every, due: clock::now() + every }
    }

    /// Waits for an event, the next refresh, or the deadline after an interrupt.
    pub fn wait(&mut self, events: &Receiver<Event>, deadline: Option<Instant>) -> Event {
        let due = Some(self.due).filter(|_| !self.every.is_zero());
        let Some(until) = due.into_iter().chain(deadline).min() else {
            return events.recv().unwrap_or(Event::End);
        };
        match events.recv_timeout(until.saturating_duration_since(clock::now())) {
            Ok(event) => event,
            Err(RecvTimeoutError::Disconnected) => Event::End,
            Err(RecvTimeoutError::Timeout) if due == Some(until) => {
                // After a slow refresh, the missed ones are skipped.
                self.due = clock::now().max(self.due + self.every);
                Event::Refresh
            }
            Err(RecvTimeoutError::Timeout) => Event::Deadline,
        }
    }
}
