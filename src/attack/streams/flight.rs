//! A message in flight. It leaves a record however it ends.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::attack::admission::Permit;
use crate::attack::hit_task::HitContext;
use crate::attack::target_choice::PreparedTarget;
use crate::client::{INTERRUPTED, Reply, Sent};
use crate::clock;
use crate::record::{Kind, Messaging, Record};

/// HTTP status of a message that succeeded, which Vegeta's formats need.
const SUCCEEDED: u16 = 200;

/// What the records of a stream have in common.
pub struct Label {
    /// Number of the stream in the attack, from 0.
    pub number: u32,
    /// The target of the stream.
    pub target: Rc<PreparedTarget>,
}

/// A message at its release.
pub struct Released {
    /// Number of the message among the hits of the attack.
    pub seq: u64,
    /// When the message was due. None without a schedule.
    pub scheduled: Option<Instant>,
    /// When the message was released.
    pub at: Instant,
    /// Length of the message in bytes.
    pub len: u64,
    /// The place of the message among those in flight.
    pub permit: Permit,
    /// Counts the message as in flight.
    pub token: TaskTrackerToken,
}

/// A message in flight. When dropped, it writes its record, so that a message that the end of the
/// attack cuts off is recorded, too.
pub struct Flight {
    context: Rc<HitContext>,
    label: Rc<Label>,
    seq: u64,
    scheduled: Option<Instant>,
    released: Instant,
    /// Length of the message in bytes.
    len: u64,
    /// When the stream was opened. None if the message did not wait for that.
    opened: Option<Instant>,
    /// None until the message is handed over.
    sent: Option<Sent>,
    /// Messages that it led to: its reply, or its deliveries on other sockets.
    n_in: u32,
    /// Number of deliveries that it waits for. None if it waits for none.
    expected: Option<u32>,
    is_recorded: bool,
    _permit: Permit,
    _token: TaskTrackerToken,
}

impl Flight {
    /// Creates a message on a stream.
    pub fn new(context: Rc<HitContext>, label: Rc<Label>, released: Released) -> Self {
        context.progress.released();
        let Released { seq, scheduled, at: released, len, permit, token } = released;
        Self {
            context,
            label,
            seq,
            scheduled,
            released,
            len,
            opened: None,
            sent: None,
            n_in: 0,
            expected: None,
            is_recorded: false,
            _permit: permit,
            _token: token,
        }
    }

    /// Returns the number of the message among the hits of the attack.
    pub fn number(&self) -> u64 {
        self.seq
    }

    /// Returns what the records of its stream have in common.
    pub fn label(&self) -> &Rc<Label> {
        &self.label
    }

    /// Returns when the message was released.
    pub fn released(&self) -> Instant {
        self.released
    }

    /// Returns the delay of the release. None without a schedule.
    pub fn lag(&self) -> Option<Duration> {
        self.scheduled.map(|slot| self.released.saturating_duration_since(slot))
    }

    /// Notes that the message has waited for its stream, which is open now.
    pub fn set_opened(&mut self, at: Instant) {
        self.opened = Some(at);
    }

    /// Notes that the message was handed over.
    pub fn set_sent(&mut self, sent: Sent) {
        self.sent = Some(sent);
    }

    /// Returns whether the message was handed over.
    pub fn is_sent(&self) -> bool {
        self.sent.is_some()
    }

    /// Returns when the system had all of the message. None until then, and if it is unknown.
    pub fn sent_at(&self) -> Option<Instant> {
        self.sent.as_ref().and_then(Sent::at)
    }

    /// Sets the number of deliveries that the message waits for.
    pub fn expect(&mut self, n_deliveries: u32) {
        self.expected = Some(n_deliveries);
    }

    /// Counts a delivery of the message. Returns whether it was the last one that was expected.
    pub fn is_last_delivery(&mut self) -> bool {
        self.n_in = self.n_in.saturating_add(1);
        self.expected == Some(self.n_in)
    }

    /// Ends the message with its reply. `claimed` is how much of the memory for bodies the reply
    /// holds, unless another record holds it.
    pub fn answer(mut self, reply: &Reply, claimed: usize) {
        self.n_in = 1;
        self.record(reply.at, Ending::Reply(reply, claimed));
    }

    /// Ends the message successfully, without a reply.
    pub fn finish(mut self, at: Instant) {
        self.record(at, Ending::Done);
    }

    /// Ends the message without what it waited for.
    pub fn fail(mut self, error: &str) {
        self.record(clock::now(), Ending::Failed(error));
    }

    /// Ends a message that has waited too long for deliveries.
    pub fn fail_deliveries(self) {
        let (n_in, expected) = (self.n_in, self.expected.unwrap_or(0));
        self.fail(&format!("reached {n_in} of {expected} sockets"));
    }

    fn record(&mut self, at: Instant, ending: Ending<'_>) {
        self.is_recorded = true;
        let HitContext { recorder, progress, epoch, attack, .. } = &*self.context;
        let (released, lag) = (self.released, self.lag());
        let since = |at: Instant| at.saturating_duration_since(released);
        let (reply, claimed, error) = match ending {
            Ending::Reply(reply, claimed) => (Some(reply), claimed, None),
            Ending::Done => (None, 0, None),
            Ending::Failed(error) => (None, 0, Some(error)),
        };
        progress.done(error.is_some(), lag);
        let messaging = Messaging {
            kind: Kind::Message,
            sent: self.sent_at().map(since),
            messages_in: self.n_in,
            messages_out: u32::from(self.is_sent()),
            socket: Some(self.label.number),
            expected: self.expected,
            ..Messaging::default()
        };
        let PreparedTarget { goal, name } = &*self.label.target;
        let record = Record {
            attack,
            seq: self.seq,
            code: if error.is_none() { SUCCEEDED } else { 0 },
            timestamp_ns: epoch.wall_ns_of(released),
            latency: since(at),
            lag,
            connect: self.opened.map(since),
            bytes_out: if self.is_sent() { self.len } else { 0 },
            bytes_in: reply.map_or(0, |reply| reply.len),
            error,
            body: reply.map_or(&[], |reply| &reply.body.bytes),
            name,
            method: goal.method(),
            url: goal.url(),
            messaging: Some(messaging),
            ..Record::default()
        };
        recorder.push(&record, claimed);
    }
}

/// How a message ended.
enum Ending<'a> {
    /// With a reply, which holds so much of the memory for bodies.
    Reply(&'a Reply, usize),
    /// With all that it waited for.
    Done,
    /// For this reason.
    Failed(&'a str),
}

impl Drop for Flight {
    fn drop(&mut self) {
        if !self.is_recorded {
            self.record(clock::now(), Ending::Failed(INTERRUPTED));
        }
    }
}
