//! A hit on its way, which leaves a record behind however it ends.

use std::rc::Rc;
use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::attack::admission::Permit;
use crate::attack::progress::Progress;
use crate::attack::recorder::Recorder;
use crate::attack::release::Release;
use crate::client::{Client, INTERRUPTED, Outcome, Prepared};
use crate::clock::Epoch;
use crate::record::{Headers, Record};

/// What all flights of one engine share.
pub struct Lane {
    pub client: Rc<Client>,
    pub sink: Recorder,
    pub progress: Arc<Progress>,
    pub epoch: Epoch,
    /// Name of the attack.
    pub attack: String,
}

/// A target made ready.
pub struct Route {
    pub prepared: Prepared,
    /// The target's own name.
    pub name: String,
}

/// A hit on its way. Dropped, it leaves its record, so that a hit cut off by the end of the
/// attack is not forgotten.
pub struct Flight {
    lane: Rc<Lane>,
    route: Rc<Route>,
    seq: u64,
    scheduled: Option<Instant>,
    /// None until the hit is sent.
    outcome: Option<Outcome>,
    _permit: Permit,
    _token: TaskTrackerToken,
}

impl Flight {
    /// Returns a hit that is about to be sent. The token tells when it is over.
    pub fn new(lane: Rc<Lane>, release: Release<Rc<Route>>, token: TaskTrackerToken) -> Self {
        lane.progress.released();
        let Release { seq, route, scheduled, permit } = release;
        Self { lane, route, seq, scheduled, outcome: None, _permit: permit, _token: token }
    }

    /// Sends the hit and waits for what becomes of it.
    pub async fn fly(mut self) {
        let outcome = self.outcome.insert(Outcome::released_now());
        self.lane.client.hit(&self.route.prepared, self.seq, outcome).await;
    }

    fn record(&self, outcome: &Outcome) {
        let lag = self.scheduled.map(|slot| outcome.released.saturating_duration_since(slot));
        self.lane.progress.done(outcome.error.is_some(), lag);
        self.lane.sink.push(&Record {
            attack: &self.lane.attack,
            seq: self.seq,
            code: outcome.code,
            timestamp_ns: self.lane.epoch.wall_ns_of(outcome.released),
            latency: outcome.latency,
            lag,
            connect: outcome.connect,
            first_byte: outcome.first_byte,
            bytes_out: outcome.bytes_out,
            bytes_in: outcome.body.len() as u64,
            retries: outcome.retries,
            error: outcome.error.as_deref(),
            body: &outcome.body,
            name: &self.route.name,
            method: self.route.prepared.request.method.as_str(),
            url: &self.route.prepared.request.text,
            headers: outcome.headers.as_ref().map(Headers::Received),
        });
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        // A hit that was never sent leaves no record: it was never made.
        let Some(mut outcome) = self.outcome.take() else { return };
        if !outcome.is_over() {
            outcome.end(Some(INTERRUPTED.to_owned()));
        }
        self.record(&outcome);
    }
}
