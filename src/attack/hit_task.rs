//! A hit in flight. It leaves a record however it ends.

use std::rc::Rc;
use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::attack::admission::Permit;
use crate::attack::dispatch::Release;
use crate::attack::progress::Progress;
use crate::attack::recorder::Recorder;
use crate::attack::target_choice::{Goal, NO_REQUEST, PreparedTarget};
use crate::attack::task_pool::Job;
use crate::client::{Client, INTERRUPTED, Outcome};
use crate::clock::Epoch;
use crate::record::{Headers, Record};

/// What all hits of one engine share.
pub struct HitContext {
    pub client: Rc<Client>,
    pub recorder: Recorder,
    pub progress: Arc<Progress>,
    pub epoch: Epoch,
    /// Name of the attack.
    pub attack: String,
}

/// A hit in flight. When dropped, it writes its record, so that a hit that the end of the attack
/// cuts off is recorded, too.
pub struct HitTask {
    context: Rc<HitContext>,
    target: Rc<PreparedTarget>,
    seq: u64,
    /// When the hit was due; None without a schedule.
    scheduled: Option<Instant>,
    /// None until the hit is sent.
    outcome: Option<Outcome>,
    _permit: Permit,
    _token: TaskTrackerToken,
}

impl HitTask {
    /// Creates a hit that is about to be sent. The token counts it as in flight.
    pub fn new(
        context: Rc<HitContext>,
        release: Release<Rc<PreparedTarget>>,
        token: TaskTrackerToken,
    ) -> Self {
        context.progress.released();
        let Release { seq, target, scheduled, permit } = release;
        Self { context, target, seq, scheduled, outcome: None, _permit: permit, _token: token }
    }

    fn record(&self, outcome: &Outcome) {
        let HitContext { recorder, progress, epoch, attack, .. } = &*self.context;
        let PreparedTarget { goal, name } = &*self.target;
        let lag = self.scheduled.map(|slot| outcome.released.saturating_duration_since(slot));
        progress.done(outcome.error.is_some(), lag);
        let record = Record {
            attack,
            seq: self.seq,
            code: outcome.code,
            timestamp_ns: epoch.wall_ns_of(outcome.released),
            latency: outcome.latency,
            lag,
            connect: outcome.connect,
            first_byte: outcome.first_byte,
            bytes_out: outcome.bytes_out,
            bytes_in: outcome.body.n_received,
            retries: outcome.retries,
            error: outcome.error.as_deref(),
            body: &outcome.body.bytes,
            name,
            method: goal.method(),
            url: goal.url(),
            headers: outcome.headers.as_ref().map(Headers::Received),
            flow: None,
            messaging: outcome.messaging.as_deref().copied(),
        };
        recorder.push(&record, outcome.body.claimed);
    }
}

impl Job for HitTask {
    /// Sends the hit and waits for its outcome. Dropping the hit then writes the record.
    async fn run(mut self) {
        let outcome = self.outcome.insert(Outcome::released_now());
        let client = &self.context.client;
        match &self.target.goal {
            Goal::Http(prepared) => client.hit(prepared, self.seq, outcome).await,
            Goal::Call(prepared) => client.call(prepared, self.seq, outcome).await,
            // A list of sockets is refused without -sockets.
            Goal::Socket(_) => outcome.end(Some(NO_REQUEST.to_owned())),
        }
    }
}

impl Drop for HitTask {
    fn drop(&mut self) {
        // A hit that was never sent did not happen and leaves no record.
        let Some(mut outcome) = self.outcome.take() else { return };
        if !outcome.is_over() {
            outcome.end(Some(INTERRUPTED.to_owned()));
        }
        self.record(&outcome);
    }
}
