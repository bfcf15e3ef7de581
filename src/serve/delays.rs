//! The delays of all responses, which one precise alarm ends.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::clock::{self, Alarm};

/// Responses that wait for their instants. A connection with HTTP/2 has many of them at once, so
/// that an alarm for each would take too many file descriptors.
#[derive(Default)]
pub(super) struct Delays {
    waiting: RefCell<BTreeMap<Key, Waker>>,
    /// Number of the next delay, so that two of the same instant differ.
    next: Cell<u64>,
    /// Notified if a delay ends before all others.
    sooner: Notify,
}

/// The end of a delay, and its number.
type Key = (Instant, u64);

impl Delays {
    /// Waits until an instant; returns immediately if it is past. Needs [`Delays::run`].
    pub(super) fn until(&self, instant: Instant) -> Wait<'_> {
        let number = self.next.replace(self.next.get() + 1);
        Wait { delays: self, key: (instant, number) }
    }

    /// Ends the delays when they are due, forever.
    pub(super) async fn run(&self, mut alarm: Alarm) {
        loop {
            let first = self.waiting.borrow().first_key_value().map(|((instant, _), _)| *instant);
            match first {
                Some(instant) => tokio::select! {
                    () = alarm.until(instant) => self.wake(),
                    () = self.sooner.notified() => (),
                },
                None => self.sooner.notified().await,
            }
        }
    }

    /// Wakes all that are due.
    fn wake(&self) {
        let now = clock::now();
        while let Some(first) = self.waiting.borrow_mut().first_entry()
            && first.key().0 <= now
        {
            first.remove().wake();
        }
    }

    fn add(&self, key: Key, waker: &Waker) {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.first_key_value().is_none_or(|(first, _)| key < *first) {
            self.sooner.notify_one();
        }
        waiting.insert(key, waker.clone());
    }
}

/// A delay in progress.
pub(super) struct Wait<'a> {
    delays: &'a Delays,
    key: Key,
}

impl Wait<'_> {
    /// Returns the instant at which it ends.
    pub(super) fn end(&self) -> Instant {
        self.key.0
    }
}

impl Future for Wait<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if clock::now() >= self.key.0 {
            return Poll::Ready(());
        }
        self.delays.add(self.key, context.waker());
        Poll::Pending
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.delays.waiting.borrow_mut().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::now;

    #[tokio::test(start_paused = true)]
    async fn delays_end_in_the_order_of_their_instants() {
        let delays = Delays::default();
        let ended = RefCell::new(Vec::new());
        let start = now();
        let wait = async |ms: u64| {
            delays.until(start + Duration::from_millis(ms)).await;
            assert_eq!(now(), start + Duration::from_millis(ms));
            ended.borrow_mut().push(ms);
        };
        let all = async {
            tokio::join!(wait(30), wait(10), wait(20), wait(10), wait(0));
            // After a pause without any delay.
            tokio::join!(wait(50), wait(40));
        };
        tokio::select! {
            () = all => (),
            () = delays.run(Alarm::coarse()) => unreachable!("it runs forever"),
        }
        assert_eq!(*ended.borrow(), [0, 10, 10, 20, 30, 40, 50]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_delay_is_forgotten() {
        let delays = Delays::default();
        let start = now();
        let far = delays.until(start + Duration::from_secs(3600));
        let dropped = clock::limit(Some(start + Duration::from_millis(5)), far).await;
        assert_eq!((dropped, delays.waiting.borrow().len()), (None, 0));
    }
}
