//! Target in, outcome out: one hit with its timeout, redirects and body limit.
//!
//! A failure is a value: whatever goes wrong becomes the text of [`Outcome::error`].

use std::mem;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use crate::client::connection::connector::Connector;
use crate::client::connection::{Arriving, Connection, Head, Unanswered};
use crate::client::pool::Lease;
use crate::client::request::Request;
use crate::client::request::redirect::{self, Redirects};
use crate::client::response::decode::{Kept, Unpacks};
use crate::client::{Client, failure};
use crate::clock;

/// Most times a request is sent again. A server that keeps refusing it has answered; one that ends
/// its connections politely has not, and is asked until the timeout.
const MOST_RETRIES: u8 = 5;

/// Most bytes of a body that are kept, whatever the limit: a column of bodies ends at 2 GiB.
const MOST_KEPT: usize = 1 << 30;

/// What became of one hit.
#[derive(Debug)]
pub struct Outcome {
    /// When the hit was released.
    pub released: Instant,
    /// From the release to the last byte of the body, or to the failure.
    pub latency: Duration,
    /// Of which waiting for connections; None where each was at hand.
    pub connect: Option<Duration>,
    /// From the release to the head of the last response; None without one.
    pub first_byte: Option<Duration>,
    /// Status of the last response; 0 without one.
    pub code: u16,
    /// Headers of the last response; None without one.
    pub headers: Option<HeaderMap>,
    /// Body of the last response up to the limit, or what came of it before a failure.
    pub body: Bytes,
    /// Bytes of the first request's body; 0 without a response to it.
    pub bytes_out: u64,
    /// Times the request was sent again because a kept connection had just been closed, or because
    /// the server said that it had not looked at it; 255 for more, too.
    pub retries: u8,
    /// Why the hit failed; None on success.
    pub error: Option<String>,
    /// Whether a response has begun.
    answered: bool,
    /// Whether the hit has ended.
    over: bool,
}

impl Outcome {
    /// Returns the outcome of a hit that has just been released.
    pub fn released_now() -> Self {
        Self {
            released: clock::now(),
            latency: Duration::ZERO,
            connect: None,
            first_byte: None,
            code: 0,
            headers: None,
            body: Bytes::new(),
            bytes_out: 0,
            retries: 0,
            error: None,
            answered: false,
            over: false,
        }
    }

    /// Returns whether the hit has ended.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Notes the end of the hit. A failure is told before a status that is no success.
    pub fn end(&mut self, failure: Option<String>) {
        self.latency = clock::now() - self.released;
        self.error = failure.or(self.error.take());
        self.over = true;
    }

    fn begin_response(&mut self, head: Head, bytes_out: usize) {
        self.first_byte = Some(clock::now() - self.released);
        self.code = head.status.as_u16();
        self.error = status_error(&head);
        self.headers = Some(head.headers);
        // Of the requests that redirects lead to, the first one counts.
        if !mem::replace(&mut self.answered, true) {
            self.bytes_out = bytes_out as u64;
        }
    }

    /// Forgets a response that led elsewhere.
    fn begin_anew(&mut self) {
        self.first_byte = None;
        self.code = 0;
        self.error = None;
        self.headers = None;
        self.body = Bytes::new();
    }
}

impl Client {
    /// Sends a target's request as hit `seq` and fills in what became of it.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the hit's connection is closed and `outcome` holds what was known until then.
    pub async fn hit(&self, request: &Request, seq: u64, outcome: &mut Outcome) {
        let deadline = self.options.timeout.map(|timeout| outcome.released + timeout);
        let failure = match clock::limit(deadline, self.follow(request, seq, outcome)).await {
            Some(sent) => sent.err(),
            None if outcome.code > 0 => Some(failure::TIMEOUT_READING_BODY.to_owned()),
            None => {
                let cause = failure::TIMEOUT_AWAITING_HEAD;
                Some(failure::of_request(&request.method, &request.text, cause))
            }
        };
        outcome.end(failure);
    }

    /// Sends the request and whatever its redirects ask for.
    async fn follow(
        &self,
        request: &Request,
        seq: u64,
        outcome: &mut Outcome,
    ) -> Result<(), String> {
        let (mut next, mut followed) = (None, 0);
        loop {
            let current = next.as_deref().unwrap_or(request);
            let (status, location) = self.exchange(current, seq, outcome).await?;
            let Redirects::Follow(most) = self.options.redirects else { return Ok(()) };
            let Some(location) = location else { return Ok(()) };
            outcome.begin_anew();
            let failed = |cause: &str| failure::of_request(&current.method, &location, cause);
            if followed == most {
                return Err(failed(&format!("stopped after {most} redirects")));
            }
            let request = redirect::follow(self, current, status, &location);
            // Apart, since every hit would make room for what few of them need.
            next = Some(Box::new(request.map_err(|cause| failed(&cause))?));
            followed += 1;
        }
    }

    /// Sends one request and reads its response; returns its status and where it leads.
    async fn exchange(
        &self,
        request: &Request,
        seq: u64,
        outcome: &mut Outcome,
    ) -> Result<(StatusCode, Option<String>), String> {
        let failed = |cause: String| failure::of_request(&request.method, &request.text, &cause);
        let (mut lease, head, body) = self.send(request, seq, outcome).await.map_err(failed)?;
        let status = head.status;
        let location = redirect::location(status, &head.headers);
        outcome.begin_response(head, request.body.len());
        self.read_body(request, lease.connection(), body, outcome).await?;
        if self.options.keepalive && lease.connection().is_reusable() {
            lease.give_back();
        }
        Ok((status, location))
    }

    /// Sends a request until a response begins.
    ///
    /// A kept connection that the server closed just then is no answer: the request goes out
    /// again on another one, where that is safe, and the outcome counts it.
    async fn send(
        &self,
        request: &Request,
        seq: u64,
        outcome: &mut Outcome,
    ) -> Result<(Lease<Connector>, Head, Arriving), String> {
        let mut tried = 0;
        loop {
            let mut lease = self.lease(request, outcome).await?;
            let reused = lease.is_reused();
            let connection = lease.connection();
            if let Err(problem) = connection.ready().await {
                if reused {
                    continue;
                }
                return Err(problem.cause());
            }
            let http2 = connection.is_http2();
            let Unanswered { problem, is_unsent } = match connection.send(request, seq).await {
                Ok((head, body)) => return Ok((lease, head, body)),
                Err(unanswered) => unanswered,
            };
            let left = problem.is_left_behind();
            let closed = reused && problem.is_closed_connection();
            let unseen = left || problem.is_refused();
            let again = unseen || (closed && (is_unsent || request.is_idempotent()));
            if !again || (tried == MOST_RETRIES && !left) {
                return Err(problem.cause());
            }
            // Others share a connection of HTTP/2, which may end before it carries anything.
            tried += u8::from(!left && (!is_unsent || http2));
            if !is_unsent {
                outcome.retries = outcome.retries.saturating_add(1);
            }
        }
    }

    /// Gets a connection and notes how long that took, where none was at hand.
    async fn lease(
        &self,
        request: &Request,
        outcome: &mut Outcome,
    ) -> Result<Lease<Connector>, String> {
        if let Some(lease) = request.pool.take_idle() {
            return Ok(lease);
        }
        let began = clock::now();
        let lease = request.pool.wait().await;
        let waited = clock::now() - began;
        outcome.connect = Some(outcome.connect.unwrap_or_default() + waited);
        lease
    }

    /// Reads a body to its end and keeps its beginning, up to the limit. Returns what went wrong.
    async fn read_body(
        &self,
        request: &Request,
        connection: &mut Connection,
        body: Arriving,
        outcome: &mut Outcome,
    ) -> Result<(), String> {
        let limit = self.options.max_body.map_or(MOST_KEPT, |most| MOST_KEPT.min(saturated(most)));
        let mut keeper = Keeper { outcome, kept: None };
        let keep = |data: &[u8]| {
            if data.is_empty() {
                return Ok(());
            }
            let kept = keeper.kept(&request.unpacks, limit);
            kept.take(data).map_err(|error| failure::of_packing(&error))
        };
        connection.read_body(body, keep).await?;
        let ended = keeper.kept.as_mut().map_or(Ok(()), Kept::end);
        ended.map_err(|error| failure::of_packing(&error))
    }
}

fn saturated(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// The kept part of a body, which goes into the outcome however the reading ends.
struct Keeper<'a> {
    outcome: &'a mut Outcome,
    /// None before the first byte: a response without one has a body of no coding, whatever its
    /// headers say, as one with status 304 does of the body that it spares.
    kept: Option<Kept>,
}

impl Keeper<'_> {
    fn kept(&mut self, unpacks: &Unpacks, limit: usize) -> &mut Kept {
        let headers = self.outcome.headers.get_or_insert_default();
        self.kept.get_or_insert_with(|| Kept::new(headers, unpacks, limit))
    }
}

impl Drop for Keeper<'_> {
    fn drop(&mut self) {
        if let Some(kept) = &mut self.kept {
            self.outcome.body = kept.bytes();
        }
    }
}

/// Returns the text of a status that is no success: the code and the server's reason phrase.
fn status_error(head: &Head) -> Option<String> {
    let code = head.status.as_u16();
    if (200..400).contains(&code) {
        return None;
    }
    let usual = head.status.canonical_reason().unwrap_or_default();
    let reason = head.reason.as_deref().unwrap_or(usual);
    Some(format!("{code} {reason}").trim_end().to_owned())
}
