//! A long-lived stream of an engine: the messages that wait for it, and those without a reply.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::mem;
use std::rc::Rc;

use tokio::time::Instant;

use crate::attack::streams::flight::{Flight, Label};
use crate::attack::streams::outlet::Outlet;
use crate::attack::streams::timeouts::Waits;
use crate::attack::streams::unanswered::{Match, Unanswered};
use crate::client::Reply;
use crate::clock;

/// Why messages get no reply if the server ends their stream without an error.
const ENDED: &str = "the server ended the stream before its reply";

/// A long-lived stream.
pub struct LongStream<S: Outlet> {
    /// What its records have in common.
    pub label: Rc<Label>,
    texts: Rc<TimeoutTexts>,
    state: RefCell<State<S>>,
}

/// The errors of messages that have waited too long.
pub struct TimeoutTexts {
    /// The message was sent.
    pub no_reply: String,
    /// The message waited for its stream.
    pub not_open: String,
}

struct State<S: Outlet> {
    phase: Phase<S>,
    /// When this side ended the stream. None before.
    closed: Option<Instant>,
    /// Messages that wait for the stream, in the order of their release.
    waiting: VecDeque<(Flight, S::Message)>,
    unanswered: Unanswered<Flight>,
    traffic: Traffic,
}

enum Phase<S> {
    /// The stream is not open yet.
    Opening,
    /// Messages can be sent.
    Open(S),
    /// The stream has ended, with this error.
    Ended(Rc<str>),
}

/// How many messages a stream has carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Messages sent.
    pub n_out: u32,
    /// Messages received, also those that are no replies.
    pub n_in: u32,
}

impl<S: Outlet> LongStream<S> {
    /// Returns a stream that is not open yet.
    pub fn new(label: Rc<Label>, texts: Rc<TimeoutTexts>) -> Self {
        let state = State {
            phase: Phase::Opening,
            closed: None,
            waiting: VecDeque::new(),
            unanswered: Unanswered::default(),
            traffic: Traffic::default(),
        };
        Self { label, texts, state: RefCell::new(state) }
    }

    /// Sends a message, or lets it wait until the stream is open. On a stream that has ended, the
    /// message fails.
    pub fn send(&self, flight: Flight, message: S::Message) {
        let mut state = self.state.borrow_mut();
        match &state.phase {
            Phase::Opening => state.waiting.push_back((flight, message)),
            Phase::Open(_) => hand_over(&mut state, flight, &message),
            Phase::Ended(error) => {
                let error = error.clone();
                drop(state);
                flight.fail(&error);
            }
        }
    }

    /// Opens the stream, and sends the messages that have waited for it.
    pub fn open(&self, mut outlet: S) {
        let now = clock::now();
        let mut state = self.state.borrow_mut();
        if state.closed.is_some() {
            outlet.end();
        }
        state.phase = Phase::Open(outlet);
        for (mut flight, message) in mem::take(&mut state.waiting) {
            flight.set_opened(now);
            hand_over(&mut state, flight, &message);
        }
    }

    /// Takes a message of the server: the reply to the first message without one.
    pub fn receive(&self, reply: Reply) {
        let mut state = self.state.borrow_mut();
        state.traffic.n_in = state.traffic.n_in.saturating_add(1);
        let matched = state.unanswered.take_next();
        drop(state);
        if let Match::Message(flight) = matched {
            flight.answer(reply);
        }
    }

    /// Ends the stream: its messages fail, and so will all later ones. None if the server reported
    /// no error.
    pub fn end(&self, error: Option<&str>) {
        let error = error.unwrap_or(ENDED);
        let mut state = self.state.borrow_mut();
        state.phase = Phase::Ended(error.into());
        let waiting = mem::take(&mut state.waiting).into_iter().map(|(flight, _)| flight);
        let unanswered = state.unanswered.take_all();
        drop(state);
        unanswered.into_iter().chain(waiting).for_each(|flight| flight.fail(error));
    }

    /// Ends the stream from this side, now or when it is open.
    pub fn close(&self) {
        let mut state = self.state.borrow_mut();
        state.closed.get_or_insert_with(clock::now);
        if let Phase::Open(outlet) = &mut state.phase {
            outlet.end();
        }
    }

    /// Returns when the stream was closed by this side. None if it was not.
    pub fn closed_at(&self) -> Option<Instant> {
        self.state.borrow().closed
    }

    /// Returns how many messages the stream has carried.
    pub fn traffic(&self) -> Traffic {
        self.state.borrow().traffic
    }
}

impl<S: Outlet> Waits for LongStream<S> {
    fn is_waiting(&self, message: u64) -> bool {
        let state = self.state.borrow();
        state.unanswered.is_waiting(message) || position(&state.waiting, message).is_some()
    }

    fn expire(&self, message: u64) {
        let mut state = self.state.borrow_mut();
        let waiting = position(&state.waiting, message);
        let unsent = waiting.and_then(|position| state.waiting.remove(position));
        let unanswered = state.unanswered.give_up(message);
        drop(state);
        // A message that was not sent gets no reply, and so leaves no place in the queue.
        if let Some((flight, _)) = unsent {
            flight.fail(&self.texts.not_open);
        }
        if let Some(flight) = unanswered {
            flight.fail(&self.texts.no_reply);
        }
    }
}

/// Hands a message over to an open stream.
fn hand_over<S: Outlet>(state: &mut State<S>, mut flight: Flight, message: &S::Message) {
    let Phase::Open(outlet) = &mut state.phase else { return };
    // If the stream has just ended, its reader is about to end all messages with the reason.
    if let Ok(sent) = outlet.send(message) {
        flight.set_sent(sent);
        state.traffic.n_out = state.traffic.n_out.saturating_add(1);
    }
    state.unanswered.add(flight.number(), flight);
}

/// Returns the position of a message in a queue in order of numbers.
fn position<M>(queue: &VecDeque<(Flight, M)>, message: u64) -> Option<usize> {
    queue.binary_search_by_key(&message, |(flight, _)| flight.number()).ok()
}

#[cfg(test)]
mod tests;
