//! HTTP/2 over a stream of bytes: several exchanges at once, through h2.
//!
//! A task drives each connection. A hit holds a handle on it, sends its request over a stream and
//! reads the response from that stream. All of it is on the thread of the engine.

mod frames;
mod state;
mod wire;
mod driver;
mod error;
mod request;

pub use error::Error;
pub use request::headers;

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use h2::RecvStream;
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

/// The body of a response whose head has arrived.
pub struct Incoming {
    stream: RecvStream,
    state: Rc<State>,
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
    /// Starts HTTP/2 on a stream of bytes. If `single_use`, the connection carries one request.
    ///
    /// # Errors
    ///
    /// If the stream ends during the handshake.
    pub async fn handshake(bytes: Transport, single_use: bool) -> Result<Self, Error> {
        let state = Rc::new(State::new(single_use, bytes.peer()));
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
        let state = self.state().clone();
        let failed = |error, stream: Option<u32>| Unanswered {
            error: Error::new(error, stream, &state),
            is_unsent: stream.is_none(),
        };
        let body = request.body.bytes();
        // A fresh sender: one that has been used may have to wait for its last stream.
        let sent = self
            .link
            .sender
            .clone()
            .send_request(request::request(request, headers, seq), body.is_empty());
        let (response, mut outgoing) = sent.map_err(|error| failed(error, None))?;
        let id = response.stream_id().as_u32();
        if id == LAST_STREAM {
            state.retire();
        }
        if !body.is_empty() {
            // h2 sends it as the server's windows allow. Failures are those of the response.
            let _ = outgoing.send_data(body.clone(), true);
        }
        self.sent_at = Some(state.n_of_responses());
        let response = response.await;
        self.sent_at = None;
        let (head, stream) = response.map_err(|error| failed(error, Some(id)))?.into_parts();
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
        Ok((head, Incoming { stream, state }))
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

/// Reads a body to its end and passes each part to `take`. Trailers are ignored.
///
/// # Errors
///
/// Why the body broke off, or the error of `take`.
pub async fn read_body(
    body: Incoming,
    mut take: impl AsyncFnMut(&[u8]) -> Result<(), String>,
) -> Result<(), String> {
    let Incoming { mut stream, state } = body;
    let id = stream.stream_id().as_u32();
    while let Some(data) = stream.data().await {
        let data = data.map_err(|error| Error::new(error, Some(id), &state).body_wording())?;
        // The data is not buffered any more, so the window is given back before it is decoded.
        let _ = stream.flow_control().release_capacity(data.len());
        take(&data).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
