//! The tasks that make hits.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use tokio::sync::Notify;
use tokio::task;

use crate::attack::hit_task::Flight;

/// Makes hits as they come, however many at a time.
///
/// A task whose hit is over takes the next one, so that a hit costs neither a task nor its memory
/// anew; there are as many as there were hits in flight at a time.
#[derive(Default)]
pub struct Workers(Rc<Line>);

/// Where hits and workers meet.
#[derive(Default)]
struct Line {
    /// Hits that no worker has taken yet.
    hits: RefCell<VecDeque<Flight>>,
    /// Workers that wait and have not been called.
    idle: Cell<usize>,
    calls: Notify,
}

impl Workers {
    /// Sends a hit on its way.
    pub fn send(&self, flight: Flight) {
        self.0.hits.borrow_mut().push_back(flight);
        match self.0.idle.get() {
            0 => {
                task::spawn_local(work(self.0.clone()));
            }
            idle => {
                self.0.idle.set(idle - 1);
                self.0.calls.notify_one();
            }
        }
    }
}

/// Makes one hit after another, for ever.
async fn work(line: Rc<Line>) {
    loop {
        let next = line.hits.borrow_mut().pop_front();
        match next {
            Some(flight) => flight.fly().await,
            None => {
                line.idle.set(line.idle.get() + 1);
                line.calls.notified().await;
            }
        }
    }
}
