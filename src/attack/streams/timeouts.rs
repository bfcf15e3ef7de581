//! Limits of one length on many waits of an engine, with one timer.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::clock;

/// Something that waits, such as a message without a reply.
pub trait Waiting {
    /// Returns whether it still waits.
    fn is_waiting(&self) -> bool;
}

/// The limits of many waits.
///
/// All have the same length, so that they expire in the order in which they began. The queue begins
/// with something that still waits: it is as short as the waits in progress allow.
pub struct Timeouts<W> {
    /// None for no timeout.
    length: Option<Duration>,
    queue: RefCell<VecDeque<Deadline<W>>>,
    /// Notified when the first wait is added to an empty queue.
    is_first: Notify,
}

/// When a wait expires.
struct Deadline<W> {
    at: Instant,
    waiting: W,
}

impl<W: Waiting> Timeouts<W> {
    /// Returns timeouts of a length. None for no timeout.
    pub fn new(length: Option<Duration>) -> Self {
        Self { length, queue: RefCell::default(), is_first: Notify::new() }
    }

    /// Adds a wait that began, not before any other one.
    pub fn add(&self, began: Instant, waiting: W) {
        let Some(at) = self.length.and_then(|length| began.checked_add(length)) else { return };
        let mut queue = self.queue.borrow_mut();
        while queue.front().is_some_and(|first| !first.waiting.is_waiting()) {
            queue.pop_front();
        }
        if queue.is_empty() {
            self.is_first.notify_one();
        }
        queue.push_back(Deadline { at, waiting });
    }

    /// Passes on each wait that is not over at its deadline; never returns.
    pub async fn run(&self, mut expire: impl FnMut(W)) {
        loop {
            let now = clock::now();
            while let Some(due) = self.take_due(now) {
                if due.waiting.is_waiting() {
                    expire(due.waiting);
                }
            }
            let first = self.queue.borrow().front().map(|first| first.at);
            match first {
                Some(at) => clock::pause(at - now).await,
                None => self.is_first.notified().await,
            }
        }
    }

    /// Removes the first wait if its deadline has come.
    fn take_due(&self, now: Instant) -> Option<Deadline<W>> {
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
    use std::rc::Rc;

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

    /// A message on a stream.
    struct Sent(Rc<Stream>, u64);

    impl Waiting for Sent {
        fn is_waiting(&self) -> bool {
            self.0.waiting.borrow().contains(&self.1)
        }
    }

    fn expire(Sent(stream, message): Sent) {
        let after = (clock::now() - stream.began).as_millis();
        stream.waiting.borrow_mut().remove(&message);
        stream.expired.borrow_mut().push((message, after));
    }

    /// Releases messages on some streams in turn, 10 ms apart.
    async fn release(timeouts: &Timeouts<Sent>, streams: &[Rc<Stream>], messages: Range<u64>) {
        for message in messages {
            let stream = &streams[message as usize % streams.len()];
            stream.waiting.borrow_mut().insert(message);
            timeouts.add(clock::now(), Sent(stream.clone(), message));
            clock::pause(10 * MS).await;
        }
    }

    /// Runs timeouts until `work` is over.
    async fn run_during(timeouts: &Timeouts<Sent>, work: impl Future<Output = ()>) {
        tokio::select! {
            biased;
            () = timeouts.run(expire) => {}
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
        assert!(Sent(stream[0].clone(), 0).is_waiting());
    }
}
