//! HTTP/2 over a stream of bytes: several exchanges at once, through h2.
//!
//! A task drives each connection. A hit holds a handle on it, sends its request over a stream and
//! reads the response from that stream. All of it is on the thread of the engine.

mod frames;
mod written;
mod state;
mod wire;
mod driver;
mod error;
mod request;
mod exchange;
pub mod in_memory;

pub use error::Error;
pub use exchange::{Incoming, Outgoing, Pending};
pub use request::{changing, headers, uri};
pub use written::Progress;

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use http::response::Parts;
use http::{HeaderMap, Version};

use crate::client::dial::Transport;
use crate::client::http1::MAX_HEADER_LINES;
use crate::client::request::Request;
use crate::client::response::head::Head;
use state::State;

/// Maximum size of a response's head: the lengths of its names and values, each pair with four
/// bytes more, as on the wire of HTTP/1.1.
///
/// h2 decodes a header only when it has arrived completely, so the limit also bounds how long one
/// header can keep the engine busy.
const MAX_HEAD_LEN: usize = 1 << 20;

/// The last stream of a connection, which then accepts no further request.
///
/// Source: RFC 9113, section 5.1.1.
const LAST_STREAM: u32 = (1 << 31) - 1;

/// A handle on an HTTP/2 connection, which carries one request at a time.
pub struct Stream {
    link: Rc<Link>,
    /// The number of frames when the request was sent; None unless a hit waits for its response.
    sent_at: Option<u64>,
}

/// What the handles on a connection share. The connection closes with its last handle.
struct Link {
    sender: SendRequest<Bytes>,
    state: Rc<State>,
}

/// What a connection is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Whether it carries one request only.
    pub is_single: bool,
    /// Whether it notes when the system takes the bytes of requests.
    pub notes_written: bool,
}

/// A request without a response.
pub struct Unanswered {
    /// Why there is no response.
    pub error: Error,
    /// Whether nothing of the request was sent.
    pub is_unsent: bool,
}

/// What becomes of a handle whose hit has given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abandoned {
    /// The connection accepts no further request.
    Closed,
    /// Only the stream of the hit has ended.
    Usable,
    /// No part of a response has arrived since the request was sent, so the connection may be
    /// dead.
    Silent,
}

impl Stream {
    /// Starts HTTP/2 on a stream of bytes.
    ///
    /// # Errors
    ///
    /// If the stream ends during the handshake.
    pub async fn handshake(bytes: Transport, usage: Usage) -> Result<Self, Error> {
        let state = Rc::new(State::new(usage, bytes.peer()));
        let sender = driver::start(bytes, &state).await;
        let sender = sender.map_err(|error| Error::new(error, None, &state))?;
        Ok(Self::on(Rc::new(Link { sender, state })))
    }

    fn on(link: Rc<Link>) -> Self {
        Self { link, sent_at: None }
    }

    fn state(&self) -> &Rc<State> {
        &self.link.state
    }

    /// Returns the address of the server. None if it is unknown.
    pub fn peer(&self) -> Option<IpAddr> {
        self.state().peer()
    }

    /// Sends a request as hit `seq` and waits for the head of its response.
    ///
    /// `headers` are those that [`headers`] returns for the request.
    ///
    /// # Errors
    ///
    /// Why no response arrived.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the stream is reset. [`Stream::abandoned`] returns what becomes
    /// of the handle.
    pub async fn send(
        &mut self,
        request: &Request,
        headers: &HeaderMap,
        seq: u64,
    ) -> Result<(Head, Incoming), Unanswered> {
        let body = request.body.bytes();
        let head = request::request(request, headers, seq);
        let (mut pending, mut outgoing) = self.open(head, body.is_empty())?;
        if !body.is_empty() {
            // Failures are those of the response.
            let _ = outgoing.give(body.clone(), true);
        }
        self.head(&mut pending).await
    }

    /// Sends the head of a request, and its end as well if it is whole.
    ///
    /// # Errors
    ///
    /// Why it cannot be sent.
    pub fn open(
        &mut self,
        head: http::Request<()>,
        is_whole: bool,
    ) -> Result<(Pending, Outgoing), Unanswered> {
        // A fresh sender: one that has been used may have to wait for its last stream.
        let sent = self.link.sender.clone().send_request(head, is_whole);
        let (response, stream) = sent.map_err(|error| self.unanswered(error, None))?;
        let (state, id) = (self.state(), response.stream_id().as_u32());
        if id == LAST_STREAM {
            state.retire();
        }
        let outgoing = Outgoing::new(stream, state);
        self.sent_at = Some(state.n_of_responses());
        Ok((Pending { response, id }, outgoing))
    }

    /// Waits for the head of a response.
    ///
    /// # Errors
    ///
    /// Why no response arrived.
    pub async fn head(&mut self, pending: &mut Pending) -> Result<(Head, Incoming), Unanswered> {
        let Pending { response, id } = pending;
        let response = response.await;
        self.sent_at = None;
        let response = response.map_err(|error| self.unanswered(error, Some(*id)))?;
        let (head, stream) = response.into_parts();
        let state = self.state().clone();
        state.prove();
        let Parts { status, headers, .. } = head;
        if headers.len() > MAX_HEADER_LINES {
            let error = Error::TooManyHeaders(MAX_HEADER_LINES);
            return Err(Unanswered { error, is_unsent: false });
        }
        if len_of(&headers) > MAX_HEAD_LEN {
            return Err(Unanswered { error: Error::TooLarge(MAX_HEAD_LEN), is_unsent: false });
        }
        let head = Head { status, reason: None, headers, version: Version::HTTP_2 };
        Ok((head, Incoming::new(stream, state)))
    }

    /// Returns the failure of a request; `stream` is None if it was never opened.
    fn unanswered(&self, error: h2::Error, stream: Option<u32>) -> Unanswered {
        let error = Error::new(error, stream, self.state());
        Unanswered { error, is_unsent: stream.is_none() }
    }

    /// Returns whether the connection accepts no further request.
    pub fn is_closed(&self) -> bool {
        self.state().is_closed()
    }

    /// Returns what becomes of the handle after its hit has given up.
    pub fn abandoned(&self) -> Abandoned {
        let state = self.state();
        // Another hit has found it silent already, and probes it.
        if state.is_closed() || state.is_single_use() {
            return Abandoned::Closed;
        }
        if self.sent_at != Some(state.n_of_responses()) {
            return Abandoned::Usable;
        }
        if state.set_silent() {
            return Abandoned::Silent;
        }
        // Its server answers PINGs, but has not responded to a request since the last one.
        state.retire();
        Abandoned::Closed
    }

    /// Probes a silent connection with a PING, and closes it if nothing arrives within a time
    /// limit. Returns whether it is alive.
    pub async fn probe(&self, limit: Option<Duration>) -> bool {
        self.state().probe(limit).await
    }

    /// Returns another handle on the connection; None if it has as many as the server allows.
    pub fn split(&self) -> Option<Self> {
        (self.n_handles() < self.state().allowed()).then(|| Self::on(self.link.clone()))
    }

    /// Returns a further handle if the server has not announced how many streams it allows.
    pub fn spare(&self) -> Option<Self> {
        (!self.state().is_settled()).then(|| Self::on(self.link.clone()))
    }

    /// Waits until the server has announced how many streams it allows, or the connection is over.
    pub async fn settled(&self) {
        self.state().settled().await;
    }

    /// Returns the number of concurrent streams that the server allows, >= 1; None until the
    /// server has announced it.
    pub fn allowed(&self) -> Option<usize> {
        self.state().is_settled().then(|| self.state().allowed())
    }

    /// Returns whether the connection has more handles than the server allows streams.
    pub fn is_overdrawn(&self) -> bool {
        self.allowed().is_some_and(|allowed| self.n_handles() > allowed)
    }

    /// Returns the number of handles on the connection, >= 1.
    fn n_handles(&self) -> usize {
        Rc::strong_count(&self.link)
    }
}

/// Returns the size of a head, as [`MAX_HEAD_LEN`] counts it.
fn len_of(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

/// Reads a body to its end and passes each part to `take`. Trailers can be read after it.
///
/// # Errors
///
/// Why the body broke off, or the error of `take`.
pub async fn read_body(
    body: &mut Incoming,
    mut take: impl AsyncFnMut(&[u8]) -> Result<(), String>,
) -> Result<(), String> {
    while let Some(data) = body.data().await {
        let data = data.map_err(|error| error.body_wording())?;
        take(&data).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
