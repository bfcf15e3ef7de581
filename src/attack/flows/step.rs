//! One request of a flow, from its release to its record.

use std::rc::Rc;

use http::HeaderMap;
use tokio::time::Instant;

use crate::attack::flows::journey::Journey;
use crate::attack::flows::request::Request;
use crate::attack::flows::response::{self, decoding, failure};
use crate::attack::flows::shared::Shared;
use crate::client::{HitLimits, INTERRUPTED, Outcome, Redirects};
use crate::flow::{Answer, Checks, Redirect, last_message};
use crate::record::{FlowEnd, FlowStep, Headers, Record};

/// A request of a flow.
pub struct Step {
    /// The request. None if it cannot be sent, which the outcome explains.
    pub request: Option<Request>,
    /// The outcome so far.
    pub outcome: Outcome,
    /// The redirects that were followed.
    pub redirects: Vec<Redirect>,
    /// The limits of the request.
    pub limits: HitLimits,
    /// Number of the request in the attack.
    pub seq: u64,
    /// Number of the entry in the file, from 1.
    number: u16,
    /// Number of the retry; 0 for the first attempt.
    attempt: u16,
    is_built: bool,
    /// The cookies that the step sends besides those of the flow; empty for none.
    pub own_cookies: String,
    /// Whether checks or captures read the body.
    reads_body: bool,
    /// Number of the request in its flow, from 0.
    hit: u32,
    /// When the request was due.
    due: Instant,
}

impl Step {
    /// Releases the request of a flow that is due.
    pub fn release(journey: &mut Journey) -> Self {
        let shared = journey.shared().clone();
        let wall_ns = shared.hits.epoch.wall_ns_of(journey.due());
        let due = journey.due();
        let (client, flow) = (journey.client(), journey.flow().clone());
        let built = journey.session().request(&flow, wall_ns);
        let mut step = Self {
            request: None,
            outcome: Outcome::released_now(),
            redirects: Vec::new(),
            limits: shared.limits,
            seq: shared.take_seq(),
            number: journey.session().step(&flow).0,
            attempt: journey.session().attempt(),
            is_built: built.is_ok(),
            own_cookies: String::new(),
            reads_body: built.as_ref().is_ok_and(|built| built.keeps_body),
            hit: 0,
            due,
        };
        let sendable = built.map_err(|refusal| refusal.text).and_then(|built| {
            step.limits = limits(&shared, &built);
            step.own_cookies = built.own_cookies;
            let mut target = built.target;
            target.headers.splice(..0, shared.headers.iter().cloned());
            let prepared = Request::prepare(&client, target, built.socket);
            prepared.map_err(|error| error.to_string())
        });
        // The request is ready; what it cost to build is lag, not latency.
        step.outcome = Outcome::released_now();
        match sendable {
            Ok(request) => step.request = Some(request),
            Err(problem) => step.outcome.end(Some(problem)),
        }
        step.hit = journey.release(step.outcome.released);
        shared.hits.progress.released();
        step
    }

    /// Returns the response for the checks of the flow. `none` stands for missing headers.
    pub fn answer<'a>(&'a self, none: &'a HeaderMap) -> Answer<'a> {
        let url = self.request.as_ref().map_or("", Request::url);
        response::answer(&self.outcome, &self.limits, &self.redirects, url, none)
    }

    /// Returns whether the request was sent.
    pub fn is_sent(&self) -> bool {
        self.request.is_some()
    }

    /// Returns whether the flow could build the request. Otherwise the flow knows that the step
    /// failed.
    pub fn is_built(&self) -> bool {
        self.is_built
    }

    /// Returns whether checking the response may take longer than the engine can wait.
    pub fn is_large(&self) -> bool {
        self.reads_body && response::is_large(&self.outcome.body.bytes)
    }

    /// Returns why the step failed, after its checks. None if it did not.
    pub fn failure(&self, checks: &Checks) -> Option<String> {
        match self.is_built {
            true => failure(&self.outcome, checks),
            false => self.outcome.error.clone(),
        }
    }

    /// Writes the record of the request. `end` is how the flow ended; None if it goes on.
    pub fn record(
        &self,
        journey: &Journey,
        checks: &Checks,
        error: Option<&str>,
        end: Option<FlowEnd>,
    ) {
        let shared = journey.shared();
        let (context, outcome, flow) = (&shared.hits, &self.outcome, journey.flow());
        let lag = outcome.released.saturating_duration_since(self.due);
        context.progress.done(error.is_some(), Some(lag));
        let request = self.request.as_ref();
        let url = shared.secrets.hide(request.map_or("", Request::url));
        let error = error.map(|error| shared.secrets.hide(error));
        let headers = outcome.headers.as_ref().map(Headers::Received);
        let shown_headers = headers.and_then(|headers| shared.without_secrets(headers));
        let record = Record {
            attack: &context.attack,
            seq: self.seq,
            code: outcome.code,
            timestamp_ns: context.epoch.wall_ns_of(outcome.released),
            latency: outcome.latency,
            lag: Some(lag),
            connect: outcome.connect,
            first_byte: outcome.first_byte,
            bytes_out: outcome.bytes_out,
            bytes_in: self.bytes_in(shared.limits.max_body),
            retries: outcome.retries,
            error: error.as_deref(),
            body: self.kept_body(shared.limits.max_body),
            name: flow.step_name(self.number),
            method: request.map_or("", Request::method),
            url: &url,
            headers: shown_headers.as_deref().map(Headers::Pairs).or(headers),
            messaging: outcome.messaging.as_deref().copied(),
            flow: Some(FlowStep {
                flow: flow.name(),
                flow_seq: journey.number(),
                flow_hit: self.hit,
                step: self.number,
                attempt: self.attempt,
                checks: checks.made,
                checks_failed: checks.made.map(|_| checks.failed),
                ended: end,
            }),
        };
        context.recorder.push(&record, outcome.body.claimed);
    }

    /// Returns the number of bytes received, up to the limit on one body.
    fn bytes_in(&self, max_body: Option<u64>) -> u64 {
        let n_received = self.outcome.body.n_received;
        // Of a call, all messages count although only the last is kept.
        match self.outcome.messaging {
            None => n_received.min(max_body.unwrap_or(u64::MAX)),
            Some(_) => n_received,
        }
    }

    /// Returns the part of the body that the record has: of a call, the last message.
    fn kept_body(&self, max_body: Option<u64>) -> &[u8] {
        let body = match self.limits.keeps_messages {
            false => &self.outcome.body.bytes[..],
            true => last_message(&self.outcome.body.bytes),
        };
        let most = max_body.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
        &body[..body.len().min(most)]
    }

    /// Writes the record of a request that the end of the attack cuts off.
    pub fn interrupt(mut self, journey: &Journey) {
        if !self.outcome.is_over() {
            self.outcome.end(Some(INTERRUPTED.to_owned()));
        }
        let error = self.outcome.error.clone();
        self.record(journey, &Checks::default(), error.as_deref(), None);
    }
}

/// Returns the limits of a request.
fn limits(shared: &Rc<Shared>, built: &crate::flow::Step) -> HitLimits {
    HitLimits {
        timeout: built.max_time.or(shared.limits.timeout),
        max_body: shared.kept_body(built.keeps_body),
        redirects: built.redirects.map_or(Redirects::Ignore, Redirects::Follow),
        decoding: decoding(built),
        keeps_messages: response::keeps_messages(built),
    }
}
