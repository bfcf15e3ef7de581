//! The outcome of one hit.

use std::mem;
use std::net::IpAddr;
use std::time::Duration;

use http::{HeaderMap, StatusCode, Version};
use tokio::time::Instant;

use crate::client::response::grpc_status::Status;
use crate::client::response::head::Head;
use crate::client::response::kept_body::StoredBody;
use crate::clock;
use crate::markup::redact::{MAX_TEXT_BYTES, cut};
use crate::record::Messaging;

/// The outcome of one hit. A hit that is cut off leaves what was known until then.
#[derive(Debug)]
pub struct Outcome {
    /// When the hit was released.
    pub released: Instant,
    /// Time from the release to the last byte of the body, or to the failure.
    pub latency: Duration,
    /// Time spent waiting for connections; None if every connection was idle and ready.
    pub connect: Option<Duration>,
    /// Time from the release to the head of the last response; None without a response.
    pub first_byte: Option<Duration>,
    /// Status of the last response; 0 without a response.
    pub code: u16,
    /// Version of HTTP of the last response; None without a response.
    pub version: Option<Version>,
    /// Address of the server of the last response; None without one, or if it is unknown.
    pub peer: Option<IpAddr>,
    /// Headers of the last response; None without a response.
    pub headers: Option<HeaderMap>,
    /// Body of the last response up to the limits, or the part that arrived before a failure.
    pub body: StoredBody,
    /// Number of bytes in the body of the first request; 0 without a response to it.
    pub bytes_out: u64,
    /// Number of times that a request was sent again, at most 255.
    ///
    /// A request is sent again if an idle connection was just being closed, or if the server
    /// reported that it had not processed the request.
    pub retries: u8,
    /// Why the hit failed; None on success.
    pub error: Option<String>,
    /// What only gRPC calls have; None for a plain HTTP request.
    pub messaging: Option<Box<Messaging>>,
    /// URL of the last redirect that was followed; None without one.
    pub(in crate::client) redirected_to: Option<String>,
    /// Whether the first request has received a response.
    is_answered: bool,
    /// Whether the hit has ended.
    is_over: bool,
    /// Whether there is no complete response.
    is_broken: bool,
}

impl Outcome {
    /// Returns the outcome of a hit that is released now.
    pub fn released_now() -> Self {
        Self {
            released: clock::now(),
            latency: Duration::ZERO,
            connect: None,
            first_byte: None,
            code: 0,
            version: None,
            peer: None,
            headers: None,
            body: StoredBody::default(),
            bytes_out: 0,
            retries: 0,
            error: None,
            messaging: None,
            redirected_to: None,
            is_answered: false,
            is_over: false,
            is_broken: false,
        }
    }

    /// Returns whether the hit has ended.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Returns why there is no complete response. None for a response with any status.
    pub fn failure(&self) -> Option<&str> {
        self.error.as_deref().filter(|_| self.is_broken)
    }

    /// Ends the hit. A failure replaces the error text of an unsuccessful status.
    pub fn end(&mut self, failure: Option<String>) {
        self.latency = clock::now() - self.released;
        self.is_broken = failure.is_some();
        self.error = failure.or(self.error.take());
        // A failure may quote what the server or a proxy sent.
        if let Some(error) = self.error.as_mut().filter(|error| error.len() > MAX_TEXT_BYTES) {
            *error = cut(error, MAX_TEXT_BYTES);
        }
        self.is_over = true;
    }

    /// Adds time spent waiting for a connection.
    pub(in crate::client) fn add_connect(&mut self, waited: Duration) {
        self.connect = Some(self.connect.unwrap_or_default() + waited);
    }

    /// Counts a request that was sent again.
    pub(in crate::client) fn add_retry(&mut self) {
        self.retries = self.retries.saturating_add(1);
    }

    /// Records the head of a response to a request with a body of `bytes_out` bytes.
    pub(in crate::client) fn begin_response(&mut self, head: Head, bytes_out: usize) {
        self.first_byte = Some(clock::now() - self.released);
        self.code = head.status.as_u16();
        self.error = status_error(&head);
        self.version = Some(head.version);
        self.headers = Some(head.headers);
        // After redirects, the size of the first request counts.
        if !mem::replace(&mut self.is_answered, true) {
            self.bytes_out = bytes_out as u64;
        }
    }

    /// Records the head of a response to a call, whose only successful HTTP status is 200.
    pub(in crate::client) fn begin_call_response(&mut self, head: Head) {
        let error = (head.status != StatusCode::OK).then(|| worded(&head));
        self.begin_response(head, 0);
        self.error = error;
    }

    /// Records the head of a response to the handshake of a WebSocket. Its only successful status is
    /// 101.
    pub(in crate::client) fn begin_handshake_response(&mut self, head: Head) {
        let is_refused = head.status != StatusCode::SWITCHING_PROTOCOLS;
        let error = is_refused.then(|| format!("websocket: bad handshake: {}", worded(&head)));
        self.begin_response(head, 0);
        self.error = error;
    }

    /// Records the end of a response in the form of gRPC to a plain request: a status that is not OK
    /// is a failure. The trailers follow the headers.
    pub(in crate::client) fn end_grpc_response(&mut self, trailers: Option<HeaderMap>) {
        let headers = self.headers.get_or_insert_default();
        let status = trailers.as_ref().and_then(Status::of).or_else(|| Status::of(headers));
        headers.extend(trailers.into_iter().flatten());
        self.error = status.and_then(|status| status.error).or(self.error.take());
    }

    /// Discards a response that redirects, and returns its headers.
    pub(in crate::client) fn discard_response(&mut self) -> HeaderMap {
        self.first_byte = None;
        self.code = 0;
        self.version = None;
        self.peer = None;
        self.error = None;
        self.body.discard();
        self.headers.take().unwrap_or_default()
    }
}

/// Returns code and reason phrase of a status outside 200 to 399; None for any other status.
fn status_error(head: &Head) -> Option<String> {
    let code = head.status.as_u16();
    if (200..400).contains(&code) {
        return None;
    }
    Some(worded(head))
}

/// Returns code and reason phrase of a status.
fn worded(head: &Head) -> String {
    let standard = head.status.canonical_reason().unwrap_or_default();
    let reason = head.reason.as_deref().unwrap_or(standard);
    format!("{} {reason}", head.status.as_u16()).trim_end().to_owned()
}
