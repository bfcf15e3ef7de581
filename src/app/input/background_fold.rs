//! Folds records on a background thread while the reader folds others.

use std::panic;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::app::input::merge::Round;

/// Upper bound on queued rounds. A deeper queue would only use memory.
const MAX_QUEUED: usize = 2;

/// A value that records are folded into on a background thread.
pub struct BackgroundFold<T> {
    jobs: SyncSender<Job>,
    value: Arc<Mutex<T>>,
    /// None after the thread was joined.
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// A job for the thread.
enum Job {
    /// Folds records.
    Fold(Round),
    /// Sends a notice when all earlier jobs are done.
    Notify(Sender<()>),
}

impl<T: Send + 'static> BackgroundFold<T> {
    /// Starts the thread, which folds rounds into `value` in their order.
    pub fn start(value: T, fold: impl Fn(&mut T, &Round) + Send + 'static) -> Self {
        let (jobs, queue) = mpsc::sync_channel(MAX_QUEUED);
        let value = Arc::new(Mutex::new(value));
        let shared = Arc::clone(&value);
        let thread = thread::spawn(move || work(&queue, &shared, fold));
        Self { jobs, value, thread: Mutex::new(Some(thread)) }
    }

    /// Queues a round, and waits while the queue is full.
    ///
    /// # Panics
    ///
    /// If the thread panicked, as all methods do, so that a part of the records is not mistaken for
    /// all of them.
    pub fn add(&self, round: &Round) {
        self.send(Job::Fold(round.clone()));
    }

    /// Waits until all queued rounds are folded, and returns the value.
    pub fn get(&self) -> MutexGuard<'_, T> {
        let (done, notice) = mpsc::channel();
        self.send(Job::Notify(done));
        if notice.recv().is_err() {
            self.resume_panic();
        }
        lock(&self.value)
    }

    fn send(&self, job: Job) {
        if self.jobs.send(job).is_err() {
            self.resume_panic();
        }
    }

    /// Continues the panic of the thread.
    fn resume_panic(&self) -> ! {
        let thread = lock(&self.thread).take();
        let end = thread.map_or(Ok(()), JoinHandle::join);
        end.unwrap_or_else(|panic| panic::resume_unwind(panic));
        panic!("the background thread ends only when its queue is closed");
    }
}

fn work<T>(queue: &Receiver<Job>, value: &Mutex<T>, fold: impl Fn(&mut T, &Round)) {
    for job in queue {
        match job {
            Job::Fold(round) => fold(&mut lock(value), &round),
            // The receiver of the notice may be gone.
            Job::Notify(done) => drop(done.send(())),
        }
    }
}

/// Locks a value. [`BackgroundFold::resume_panic`] passes panics on, so a poisoned lock is ignored.
fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use drumfire::record::{Batch, BatchBuilder, Record};

    use super::*;

    /// Returns a batch with a number of hits.
    fn batch(hits: u64) -> Batch {
        let mut builder = BatchBuilder::new();
        (0..hits).for_each(|seq| builder.push(&Record { seq, ..Record::default() }));
        builder.finish()
    }

    #[test]
    fn the_value_contains_all_queued_rounds() {
        let count = |count: &mut usize, round: &Round| *count += round.len();
        let records = BackgroundFold::start(0, count);
        for rounds in 1..=20 {
            records.add(&Round::of(batch(3)));
            assert_eq!(*records.get(), 3 * rounds);
        }
        *records.get() = 0;
        assert_eq!(*records.get(), 0);
    }

    #[test]
    #[should_panic(expected = "folding broke")]
    fn a_panic_of_the_thread_is_passed_on() {
        let records = BackgroundFold::start((), |(), _| panic!("folding broke"));
        records.add(&Round::of(batch(1)));
        drop(records.get());
    }
}
