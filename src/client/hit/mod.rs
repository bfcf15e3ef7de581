//! Makes one hit: request, response, redirects, timeout and body limit.
//!
//! A failure is a value: its text becomes [`Outcome::error`].

pub mod prepared;
pub mod outcome;
pub mod retry;

use std::rc::Rc;

use http::{Method, StatusCode};

use crate::client::connection::ResponseBody;
use crate::client::connection::connector::Connector;
use crate::client::options::{Decoding, HitLimits, Redirects};
use crate::client::pool::{Lease, Pool};
use crate::client::request::Parts;
use crate::client::request::accepted_encodings::AcceptedEncodings;
use crate::client::request::redirect::{self, OnRedirect};
use crate::client::response::body_sink::{BodySink, Rules};
use crate::client::response::grpc_status;
use crate::client::response::head::Head;
use crate::client::{Client, Outcome, Prepared, failure};
use crate::clock;
use retry::{Attempt, Retries};

/// Why an exchange failed, as a text for the record.
enum Failure {
    /// No response arrived. The text lacks the request.
    Unanswered(String),
    /// The body broke off or is malformed.
    OfBody(String),
}

impl Client {
    /// Sends a request as hit `seq` and fills in its outcome.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the connection of the hit is closed and `outcome` holds what was
    /// known until then.
    pub async fn hit(&self, prepared: &Prepared, seq: u64, outcome: &mut Outcome) {
        self.hit_within(self.shared.limits, prepared, seq, outcome, &mut ()).await;
    }

    /// Sends a request as [`Client::hit`] does, with separate limits. `watcher` sees the
    /// redirects that are followed.
    ///
    /// # Cancel safety
    ///
    /// The same as [`Client::hit`].
    pub async fn hit_within(
        &self,
        limits: HitLimits,
        prepared: &Prepared,
        seq: u64,
        outcome: &mut Outcome,
        watcher: &mut impl OnRedirect,
    ) {
        let deadline = limits.timeout.map(|timeout| outcome.released + timeout);
        let followed = self.follow(limits, prepared, seq, outcome, watcher);
        let failure = match clock::limit(deadline, followed).await {
            Some(sent) => sent.err(),
            None if outcome.code > 0 => Some(failure::timeout::TIMEOUT_READING_BODY.to_owned()),
            None => {
                let request = &prepared.request;
                let url = outcome.redirected_to.as_ref().unwrap_or(&request.text);
                let cause = failure::timeout::TIMEOUT_AWAITING_HEAD;
                Some(failure::of_request(&request.method, url, cause))
            }
        };
        outcome.end(failure);
    }

    /// Sends the request and follows redirects.
    async fn follow(
        &self,
        limits: HitLimits,
        prepared: &Prepared,
        seq: u64,
        outcome: &mut Outcome,
        watcher: &mut impl OnRedirect,
    ) -> Result<(), String> {
        let (mut next, mut n_followed) = (None, 0);
        loop {
            let current = next.as_deref().unwrap_or(prepared);
            // As in Go, a failure names the method of the first request.
            let method = &prepared.request.method;
            let (status, location) = match self.exchange(limits, current, seq, outcome).await {
                Ok(answered) => answered,
                Err(Failure::Unanswered(cause)) => {
                    return Err(failure::of_request(method, &current.request.text, &cause));
                }
                Err(Failure::OfBody(cause)) => return Err(cause),
            };
            let Redirects::Follow(limit) = limits.redirects else { return Ok(()) };
            let Some(location) = location else { return Ok(()) };
            let headers = outcome.discard_response();
            if n_followed == limit {
                let cause = format!("stopped after {limit} redirects");
                return Err(failure::of_request(method, &redirect::shown(&location), &cause));
            }
            let at_last =
                |cause: String| failure::of_request(method, &current.request.text, &cause);
            let parts = redirect::follow(&current.request, (status, &headers), &location, watcher);
            let redirected =
                self.redirected(method, parts.map_err(at_last)?, &location, at_last)?;
            outcome.redirected_to = Some(redirected.request.text.clone());
            // Boxed, since every hit would reserve memory for what few of them need.
            next = Some(Box::new(redirected));
            n_followed += 1;
        }
    }

    /// Returns the request that follows a redirect, in a hit that began with a method. `at_last`
    /// words a failure of the last request.
    fn redirected(
        &self,
        method: &Method,
        parts: Parts,
        location: &str,
        at_last: impl Fn(String) -> String,
    ) -> Result<Prepared, String> {
        let scheme = redirect::check_scheme(&parts.url);
        scheme.map_err(|cause| failure::of_request(method, &parts.text, &cause))?;
        let next = self.prepare_redirected(parts);
        next.map_err(|error| at_last(redirect::bad_location(location, &error)))
    }

    /// Sends one request and reads its response. Returns the status and the Location of a
    /// redirect.
    async fn exchange(
        &self,
        limits: HitLimits,
        prepared: &Prepared,
        seq: u64,
        outcome: &mut Outcome,
    ) -> Result<(StatusCode, Option<String>), Failure> {
        let request = &prepared.request;
        let sent = self.send(prepared, seq, outcome).await;
        let (mut lease, head, mut body) = sent.map_err(Failure::Unanswered)?;
        let status = head.status;
        let location = redirect::location(status, &head.headers);
        let may_be_grpc = grpc_status::may_follow(status, &head.headers);
        outcome.begin_response(head, request.body.len());
        outcome.peer = lease.connection().peer();
        let headers = outcome.headers.get_or_insert_default();
        let (accepted, max_body) = (accepted(limits.decoding, &request.accepted), limits.max_body);
        let rules =
            Rules { accepted, max_body, turns: &self.shared.turns, memory: &self.shared.bodies };
        let mut sink = BodySink::new(&mut outcome.body, headers, rules);
        lease
            .connection()
            .read_body(&mut body, async |data: &[u8]| sink.take(data).await)
            .await
            .map_err(Failure::OfBody)?;
        sink.end().map_err(Failure::OfBody)?;
        if may_be_grpc {
            let trailers = body.trailers().await.map_err(Failure::OfBody)?;
            outcome.end_grpc_response(trailers);
        }
        if self.shared.options.keepalive && lease.connection().is_reusable() {
            lease.give_back();
        }
        Ok((status, location))
    }

    /// Sends a request, again if [`Retries`] allow it, until a response begins.
    async fn send(
        &self,
        prepared: &Prepared,
        seq: u64,
        outcome: &mut Outcome,
    ) -> Result<(Lease<Connector>, Head, ResponseBody), String> {
        let mut retries = Retries::default();
        loop {
            let mut lease = self.lease(&prepared.pool, outcome).await?;
            let is_reused = lease.is_reused();
            let connection = lease.connection();
            let is_http2 = connection.is_http2();
            let sent = connection.send(&prepared.request, &prepared.headers, seq).await;
            let unanswered = match sent {
                Ok((head, body)) => return Ok((lease, head, body)),
                Err(unanswered) => unanswered,
            };
            let is_idempotent = prepared.request.is_idempotent();
            let attempt = Attempt { is_reused, is_http2, is_idempotent };
            let Some(pause) = retries.pause_before_next(&unanswered, attempt) else {
                return Err(unanswered.problem.cause());
            };
            if !pause.is_zero() {
                drop(lease);
                clock::pause(pause).await;
            }
            // The record counts requests that the server may have seen more than once.
            if !unanswered.is_unsent {
                outcome.add_retry();
            }
        }
    }

    /// Takes an idle connection, or waits for one and records how long that took.
    pub(in crate::client) async fn lease(
        &self,
        pool: &Rc<Pool<Connector>>,
        outcome: &mut Outcome,
    ) -> Result<Lease<Connector>, String> {
        if let Some(lease) = pool.take_idle() {
            return Ok(lease);
        }
        let began = clock::now();
        let lease = pool.wait().await;
        outcome.add_connect(clock::now() - began);
        lease
    }
}

/// Returns the encodings that a body is decompressed from, if the request has asked for some.
fn accepted(decoding: Decoding, requested: &AcceptedEncodings) -> &AcceptedEncodings {
    match decoding {
        Decoding::Requested => requested,
        Decoding::Known => &AcceptedEncodings::Known,
        Decoding::Off => &AcceptedEncodings::Off,
    }
}
