//! A long-lived stream of an engine: the messages that wait for it, and those without a reply.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::mem;
use std::rc::Rc;

use tokio::time::Instant;

use crate::attack::streams::fan_out::FanOut;
use crate::attack::streams::flight::{Flight, Label};
use crate::attack::streams::matching::{Expected, Match, Matcher, Unanswered};
use crate::attack::streams::outlet::{Outlet, Payload};
use crate::attack::streams::timeouts::Waiting;
use crate::client::Reply;
use crate::clock;

/// A long-lived stream. It may be opened several times, one after another.
pub struct LongStream<O: Outlet> {
    /// What its records have in common.
    pub label: Rc<Label>,
    rules: Rc<Rules>,
    matcher: Rc<Matcher>,
    state: RefCell<State<O>>,
}

/// What the streams of an engine have in common.
pub struct Rules {
    /// Why messages fail.
    pub texts: Texts,
    /// Messages that wait for deliveries on other streams. None if they wait for replies.
    pub fan_out: Option<Rc<FanOut>>,
}

/// The errors of messages that the server does not answer.
pub struct Texts {
    /// The message was sent, and has waited too long.
    pub no_reply: String,
    /// The message has waited too long for its stream.
    pub not_open: String,
    /// The message has waited too long until the server took others.
    pub not_taken: String,
    /// The server ended the stream without an error.
    pub ended: &'static str,
}

/// Why this side ends a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The attack is over.
    End,
    /// Streams are closed and opened again all the time.
    Churn,
    /// A part of the streams is dropped.
    Drop,
    /// The server does not answer a ping.
    NoPong,
}

/// When and why this side ended a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing {
    pub at: Instant,
    pub cause: Cause,
}

struct State<O: Outlet> {
    phase: Phase<O>,
    /// None until this side ends the stream, and when it is open again.
    closing: Option<Closing>,
    /// Messages that wait for the stream, in the order of their release.
    waiting: VecDeque<(Flight, O::Message)>,
    unanswered: Unanswered<Flight>,
    traffic: Traffic,
    /// How often the stream was opened.
    n_opened: u32,
}

enum Phase<O> {
    /// The stream is not open yet.
    Opening,
    /// Messages can be sent.
    Open(O),
    /// The stream has ended for good, with this error.
    Ended(Rc<str>),
}

/// How many messages a stream has carried since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Messages sent.
    pub n_out: u32,
    /// Messages received, also those that are no replies.
    pub n_in: u32,
}

impl<O: Outlet> LongStream<O> {
    /// Returns a stream that is not open yet.
    pub fn new(label: Rc<Label>, rules: Rc<Rules>, matcher: Rc<Matcher>) -> Self {
        let state = State {
            phase: Phase::Opening,
            closing: None,
            waiting: VecDeque::new(),
            unanswered: Unanswered::default(),
            traffic: Traffic::default(),
            n_opened: 0,
        };
        Self { label, rules, matcher, state: RefCell::new(state) }
    }

    /// Sends a message, or lets it wait until the stream takes it. On a stream that has ended, the
    /// message fails.
    pub fn send(&self, flight: Flight, message: O::Message) {
        let mut state = self.state.borrow_mut();
        match &state.phase {
            Phase::Open(outlet) if state.waiting.is_empty() && state.takes_more(outlet) => {
                self.hand_over(&mut state, flight, &message);
            }
            Phase::Opening | Phase::Open(_) => state.waiting.push_back((flight, message)),
            Phase::Ended(error) => {
                let error = error.clone();
                drop(state);
                flight.fail(&error);
            }
        }
    }

    /// Opens the stream, and sends the messages that have waited for it. The server will reply to
    /// `n_greetings` messages that were sent before.
    pub fn open(&self, mut outlet: O, n_greetings: usize) {
        let now = clock::now();
        let mut state = self.state.borrow_mut();
        match state.closing {
            Some(_) => outlet.end(),
            None if self.matcher.is_order() => state.unanswered.skip(n_greetings),
            None => {}
        }
        state.phase = Phase::Open(outlet);
        state.traffic = Traffic::default();
        state.n_opened += 1;
        state.waiting.iter_mut().for_each(|(flight, _)| flight.set_opened(now));
        self.send_waiting(&mut state);
    }

    /// Goes on after the system has taken bytes that had to wait.
    pub fn written(&self) {
        let mut state = self.state.borrow_mut();
        if matches!(*self.matcher, Matcher::None) {
            while let Some(at) = state.unanswered.first().and_then(Flight::sent_at) {
                let number = state.unanswered.first().map_or(0, Flight::number);
                if let Match::Message(flight) = state.unanswered.take_number(number) {
                    flight.finish(at);
                }
            }
        }
        self.send_waiting(&mut state);
    }

    /// Sends the messages that wait, as many as the stream takes.
    fn send_waiting(&self, state: &mut State<O>) {
        while let Phase::Open(outlet) = &state.phase {
            let next = if state.takes_more(outlet) { state.waiting.pop_front() } else { None };
            let Some((flight, message)) = next else { return };
            self.hand_over(state, flight, &message);
        }
    }

    /// Hands a message over to an open stream.
    fn hand_over(&self, state: &mut State<O>, mut flight: Flight, message: &O::Message) {
        let Phase::Open(outlet) = &mut state.phase else { return };
        let number = flight.number();
        match outlet.send(message) {
            Ok(sent) => flight.set_sent(sent),
            // The reader of the stream is about to end all messages with the reason.
            Err(_) => return state.unanswered.add(number, None, flight),
        }
        state.traffic.n_out = state.traffic.n_out.saturating_add(1);
        if let Some(fan_out) = &self.rules.fan_out {
            return fan_out.wait_for(flight);
        }
        match (self.matcher.expected(message.payload()), flight.sent_at()) {
            (Expected::Nothing, Some(at)) => flight.finish(at),
            (Expected::Nothing, None) => state.unanswered.add(number, None, flight),
            (Expected::Reply(key), _) => state.unanswered.add(number, key, flight),
            (Expected::Never(error), _) => flight.fail(&error),
        }
    }

    /// Takes a message of the server, whose bytes may be more than those kept. Returns how much of
    /// the memory for bodies it holds, if it ended no message.
    pub fn receive(&self, reply: &Reply, bytes: &[u8]) -> usize {
        let mut state = self.state.borrow_mut();
        state.traffic.n_in = state.traffic.n_in.saturating_add(1);
        if let Some(fan_out) = &self.rules.fan_out {
            drop(state);
            fan_out.arrived(&self.label, reply, bytes);
            return reply.body.claimed;
        }
        let mut unclaimed = reply.body.claimed;
        self.matcher.take(&mut state.unanswered, bytes, |flight| {
            flight.answer(reply, mem::take(&mut unclaimed));
        });
        unclaimed
    }

    /// Ends the stream for good: its messages fail, and so will all later ones. None if the server
    /// reported no error.
    pub fn end(&self, error: Option<&str>) {
        let error = error.unwrap_or(self.rules.texts.ended);
        let mut state = self.state.borrow_mut();
        state.phase = Phase::Ended(error.into());
        let waiting = mem::take(&mut state.waiting).into_iter().map(|(flight, _)| flight);
        let unanswered = state.unanswered.take_all();
        drop(state);
        unanswered.into_iter().chain(waiting).for_each(|flight| flight.fail(error));
    }

    /// Notes that the stream has ended and will be opened again: the messages without a reply fail,
    /// and others wait.
    pub fn lose(&self, error: Option<&str>) {
        let error = error.unwrap_or(self.rules.texts.ended);
        let mut state = self.state.borrow_mut();
        state.phase = Phase::Opening;
        state.closing = state.closing.filter(|closing| closing.cause == Cause::End);
        let unanswered = state.unanswered.take_all();
        drop(state);
        unanswered.into_iter().for_each(|flight| flight.fail(error));
    }

    /// Ends the stream from this side, now or when it is open. Returns whether it was open.
    pub fn close(&self, cause: Cause) -> bool {
        let mut state = self.state.borrow_mut();
        let State { phase, closing, .. } = &mut *state;
        let Phase::Open(outlet) = phase else {
            // Only the end of the attack concerns a stream that is not open yet.
            if cause == Cause::End {
                closing.get_or_insert_with(|| Closing { at: clock::now(), cause });
            }
            return false;
        };
        closing.get_or_insert_with(|| Closing { at: clock::now(), cause });
        outlet.end();
        true
    }

    /// Ends an open stream from this side, and the server learns no reason.
    pub fn abort(&self, cause: Cause) {
        let mut state = self.state.borrow_mut();
        let State { phase: Phase::Open(outlet), closing, .. } = &mut *state else { return };
        closing.get_or_insert_with(|| Closing { at: clock::now(), cause });
        outlet.abort();
    }

    /// Ends an open stream that this side has ended, and the server has not.
    pub fn abort_closing(&self) {
        let mut state = self.state.borrow_mut();
        if let State { phase: Phase::Open(outlet), closing: Some(_), .. } = &mut *state {
            outlet.abort();
        }
    }

    /// Calls a function with what sends on the stream. None if the stream is not open.
    pub fn with_outlet<T>(&self, call: impl FnOnce(&mut O) -> T) -> Option<T> {
        match &mut self.state.borrow_mut().phase {
            Phase::Open(outlet) => Some(call(outlet)),
            Phase::Opening | Phase::Ended(_) => None,
        }
    }

    /// Returns when and why the stream was ended by this side. None if it was not.
    pub fn closing(&self) -> Option<Closing> {
        self.state.borrow().closing
    }

    /// Returns how many messages the stream has carried since it was opened.
    pub fn traffic(&self) -> Traffic {
        self.state.borrow().traffic
    }

    /// Returns how often the stream was opened, if it is open. None if it is not.
    pub fn opened(&self) -> Option<u32> {
        let state = self.state.borrow();
        matches!(state.phase, Phase::Open(_)).then_some(state.n_opened)
    }

    /// Ends the wait of a message, which has waited too long.
    pub fn expire(&self, message: u64) {
        let Texts { no_reply, not_open, not_taken, .. } = &self.rules.texts;
        let mut state = self.state.borrow_mut();
        let waiting = position(&state.waiting, message);
        let unsent = waiting.and_then(|position| state.waiting.remove(position));
        let unanswered = state.unanswered.give_up(message);
        let is_open = matches!(state.phase, Phase::Open(_));
        drop(state);
        // A message that was not sent gets no reply, and so leaves no place in the queue.
        if let Some((flight, _)) = unsent {
            flight.fail(if is_open { not_taken } else { not_open });
        }
        if let Some(flight) = unanswered {
            let is_reply_expected = !matches!(*self.matcher, Matcher::None);
            flight.fail(if is_reply_expected { no_reply } else { not_taken });
        }
        if let Some(fan_out) = &self.rules.fan_out {
            fan_out.give_up(message);
        }
    }
}

impl<O: Outlet> State<O> {
    /// Returns whether a message can be handed over to the outlet of the stream now.
    fn takes_more(&self, outlet: &O) -> bool {
        self.closing.is_none() && !outlet.is_full()
    }
}

/// A message on a stream.
pub struct StreamMessage<O: Outlet> {
    pub stream: Rc<LongStream<O>>,
    /// Number of the message among the hits of the attack.
    pub number: u64,
}

impl<O: Outlet> Waiting for StreamMessage<O> {
    fn is_waiting(&self) -> bool {
        let LongStream { rules, state, .. } = &*self.stream;
        let state = state.borrow();
        state.unanswered.is_waiting(self.number)
            || position(&state.waiting, self.number).is_some()
            || rules.fan_out.as_ref().is_some_and(|all| all.is_waiting(self.number))
    }
}

/// Returns the position of a message in a queue in order of numbers.
fn position<M>(queue: &VecDeque<(Flight, M)>, message: u64) -> Option<usize> {
    queue.binary_search_by_key(&message, |(flight, _)| flight.number()).ok()
}
