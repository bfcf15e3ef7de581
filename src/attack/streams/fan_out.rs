//! Broadcasts: each message is expected on other streams, where it is recognized by its mark.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use crate::attack::hit_task::HitContext;
use crate::attack::streams::flight::{Flight, Label};
use crate::attack::streams::options::Deliveries;
use crate::attack::target_choice::PreparedTarget;
use crate::client::Reply;
use crate::clock;
use crate::mark::{Mark, MarkFinder, Run};
use crate::record::{Kind, Messaging, Record};
use crate::schedule::{Opening, Shard};

/// Number of messages that are remembered after they ended, since they may still arrive somewhere.
const KEPT: usize = 1_000;

/// The error of a message that arrives on a stream for the second time.
const AGAIN: &str = "delivered again";

/// Messages and where they have arrived. All streams must belong to one engine.
pub struct FanOut {
    context: Rc<HitContext>,
    deliveries: Deliveries,
    opening: Opening,
    finder: MarkFinder,
    /// Number of streams that are open.
    n_open: Cell<u32>,
    /// Sorted by number.
    messages: RefCell<VecDeque<Message>>,
}

/// A message that was sent.
struct Message {
    number: u64,
    label: Rc<Label>,
    released: Instant,
    lag: Option<Duration>,
    /// The streams on which it has arrived, a bit for each.
    seen: Box<[u64]>,
    /// None once it has ended.
    waiting: Option<Flight>,
}

/// What the record of a delivery repeats from the message.
struct Origin {
    label: Option<Rc<Label>>,
    released_ns: i64,
    latency: Duration,
    lag: Option<Duration>,
}

impl FanOut {
    /// Returns the broadcasts of the messages with marks of a run, without any message.
    pub fn new(
        context: Rc<HitContext>,
        deliveries: Deliveries,
        opening: Opening,
        run: Run,
    ) -> Self {
        let (finder, n_open, messages) =
            (MarkFinder::of_run(run), Cell::default(), RefCell::default());
        Self { context, deliveries, opening, finder, n_open, messages }
    }

    /// Counts a stream that was opened.
    pub fn stream_opened(&self) {
        self.n_open.update(|n_open| n_open + 1);
    }

    /// Counts a stream that has ended.
    pub fn stream_ended(&self) {
        self.n_open.update(|n_open| n_open.saturating_sub(1));
    }

    /// Lets a message that was just sent wait for its deliveries.
    pub fn wait_for(&self, mut flight: Flight) {
        let expected = match self.deliveries {
            Deliveries::Count(expected) => expected,
            // The stream that sends is one of those that are open.
            Deliveries::All => self.n_open.get().saturating_sub(1),
        };
        flight.expect(expected);
        if expected == 0 {
            let at = flight.sent_at().unwrap_or_else(clock::now);
            return flight.finish(at);
        }
        let n_words = self.opening.n_streams.div_ceil(u64::BITS) as usize;
        let message = Message {
            number: flight.number(),
            label: flight.label().clone(),
            released: flight.released(),
            lag: flight.lag(),
            seen: vec![0; n_words].into(),
            waiting: Some(flight),
        };
        let mut messages = self.messages.borrow_mut();
        forget_old(&mut messages);
        // Only messages that waited for their stream are not the last ones.
        let place = messages.partition_point(|other| other.number < message.number);
        messages.insert(place, message);
    }

    /// Takes what has arrived on a stream.
    pub fn arrived(&self, receiver: &Label, reply: &Reply, bytes: &[u8]) {
        for mark in self.finder.marks(bytes) {
            if self.sender_of(mark).is_some_and(|sender| sender != receiver.number) {
                self.delivered(mark, receiver, reply);
            }
        }
    }

    /// Returns the number of the stream that has sent a mark. None for the mark of a connect.
    fn sender_of(&self, mark: Mark) -> Option<u32> {
        let message = self.opening.message_of(mark.seq())?;
        let turn = self.opening.turn_of(Shard { index: 0, of: 1 }, message);
        u32::try_from(turn.stream).ok()
    }

    /// Notes a delivery, and ends the message if it was the last one.
    fn delivered(&self, mark: Mark, receiver: &Label, reply: &Reply) {
        let mut messages = self.messages.borrow_mut();
        let place = messages.binary_search_by_key(&mark.seq(), |message| message.number);
        let message = place.ok().and_then(|place| messages.get_mut(place));
        let (mut is_new, mut ended) = (true, None);
        let origin = match message {
            None => self.origin_of(mark, reply.at),
            Some(message) => {
                is_new = message.see(receiver.number);
                let is_last = |flight: &mut Flight| is_new && flight.is_last_delivery();
                if message.waiting.as_mut().is_some_and(is_last) {
                    ended = message.waiting.take();
                }
                self.origin_in(message, reply.at)
            }
        };
        drop(messages);
        self.record(mark, &origin, receiver, reply.len, (!is_new).then_some(AGAIN));
        if let Some(flight) = ended {
            flight.finish(reply.at);
        }
    }

    /// Returns what is known of a message.
    fn origin_in(&self, message: &Message, arrived: Instant) -> Origin {
        let Message { label, released, lag, .. } = message;
        Origin {
            label: Some(label.clone()),
            released_ns: self.context.epoch.wall_ns_of(*released),
            latency: arrived.saturating_duration_since(*released),
            lag: *lag,
        }
    }

    /// Returns what the mark says of a message that is forgotten.
    fn origin_of(&self, mark: Mark, arrived: Instant) -> Origin {
        let arrived_ns = self.context.epoch.wall_ns_of(arrived);
        let released_ns = mark.released_ns(arrived_ns);
        let latency = u64::try_from(arrived_ns.saturating_sub(released_ns)).unwrap_or(0);
        Origin { label: None, released_ns, latency: Duration::from_nanos(latency), lag: None }
    }

    fn record(&self, mark: Mark, origin: &Origin, receiver: &Label, len: u64, error: Option<&str>) {
        let HitContext { recorder, attack, .. } = &*self.context;
        let label = origin.label.as_deref().unwrap_or(receiver);
        let PreparedTarget { goal, name } = &*label.target;
        let messaging = Messaging {
            kind: Kind::Delivery,
            messages_in: 1,
            socket: Some(receiver.number),
            ..Messaging::default()
        };
        let record = Record {
            attack,
            seq: mark.seq(),
            timestamp_ns: origin.released_ns,
            latency: origin.latency,
            lag: origin.lag,
            bytes_in: len,
            error,
            name,
            method: goal.method(),
            url: goal.url(),
            messaging: Some(messaging),
            ..Record::default()
        };
        recorder.push(&record, 0);
    }

    /// Ends the wait of a message, if it still waits.
    pub fn give_up(&self, number: u64) {
        let mut messages = self.messages.borrow_mut();
        let place = messages.binary_search_by_key(&number, |message| message.number);
        let message = place.ok().and_then(|place| messages.get_mut(place));
        let waiting = message.and_then(|message| message.waiting.take());
        drop(messages);
        if let Some(flight) = waiting {
            flight.fail_deliveries();
        }
    }

    /// Returns whether a message waits for deliveries.
    pub fn is_waiting(&self, number: u64) -> bool {
        let messages = self.messages.borrow();
        let place = messages.binary_search_by_key(&number, |message| message.number);
        place.is_ok_and(|place| messages[place].waiting.is_some())
    }
}

impl Message {
    /// Notes that the message has arrived on a stream. Returns whether it is the first time.
    fn see(&mut self, stream: u32) -> bool {
        let bit = 1 << (stream % u64::BITS);
        let Some(word) = self.seen.get_mut((stream / u64::BITS) as usize) else { return true };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

/// Forgets messages that ended long ago.
fn forget_old(messages: &mut VecDeque<Message>) {
    while messages.len() > KEPT && messages.front().is_some_and(|first| first.waiting.is_none()) {
        messages.pop_front();
    }
}
