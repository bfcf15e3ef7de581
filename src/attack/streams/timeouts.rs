//! The timeouts of all messages of an engine, with one timer.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::clock;

/// Something with messages that wait for replies.
pub trait Waits {
    /// Returns whether a message waits for its reply.
    fn is_waiting(&self, message: u64) -> bool;

    /// Ends the wait of a message, if it still waits.
    fn expire(&self, message: u64);
}

/// The timeouts of all messages of an engine.
///
/// All have the same length, so that they expire in the order in which the messages were released.
/// The queue begins with a message that still waits: it is as short as the messages in flight
/// allow.
pub struct Timeouts<S> {
    /// None for no timeout.
    length: Option<Duration>,
    queue: RefCell<VecDeque<Deadline<S>>>,
    /// Notified when the first message is added to an empty queue.
    is_first: Notify,
}

/// When a message stops waiting.
struct Deadline<S> {
    at: Instant,
    stream: Rc<S>,
    message: u64,
}

impl<S: Waits> Timeouts<S> {
    /// Returns timeouts of a length. None for no timeout.
    pub fn new(length: Option<Duration>) -> Self {
        Self { length, queue: RefCell::default(), is_first: Notify::new() }
    }

    /// Adds a message that was released, not before any other one, and waits on a stream.
    pub fn add(&self, released: Instant, stream: &Rc<S>, message: u64) {
        let Some(at) = self.length.and_then(|length| released.checked_add(length)) else { return };
        let mut queue = self.queue.borrow_mut();
        while queue.front().is_some_and(|first| !first.stream.is_waiting(first.message)) {
            queue.pop_front();
        }
        if queue.is_empty() {
            self.is_first.notify_one();
        }
        queue.push_back(Deadline { at, stream: stream.clone(), message });
    }

    /// Ends the wait of each message at its deadline; never returns.
    pub async fn run(&self) {
        loop {
            let now = clock::now();
            while let Some(due) = self.take_due(now) {
                due.stream.expire(due.message);
            }
            let first = self.queue.borrow().front().map(|first| first.at);
            match first {
                Some(at) => clock::pause(at - now).await,
                None => self.is_first.notified().await,
            }
        }
    }

    /// Removes the first message if its deadline has come.
    fn take_due(&self, now: Instant) -> Option<Deadline<S>> {
        let mut queue = self.queue.borrow_mut();
        queue.front().filter(|first| first.at <= now)?;
        queue.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::ops::Range;

    const MS: Duration = Duration::from_millis(1);

    /// A stream that notes which messages expire, and when, in ms.
    struct Stream {
        began: Instant,
        waiting: RefCell<BTreeSet<u64>>,
        expired: RefCell<Vec<(u64, u128)>>,
    }

    impl Stream {
        fn new() -> Rc<Self> {
            let (waiting, expired) = Default::default();
            Rc::new(Self { began: clock::now(), waiting, expired })
        }

        fn answer(&self, message: u64) {
            self.waiting.borrow_mut().remove(&message);
        }
    }

    impl Waits for Stream {
        fn is_waiting(&self, message: u64) -> bool {
            self.waiting.borrow().contains(&message)
        }

        fn expire(&self, message: u64) {
            if self.waiting.borrow_mut().remove(&message) {
                self.expired.borrow_mut().push((message, (clock::now() - self.began).as_millis()));
            }
        }
    }

    /// Releases messages on some streams in turn, 10 ms apart.
    async fn release(timeouts: &Timeouts<Stream>, streams: &[Rc<Stream>], messages: Range<u64>) {
        for message in messages {
            let stream = &streams[message as usize % streams.len()];
            stream.waiting.borrow_mut().insert(message);
            timeouts.add(clock::now(), stream, message);
            clock::pause(10 * MS).await;
        }
    }

    /// Runs timeouts until `work` is over.
    async fn run_during(timeouts: &Timeouts<Stream>, work: impl Future<Output = ()>) {
        tokio::select! {
            biased;
            () = timeouts.run() => {}
            () = work => {}
        }
    }

    #[tokio::test(start_paused = true)]
    async fn messages_expire_one_timeout_after_their_release() {
        let timeouts = Timeouts::new(Some(100 * MS));
        let streams = [Stream::new(), Stream::new()];
        run_during(&timeouts, async {
            release(&timeouts, &streams, 0..4).await;
            // Message 1 is answered in time, and message 3 just before its deadline.
            streams[1].answer(1);
            clock::pause(80 * MS).await;
            streams[1].answer(3);
            clock::pause(500 * MS).await;
        })
        .await;
        assert_eq!(*streams[0].expired.borrow(), [(0, 100), (2, 120)]);
        assert!(streams[1].expired.borrow().is_empty());
        assert!(timeouts.queue.borrow().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn answered_messages_leave_the_queue() {
        let timeouts = Timeouts::new(Some(100_000 * MS));
        let stream = [Stream::new()];
        run_during(&timeouts, async {
            release(&timeouts, &stream, 0..5).await;
            (0..5).for_each(|message| stream[0].answer(message));
            release(&timeouts, &stream, 5..6).await;
        })
        .await;
        assert_eq!(timeouts.queue.borrow().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_timeout_messages_wait_forever() {
        let timeouts = Timeouts::new(None);
        let stream = [Stream::new()];
        run_during(&timeouts, async {
            release(&timeouts, &stream, 0..1).await;
            clock::pause(1_000_000 * MS).await;
        })
        .await;
        assert!(stream[0].is_waiting(0));
    }
}
