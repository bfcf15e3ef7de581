//! A message in flight. It leaves a record however it ends.

use std::rc::Rc;

use tokio::time::Instant;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::attack::admission::Permit;
use crate::attack::hit_task::HitContext;
use crate::attack::target_choice::PreparedTarget;
use crate::client::{INTERRUPTED, Reply, Sent};
use crate::clock;
use crate::record::{Kind, Messaging, Record};

/// HTTP status of a message that was answered, which Vegeta's formats need.
const ANSWERED: u16 = 200;

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
            is_recorded: false,
            _permit: permit,
            _token: token,
        }
    }

    /// Returns the number of the message among the hits of the attack.
    pub fn number(&self) -> u64 {
        self.seq
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

    /// Ends the message with its reply.
    pub fn answer(mut self, reply: Reply) {
        self.record(reply.at, Ok(&reply));
    }

    /// Ends the message without a reply.
    pub fn fail(mut self, error: &str) {
        self.record(clock::now(), Err(error));
    }

    fn record(&mut self, at: Instant, reply: Result<&Reply, &str>) {
        self.is_recorded = true;
        let HitContext { recorder, progress, epoch, attack, .. } = &*self.context;
        let released = self.released;
        let since = |at: Instant| at.saturating_duration_since(released);
        let lag = self.scheduled.map(|slot| released.saturating_duration_since(slot));
        progress.done(reply.is_err(), lag);
        let body = reply.ok().map(|reply| &reply.body);
        let messaging = Messaging {
            kind: Kind::Message,
            sent: self.sent.as_ref().and_then(Sent::at).map(since),
            messages_in: u32::from(reply.is_ok()),
            messages_out: u32::from(self.is_sent()),
            socket: Some(self.label.number),
            ..Messaging::default()
        };
        let PreparedTarget { goal, name } = &*self.label.target;
        let record = Record {
            attack,
            seq: self.seq,
            code: if reply.is_ok() { ANSWERED } else { 0 },
            timestamp_ns: epoch.wall_ns_of(released),
            latency: since(at),
            lag,
            connect: self.opened.map(since),
            bytes_out: if self.is_sent() { self.len } else { 0 },
            bytes_in: reply.map_or(0, |reply| reply.len),
            error: reply.err(),
            body: body.map_or(&[], |body| &body.bytes),
            name,
            method: goal.method(),
            url: goal.url(),
            messaging: Some(messaging),
            ..Record::default()
        };
        recorder.push(&record, body.map_or(0, |body| body.claimed));
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if !self.is_recorded {
            self.record(clock::now(), Err(INTERRUPTED));
        }
    }
}
