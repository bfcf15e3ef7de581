//! A pool of tasks that send hits.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::rc::Rc;

use tokio::sync::Notify;
use tokio::task;

/// A hit that a task sends.
pub trait Job {
    /// Sends the hit and waits until it is over.
    fn run(self) -> impl Future<Output = ()>;
}

/// Sends hits, any number at a time.
///
/// A task whose hit is over takes the next one, so that most hits need no new task. The pool grows
/// to the greatest number of hits in flight.
pub struct TaskPool<J>(Rc<Queue<J>>);

/// The hits that wait for a task, and the tasks that wait for a hit.
struct Queue<J> {
    /// Hits that no task has taken.
    hits: RefCell<VecDeque<J>>,
    /// Waiting tasks that have not been notified.
    idle: Cell<usize>,
    hit_added: Notify,
}

impl<J> Default for TaskPool<J> {
    fn default() -> Self {
        let (hits, idle) = (RefCell::default(), Cell::default());
        Self(Rc::new(Queue { hits, idle, hit_added: Notify::new() }))
    }
}

impl<J> Clone for TaskPool<J> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<J: Job + 'static> TaskPool<J> {
    /// Sends a hit, by an idle task or a new one.
    pub fn send(&self, hit: J) {
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
async fn send_hits<J: Job>(queue: Rc<Queue<J>>) {
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
