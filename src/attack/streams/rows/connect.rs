//! The record of a connect: how a stream was opened, or why it was not.

use std::rc::Rc;

use tokio::time::Instant;

use crate::attack::hit_task::HitContext;
use crate::attack::streams::flight::Label;
use crate::attack::target_choice::PreparedTarget;
use crate::client::{INTERRUPTED, Outcome};
use crate::record::{Headers, Kind, Messaging, Record};

/// The connect of a stream. When dropped, it writes its record.
pub struct Connect {
    context: Rc<HitContext>,
    label: Rc<Label>,
    slot: ConnectSlot,
    pub outcome: Outcome,
    /// When messages could be sent. None before.
    pub opened: Option<Instant>,
}

/// Which connect it is, and when it is due.
#[derive(Clone, Copy, Debug)]
pub struct ConnectSlot {
    /// [`Kind::Connect`], or [`Kind::Reconnect`] for all but the first one of a stream.
    pub kind: Kind,
    /// Number of the first connect of the stream among the hits of the attack.
    pub seq: u64,
    /// None without a schedule.
    pub scheduled: Option<Instant>,
}

impl Connect {
    /// Begins a connect.
    pub fn new(context: Rc<HitContext>, label: Rc<Label>, slot: ConnectSlot) -> Self {
        Self { context, label, slot, outcome: Outcome::released_now(), opened: None }
    }

    /// Ends the connect when the head of the response has arrived, or did not. Some servers send it
    /// with their first reply; a stream that was used before counts as open since messages could be
    /// sent.
    pub fn end(&mut self, failure: Option<String>, is_used: bool) {
        let has_failed = failure.is_some();
        self.outcome.end(failure);
        if let Some(opened) = self.opened.filter(|_| is_used && !has_failed) {
            self.outcome.latency = opened - self.outcome.released;
        }
    }
}

impl Drop for Connect {
    fn drop(&mut self) {
        if !self.outcome.is_over() {
            let failure = self.opened.is_none().then(|| INTERRUPTED.to_owned());
            self.end(failure, true);
        }
        let HitContext { recorder, epoch, attack, .. } = &*self.context;
        let outcome = &self.outcome;
        let lag = self.slot.scheduled.map(|slot| outcome.released.saturating_duration_since(slot));
        let PreparedTarget { goal, name } = &*self.label.target;
        let messaging = Messaging {
            kind: self.slot.kind,
            grpc_status: outcome.messaging.as_ref().and_then(|messaging| messaging.grpc_status),
            socket: Some(self.label.number),
            ..Messaging::default()
        };
        let record = Record {
            attack,
            seq: self.slot.seq,
            code: outcome.code,
            timestamp_ns: epoch.wall_ns_of(outcome.released),
            latency: outcome.latency,
            lag,
            connect: outcome.connect,
            first_byte: outcome.first_byte,
            retries: outcome.retries,
            error: outcome.error.as_deref(),
            name,
            method: goal.method(),
            url: goal.url(),
            headers: outcome.headers.as_ref().map(Headers::Received),
            messaging: Some(messaging),
            ..Record::default()
        };
        recorder.push(&record, 0);
    }
}
