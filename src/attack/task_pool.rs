//! A pool of tasks that send hits.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use tokio::sync::Notify;
use tokio::task;

use crate::attack::hit_task::HitTask;

/// Sends hits, any number at a time.
///
/// A task whose hit is over takes the next one, so that most hits need no new task. The pool grows
/// to the greatest number of hits in flight.
#[derive(Default)]
pub struct TaskPool(Rc<Queue>);

/// The hits that wait for a task, and the tasks that wait for a hit.
#[derive(Default)]
struct Queue {
    /// Hits that no task has taken.
    hits: RefCell<VecDeque<HitTask>>,
    /// Waiting tasks that have not been notified.
    idle: Cell<usize>,
    hit_added: Notify,
}

impl TaskPool {
    /// Sends a hit, by an idle task or a new one.
    pub fn send(&self, hit: HitTask) {
        self.0.hits.borrow_mut().push_back(hit);
        match self.0.idle.get() {
            0 => {
                task::spawn_local(send_hits(self.0.clone()));
            }
            idle => {
                self.0.idle.set(idle - 1);
                self.0.hit_added.notify_one();
            }
        }
    }
}

/// Sends one hit after another, forever.
async fn send_hits(queue: Rc<Queue>) {
    loop {
        let next = queue.hits.borrow_mut().pop_front();
        match next {
            Some(hit) => hit.run().await,
            None => {
                queue.idle.set(queue.idle.get() + 1);
                queue.hit_added.notified().await;
            }
        }
    }
}
