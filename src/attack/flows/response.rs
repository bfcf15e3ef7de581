//! The outcome of a request, as the checks of a flow see it.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Version};

use crate::attack::flows::sockets::Candidate;
use crate::client::{Decoding, HitLimits, Outcome};
use crate::flow::{self, Answer, Checks, Flow, Redirect, Session};

/// Bytes of a body that a check or a capture can read. What is beyond is read and discarded, and the
/// checks that need the body fail.
pub const MAX_CHECKED_BODY: u64 = 16 << 20;

/// Bytes of a body that are read for checks. One more than checks can read, so that a body of
/// exactly that size differs from a longer one.
pub const MAX_READ_BODY: u64 = MAX_CHECKED_BODY + 1;

/// Bytes of the prefix of a message in a response.
const PREFIX: u64 = 5;

/// Bytes of a body up to which it is checked on the thread of the engine. A tree of JSON of this
/// size takes about half a millisecond.
const MAX_ON_ENGINE: usize = 64 << 10;

/// Returns the outcome of a request for the checks of a flow. `limits` are those that the request
/// had, and `url` is its URL, empty if it could not be sent. `none` stands for missing headers.
pub fn answer<'a>(
    outcome: &'a Outcome,
    limits: &HitLimits,
    redirects: &'a [Redirect],
    url: &'a str,
    none: &'a HeaderMap,
) -> Answer<'a> {
    let body = &outcome.body;
    // A body that fills its limit exactly may have been longer.
    let is_full = limits.max_body.is_some_and(|most| body.n_received >= most);
    let checked = &body.bytes[..body.bytes.len().min(MAX_CHECKED_BODY as usize)];
    let n_messages = outcome.messaging.as_ref().map_or(0, |messaging| messaging.messages_in);
    let n_prefixes = if limits.keeps_messages { PREFIX * u64::from(n_messages) } else { 0 };
    Answer {
        code: outcome.code,
        version: version(outcome.version),
        url: redirects.last().map_or(url, |last| last.location.as_str()),
        headers: outcome.headers.as_ref().unwrap_or(none),
        body: checked,
        is_truncated: is_full || (checked.len() as u64) < body.n_received + n_prefixes,
        is_undecodable: false,
        is_good: outcome.error.is_none(),
        latency: outcome.latency,
        redirects,
        ip: outcome.peer,
        error: outcome.failure(),
    }
}

/// Returns a message of a WebSocket for the checks of a flow. `none` stands for its headers.
pub fn of_message<'a>(candidate: &Candidate<'a>, none: &'a HeaderMap) -> Answer<'a> {
    Answer {
        code: 0,
        version: "",
        url: candidate.url,
        headers: none,
        body: candidate.bytes,
        is_truncated: false,
        is_undecodable: false,
        is_good: true,
        latency: candidate.latency,
        redirects: &[],
        ip: None,
        error: None,
    }
}

/// Returns whether checking a body may take longer than the engine can wait.
pub fn is_large(body: &Bytes) -> bool {
    body.len() > MAX_ON_ENGINE
}

/// A response that another thread can evaluate.
pub struct LargeResponse {
    version: &'static str,
    url: String,
    headers: HeaderMap,
    body: Bytes,
    redirects: Vec<Redirect>,
    error: Option<String>,
    /// The numbers of the response.
    code: u16,
    is_truncated: bool,
    is_good: bool,
    latency: Duration,
    ip: Option<IpAddr>,
}

impl LargeResponse {
    /// Copies a response, except for its body, which `body` shares.
    pub fn new(answer: &Answer<'_>, http: Option<Version>, body: &Bytes) -> Self {
        Self {
            version: version(http),
            url: answer.url.to_owned(),
            headers: answer.headers.clone(),
            body: body.slice(..answer.body.len()),
            redirects: answer.redirects.to_vec(),
            error: answer.error.map(str::to_owned),
            code: answer.code,
            is_truncated: answer.is_truncated,
            is_good: answer.is_good,
            latency: answer.latency,
            ip: answer.ip,
        }
    }

    /// Evaluates the response as that of the current step of a flow.
    pub fn evaluate(&self, flow: &Flow, session: &mut Session) -> Checks {
        session.answer(flow, &self.answer(), &mut ())
    }

    /// Returns whether the response, a message, is the one that the current step waits for.
    pub fn is_accepted(&self, flow: &Flow, session: &Session) -> bool {
        session.accepts(flow, &self.answer())
    }

    fn answer(&self) -> Answer<'_> {
        Answer {
            code: self.code,
            version: self.version,
            url: &self.url,
            headers: &self.headers,
            body: &self.body,
            is_truncated: self.is_truncated,
            is_undecodable: false,
            is_good: self.is_good,
            latency: self.latency,
            redirects: &self.redirects,
            ip: self.ip,
            error: self.error.as_deref(),
        }
    }
}

/// Returns why a request failed: there is no response, a check failed, or the status is bad and
/// nothing was expected. None if it did not.
pub fn failure(outcome: &Outcome, checks: &Checks) -> Option<String> {
    match (outcome.failure(), &checks.error, checks.made) {
        (Some(failure), ..) => Some(failure.to_owned()),
        (None, Some(check), _) => Some(check.clone()),
        // The checks decide in place of the status.
        (None, None, Some(_)) => None,
        (None, None, None) => outcome.error.clone(),
    }
}

/// Returns which bodies a step has decompressed: as in hurl, all of them, unless it reads the body as
/// it was sent.
pub fn decoding(step: &flow::Step<'_>) -> Decoding {
    if step.keeps_raw_body { Decoding::Off } else { Decoding::Known }
}

/// Returns whether the body of a step is all messages of a call, which its checks or captures read.
pub fn keeps_messages(step: &flow::Step<'_>) -> bool {
    step.keeps_body && step.target.call.is_some()
}

/// Returns a version of HTTP as checks compare it; empty for none.
fn version(version: Option<Version>) -> &'static str {
    match version {
        Some(Version::HTTP_10) => "1.0",
        Some(Version::HTTP_11) => "1.1",
        Some(Version::HTTP_2) => "2",
        _ => "",
    }
}
