//! The flows of an engine that wait for their next step, in the order in which they are due.
//!
//! A flow that waits is an entry of a heap, not a task: one task wakes all of them, with the
//! precision and the limits of the dispatch loop.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task;
use tokio::time::Instant;

use crate::attack::admission::{Admission, Permit};
use crate::attack::dispatch::{BURST, GRAIN, wake_at};
use crate::client::Readiness;
use crate::clock::{self, Alarm};

/// What waits until an instant.
struct Entry<T> {
    due: Instant,
    /// Number of the entry, which puts those of the same instant in order.
    number: u64,
    waiting: T,
}

impl<T> Entry<T> {
    fn key(&self) -> (Instant, u64) {
        (self.due, self.number)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The entry that is due first is the greatest.
impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

/// What waits, in the order in which it is due.
pub struct Agenda<T> {
    state: RefCell<State<T>>,
    /// Notified when an entry is due before all others.
    is_earlier: Notify,
}

struct State<T> {
    entries: BinaryHeap<Entry<T>>,
    /// Number of entries so far.
    n_added: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        let state = State { entries: BinaryHeap::new(), n_added: 0 };
        Self { state: RefCell::new(state), is_earlier: Notify::new() }
    }
}

impl<T> Agenda<T> {
    /// Adds an entry that is due at an instant.
    pub fn add(&self, due: Instant, waiting: T) {
        let mut state = self.state.borrow_mut();
        let is_earlier = state.entries.peek().is_none_or(|first| due < first.due);
        let number = state.n_added;
        state.n_added += 1;
        state.entries.push(Entry { due, number, waiting });
        if is_earlier {
            self.is_earlier.notify_one();
        }
    }

    /// Removes all entries and returns them, in no order.
    pub fn take_all(&self) -> Vec<T> {
        let entries = std::mem::take(&mut self.state.borrow_mut().entries);
        entries.into_iter().map(|entry| entry.waiting).collect()
    }

    /// Calls `release` for each entry when it is due and within the limits; never returns.
    pub async fn run(
        &self,
        alarm: &mut Alarm,
        admission: &Admission,
        readiness: &Readiness,
        mut release: impl FnMut(T, Permit),
    ) {
        let grain = if alarm.only_polls() { Duration::ZERO } else { GRAIN };
        let mut last_wake = clock::now();
        loop {
            let now = clock::now();
            let mut n_released = 0;
            while n_released < BURST
                && let Some(waiting) = self.take_due(now)
            {
                let permit = match admission.try_admit() {
                    Some(permit) => permit,
                    None => admission.admit().await,
                };
                release(waiting, permit);
                n_released += 1;
            }
            match self.next_due() {
                // More steps are due, but responses come first while a request waits.
                Some(due) if due <= now => readiness.poll_while_hits_wait().await,
                // Setting a timer takes time, so the released steps go first.
                _ if n_released > 0 => task::yield_now().await,
                Some(due) => {
                    let wake = due.max(last_wake + grain);
                    // An earlier entry ends the sleep, and is not delayed by it.
                    if self.sleep(alarm, wake, wake == due).await {
                        last_wake = wake;
                    }
                }
                None => self.is_earlier.notified().await,
            }
        }
    }

    /// Sleeps until an instant. Returns false if an earlier entry is added first.
    async fn sleep(&self, alarm: &mut Alarm, wake: Instant, is_due: bool) -> bool {
        tokio::select! {
            biased;
            () = self.is_earlier.notified() => false,
            () = wake_at(alarm, wake, is_due) => true,
        }
    }

    fn next_due(&self) -> Option<Instant> {
        self.state.borrow().entries.peek().map(|first| first.due)
    }

    /// Removes the first entry if it is due.
    fn take_due(&self, now: Instant) -> Option<T> {
        let mut state = self.state.borrow_mut();
        state.entries.peek().filter(|first| first.due <= now)?;
        state.entries.pop().map(|entry| entry.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;
    use std::sync::Arc;

    const MS: Duration = Duration::from_millis(1);

    /// Runs an agenda for a second, to which `fill` adds entries. Returns each entry with the time
    /// when it was released, in ms.
    async fn released(
        in_flight: Option<u64>,
        fill: impl AsyncFnOnce(&Agenda<&'static str>, Instant),
    ) -> Vec<(&'static str, u128)> {
        let agenda = Rc::new(Agenda::default());
        let start = clock::now();
        let (mut seen, mut kept) = (Vec::new(), Vec::new());
        let admission = Admission::new(in_flight, Arc::default());
        let readiness = Readiness::default();
        let mut alarm = Alarm::coarse();
        let run = agenda.run(&mut alarm, &admission, &readiness, |name, permit| {
            // Tokio's timer rounds up to whole milliseconds.
            seen.push((name, (clock::now() - start).as_millis() / 10 * 10));
            kept.push(permit);
        });
        let both = async { tokio::join!(run, fill(&agenda, start)) };
        assert!(clock::limit(Some(start + 1_000 * MS), both).await.is_none());
        seen
    }

    #[tokio::test(start_paused = true)]
    async fn entries_are_released_when_due_whatever_their_order() {
        let seen = released(None, async |agenda, start| {
            agenda.add(start + 50 * MS, "late");
            agenda.add(start + 10 * MS, "early");
            agenda.add(start + 50 * MS, "latest");
            clock::pause(20 * MS).await;
            // It is due before the entry that the agenda waits for.
            agenda.add(start + 30 * MS, "between");
            // It was due before it was added.
            clock::pause(20 * MS).await;
            agenda.add(start, "overdue");
        })
        .await;
        let expected =
            [("early", 10), ("between", 30), ("overdue", 40), ("late", 50), ("latest", 50)];
        assert_eq!(seen, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn an_entry_over_the_limit_waits_and_is_not_dropped() {
        let seen = released(Some(2), async |agenda, start| {
            ["a", "b", "c"].into_iter().for_each(|name| agenda.add(start + 10 * MS, name));
        })
        .await;
        assert_eq!(seen, [("a", 10), ("b", 10)]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_still_waits_can_be_taken() {
        let agenda = Agenda::default();
        let start = clock::now();
        agenda.add(start + MS, "a");
        agenda.add(start, "b");
        let mut left = agenda.take_all();
        left.sort_unstable();
        assert_eq!(left, ["a", "b"]);
        assert!(agenda.take_all().is_empty());
    }
}
