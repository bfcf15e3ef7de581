//! Apart: records folded on a thread of their own, beside what the reading folds meanwhile.

use std::panic;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::app::input::merge::{Kept, Round};

/// Rounds that wait at most: more would only take memory.
const MOST_WAITING: usize = 2;

/// Something that records are folded into on a thread of its own.
pub struct Apart<T> {
    jobs: SyncSender<Job>,
    folded: Arc<Mutex<T>>,
    /// None once it was seen to be over.
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the thread is asked for.
enum Job {
    /// To fold records.
    Fold(Kept),
    /// To say when all before it is done.
    Tell(Sender<()>),
}

impl<T: Send + 'static> Apart<T> {
    /// Begins to fold rounds into something, in their order.
    pub fn start(begin: T, fold: impl Fn(&mut T, &Round<'_>) + Send + 'static) -> Self {
        let (jobs, asked) = mpsc::sync_channel(MOST_WAITING);
        let folded = Arc::new(Mutex::new(begin));
        let shared = Arc::clone(&folded);
        let thread = thread::spawn(move || work(&asked, &shared, fold));
        Self { jobs, folded, thread: Mutex::new(Some(thread)) }
    }

    /// Has a round folded, and waits where too many lie ready.
    ///
    /// # Panics
    ///
    /// Where the thread did, here and in all that follows, so that a part is not taken for the whole.
    pub fn add(&self, round: &Round<'_>) {
        self.ask(Job::Fold(round.kept()));
    }

    /// Waits until all is folded, and looks at what it has become.
    pub fn look(&self) -> MutexGuard<'_, T> {
        let (done, told) = mpsc::channel();
        self.ask(Job::Tell(done));
        if told.recv().is_err() {
            self.break_down();
        }
        lock(&self.folded)
    }

    /// Changes what records are to be folded into.
    pub fn set(&self, change: impl FnOnce(&mut T)) {
        change(&mut self.look());
    }

    fn ask(&self, job: Job) {
        if self.jobs.send(job).is_err() {
            self.break_down();
        }
    }

    /// Goes on with the panic of the thread.
    fn break_down(&self) -> ! {
        let thread = lock(&self.thread).take();
        let end = thread.map_or(Ok(()), JoinHandle::join);
        end.unwrap_or_else(|panic| panic::resume_unwind(panic));
        panic!("the thread that folds ends only when nobody asks it any more");
    }
}

fn work<T>(asked: &Receiver<Job>, folded: &Mutex<T>, fold: impl Fn(&mut T, &Round<'_>)) {
    for job in asked {
        match job {
            Job::Fold(kept) => fold(&mut lock(folded), &kept.round()),
            // Whoever asked may be gone.
            Job::Tell(done) => drop(done.send(())),
        }
    }
}

/// A panic is handed on by [`Apart::break_down`].
fn lock<T>(folded: &Mutex<T>) -> MutexGuard<'_, T> {
    folded.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use drumfire::record::{Batch, BatchBuilder, Record};

    use super::*;

    /// Returns a batch of so many hits.
    fn batch(hits: u64) -> Batch {
        let mut builder = BatchBuilder::new();
        (0..hits).for_each(|seq| builder.push(&Record { seq, ..Record::default() }));
        builder.finish()
    }

    #[test]
    fn a_look_sees_all_that_was_added() {
        let count = |count: &mut usize, round: &Round<'_>| *count += round.len();
        let apart = Apart::start(0, count);
        for rounds in 1..=20 {
            apart.add(&Round::of(&batch(3)));
            assert_eq!(*apart.look(), 3 * rounds);
        }
        apart.set(|count| *count = 0);
        assert_eq!(*apart.look(), 0);
    }

    #[test]
    #[should_panic(expected = "folding broke")]
    fn a_panic_of_the_folding_is_handed_on() {
        let apart = Apart::start((), |(), _| panic!("folding broke"));
        apart.add(&Round::of(&batch(1)));
        drop(apart.look());
    }
}
