//! What waits to be sent on a socket: answers and broadcasts, each until it is due.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::rc::Rc;
use std::task::Waker;

use tokio::time::Instant;
use tokio_websockets::{CloseCode, Message};

use crate::serve::websocket::journal::Entry;
use crate::serve::websocket::tokens::Tokens;

/// Number of messages that may wait for a socket.
pub(super) const MAX_MESSAGES: usize = 10_000;

/// Number of bytes that may wait for a socket.
const MAX_BYTES: usize = 64 << 20;

/// Number of messages for which an idle socket keeps memory.
const KEPT: usize = 16;

/// A message, or several, that wait.
pub(super) struct Outgoing {
    pub(super) content: Content,
    /// The message that is answered. None without a log.
    pub(super) entry: Option<Rc<Entry>>,
}

/// What is sent.
pub(super) enum Content {
    Message(Message),
    /// A message now, and the next ones later.
    Tokens(Tokens),
    /// A close in place of an answer.
    Close(End),
}

impl Content {
    /// Returns the size of what is kept, in bytes.
    fn size(&self) -> usize {
        match self {
            Self::Message(message) => message.as_payload().len(),
            Self::Tokens(tokens) => tokens.size(),
            Self::Close(_) => 0,
        }
    }
}

/// The end of a socket by the server.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) code: CloseCode,
    pub(super) reason: Cow<'static, str>,
}

/// Whether something may be added.
#[derive(Default)]
enum State {
    #[default]
    Open,
    /// The server ends the socket.
    Ending(End),
    /// A close frame has been sent or received.
    Shut,
}

/// What the other sockets, and the server, know of a socket.
#[derive(Default)]
pub(super) struct Link {
    queue: RefCell<Queue>,
    state: RefCell<State>,
    /// Wakes the task of the socket. None before it waits.
    waker: Cell<Option<Waker>>,
}

#[derive(Default)]
struct Queue {
    waiting: BinaryHeap<Reverse<Waiting>>,
    n_bytes: usize,
    /// The latest instant at which something became due.
    last_due: Option<Instant>,
    /// Number of the next message.
    next: u64,
}

struct Waiting {
    due: Instant,
    /// Of two that are due at the same instant, the one that was added first comes first.
    number: u64,
    outgoing: Outgoing,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.due, self.number).cmp(&(other.due, other.number))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}

impl Link {
    /// Adds what the socket itself sends. It is not sent before what was added earlier, unless it
    /// is overtaking.
    pub(super) fn push(&self, due: Instant, is_overtaking: bool, outgoing: Outgoing) {
        let queue = &mut *self.queue.borrow_mut();
        let due = match queue.last_due {
            Some(last) if !is_overtaking => due.max(last),
            _ => due,
        };
        queue.last_due = Some(queue.last_due.map_or(due, |last| last.max(due)));
        queue.add(due, outgoing);
    }

    /// Adds the rest of something that has been sent in part.
    pub(super) fn push_rest(&self, due: Instant, outgoing: Outgoing) {
        self.queue.borrow_mut().add(due, outgoing);
    }

    /// Adds what another socket sends to this one. A socket for which too much waits is ended.
    pub(super) fn deliver(&self, due: Instant, is_overtaking: bool, outgoing: Outgoing) {
        if !matches!(*self.state.borrow(), State::Open) {
            return;
        }
        if self.is_full() {
            self.end(CloseCode::POLICY_VIOLATION, "too slow: 10000 messages or 64 MiB wait");
        } else {
            self.push(due, is_overtaking, outgoing);
            self.wake();
        }
    }

    /// Ends the socket: nothing that waits is sent. Only the first end counts.
    pub(super) fn end(&self, code: CloseCode, reason: &'static str) {
        let state = &mut *self.state.borrow_mut();
        if matches!(state, State::Open) {
            *state = State::Ending(End { code, reason: reason.into() });
            self.clear();
            self.wake();
        }
    }

    /// Returns how the server ends the socket. None if it does not, or has done so.
    pub(super) fn ending(&self) -> Option<End> {
        match &*self.state.borrow() {
            State::Ending(end) => Some(end.clone()),
            State::Open | State::Shut => None,
        }
    }

    /// Notes that a close frame has been sent or received: nothing more is sent.
    pub(super) fn shut(&self) {
        self.state.replace(State::Shut);
        self.clear();
    }

    fn clear(&self) {
        // Entries are logged when they are dropped, after the queue is no longer borrowed.
        let waiting = {
            let queue = &mut *self.queue.borrow_mut();
            queue.n_bytes = 0;
            std::mem::take(&mut queue.waiting)
        };
        drop(waiting);
    }

    /// Returns whether nothing may be added.
    pub(super) fn is_full(&self) -> bool {
        let queue = self.queue.borrow();
        queue.waiting.len() >= MAX_MESSAGES || queue.n_bytes >= MAX_BYTES
    }

    /// Returns when the next message is due. None if nothing waits.
    pub(super) fn first_due(&self) -> Option<Instant> {
        self.queue.borrow().waiting.peek().map(|Reverse(first)| first.due)
    }

    /// Takes the next message if it is due, with the instant since when.
    pub(super) fn pop(&self, now: Instant) -> Option<(Instant, Outgoing)> {
        let queue = &mut *self.queue.borrow_mut();
        queue.waiting.peek().filter(|Reverse(first)| first.due <= now)?;
        let Reverse(first) = queue.waiting.pop()?;
        queue.n_bytes -= first.outgoing.content.size();
        if queue.waiting.is_empty() {
            queue.waiting.shrink_to(KEPT);
        }
        Some((first.due, first.outgoing))
    }

    /// Notes the task that waits for messages.
    pub(super) fn listen(&self, waker: &Waker) {
        let known = self.waker.take().filter(|known| known.will_wake(waker));
        self.waker.set(Some(known.unwrap_or_else(|| waker.clone())));
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Queue {
    fn add(&mut self, due: Instant, outgoing: Outgoing) {
        self.n_bytes += outgoing.content.size();
        let number = self.next;
        self.next += 1;
        self.waiting.push(Reverse(Waiting { due, number, outgoing }));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::now;

    fn text(text: &str) -> Outgoing {
        let content = Content::Message(Message::text(text.to_owned()));
        Outgoing { content, entry: None }
    }

    /// Returns the texts that are due within a second, in order.
    fn sent(link: &Link) -> Vec<String> {
        let end = now() + Duration::from_secs(1);
        let texts = std::iter::from_fn(|| link.pop(end)).map(|(_, it)| match it.content {
            Content::Message(message) => message.as_text().unwrap().to_owned(),
            _ => unreachable!("only messages are added"),
        });
        texts.collect()
    }

    #[test]
    fn messages_keep_their_order_unless_they_may_overtake() {
        for (is_overtaking, expected) in [(false, ["a", "b", "c"]), (true, ["b", "c", "a"])] {
            let (link, start) = (Link::default(), now());
            for (name, ms) in [("a", 30), ("b", 10), ("c", 20)] {
                link.push(start + Duration::from_millis(ms), is_overtaking, text(name));
            }
            link.push(start + Duration::from_secs(60), is_overtaking, text("later"));
            assert_eq!(sent(&link), expected);
            assert_eq!(link.first_due(), Some(start + Duration::from_secs(60)));
        }
    }

    #[test]
    fn a_socket_for_which_too_much_waits_is_ended() {
        let link = Link::default();
        for _ in 0..MAX_MESSAGES {
            link.deliver(now(), false, text("a"));
        }
        assert!(link.is_full() && link.ending().is_none());
        link.deliver(now(), false, text("b"));
        assert_eq!(link.ending().map(|end| end.code), Some(CloseCode::POLICY_VIOLATION));
        // What waited is gone, and nothing more is taken.
        link.deliver(now(), false, text("c"));
        assert!(link.first_due().is_none() && !link.is_full());
    }

    #[test]
    fn bytes_count_too() {
        let link = Link::default();
        let large = "x".repeat(MAX_BYTES / 2);
        link.deliver(now(), false, text(&large));
        assert!(!link.is_full());
        link.deliver(now(), false, text(&large));
        assert!(link.is_full());
        link.pop(now()).unwrap();
        assert!(!link.is_full());
    }
}
