//! HTTP/1.1 over a stream of bytes: one exchange after another.
//!
//! A hit that waits for its response needs little memory apart from its socket: headers are
//! encoded once for all hits on a target, the hit's own task drives the exchange, and a
//! connection borrows a read buffer only while the buffer holds unread bytes.
//!
//! Source: RFC 9112.

mod request_head;
mod outgoing;
mod incoming;
mod status_line;
mod bad_header;
mod head;
mod partial_head;
mod framing;
mod error;
pub mod in_memory;

pub use crate::client::http1::incoming::SharedBuffer;
pub use error::{Error, MAX_HEADER_LINES};
pub use request_head::HeaderLines;

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::mem;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::Method;
use hyper::rt::Write;
use tokio::task::coop::consume_budget;

use crate::client::dial::Transport;
use crate::client::http1::incoming::Input;
use crate::client::request::Request;
use crate::client::response::head::Head;
use framing::Framing;
use outgoing::Outgoing;
use partial_head::PartialHead;

/// Maximum length of a response's head in bytes, as in Go's client.
const LARGEST_HEAD: usize = 10 << 20;

/// A connection that carries one request at a time.
pub struct Connection {
    stream: Transport,
    peer: Option<IpAddr>,
    outgoing: Outgoing,
    input: Input,
    /// Framing of the last response's body, and how much of the body is left.
    framing: Framing,
    /// Whether the connection stays open after the last response.
    stays_open: bool,
    unsolicited: Rc<Unsolicited>,
}

/// Whether a server has sent bytes that no request asked for, on any of its connections.
///
/// A request must not be matched with a response that was there before it. Such bytes are usually
/// found without a system call, but those that arrive just before a request is sent are not. A
/// server that has sent such bytes once is therefore asked for them with a system call before
/// each further request.
#[derive(Debug, Default)]
pub struct Unsolicited(Cell<bool>);

impl Connection {
    /// Creates a connection over a stream of bytes that reads into a shared buffer. Connections to
    /// one server share `unsolicited`.
    pub fn new(stream: Transport, buffer: Rc<SharedBuffer>, unsolicited: Rc<Unsolicited>) -> Self {
        let (outgoing, input) = (Outgoing::default(), Input::new(buffer));
        let peer = stream.peer();
        let framing = Framing::Empty;
        Self { stream, peer, outgoing, input, framing, stays_open: true, unsolicited }
    }

    /// Returns the address of the server. None if it is unknown.
    pub fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    /// Sends a request as hit `seq` and waits for the head of its response.
    ///
    /// # Errors
    ///
    /// Why no response arrived.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the connection must be closed.
    pub async fn send(
        &mut self,
        request: &Request,
        lines: &HeaderLines,
        seq: u64,
    ) -> Result<Head, Error> {
        let is_reused = !self.outgoing.is_unsent();
        self.outgoing.begin(request, lines, seq);
        if is_reused && self.unsolicited.0.get() && self.stream.has_unread() {
            // As if the server had closed the connection: the request goes to another one.
            return Err(Error::Ended);
        }
        self.read_head(&request.method).await
    }

    /// Reads the head of the final response to a method, and the interim responses before it.
    async fn read_head(&mut self, method: &Method) -> Result<Head, Error> {
        let (mut partial, mut n_skipped) = (PartialHead::default(), 0);
        loop {
            // Empty lines before a head would each look like its end.
            let n_empty = status_line::start(self.input.bytes());
            if n_empty > 0 {
                self.input.consume(n_empty);
                n_skipped += n_empty;
            }
            let bytes = self.input.bytes();
            if n_skipped + bytes.len() >= LARGEST_HEAD {
                return Err(Error::TooLarge);
            }
            let Some(found) = partial.parse(bytes, method)? else {
                if let Err(error) = self.read_more().await {
                    // That the bytes are no response says more than that they ended.
                    partial.parse_rest(self.input.bytes(), method)?;
                    // A server may respond before it has read the whole body, and then stop
                    // reading. A failure to send therefore counts only if no response arrives.
                    return Err(self.outgoing.take_failure().map_or(error, Error::Io));
                }
                continue;
            };
            self.input.consume(found.len);
            n_skipped += found.len;
            partial = PartialHead::default();
            if let Some(response) = found.response {
                (self.framing, self.stays_open) = (response.framing, response.stays_open);
                return Ok(response.head);
            }
            // Thousands of interim responses must not keep the engine from other hits.
            consume_budget().await;
        }
    }

    /// Returns whether the stream accepted no byte of the last request.
    pub fn is_unsent(&self) -> bool {
        self.outgoing.is_unsent()
    }

    /// Reads the body of the last response to its end and passes each part to `take`.
    ///
    /// # Errors
    ///
    /// Why the body broke off, worded by `wording`, or the error of `take`.
    ///
    /// # Cancel safety
    ///
    /// As [`Connection::send`].
    pub async fn read_body(
        &mut self,
        mut take: impl AsyncFnMut(&[u8]) -> Result<(), String>,
        wording: impl Fn(&Error) -> String,
    ) -> Result<(), String> {
        loop {
            let piece = self.framing.next(self.input.bytes()).map_err(|error| wording(&error))?;
            take(&self.input.bytes()[piece.data]).await?;
            self.input.consume(piece.len);
            if self.framing.is_done() {
                return Ok(());
            }
            if piece.len > 0 {
                // The same for thousands of tiny chunks.
                consume_budget().await;
                continue;
            }
            match self.read_more().await {
                Err(Error::Ended) if self.framing.ends_with_stream() => return Ok(()),
                read => read.map_err(|error| wording(&error))?,
            }
        }
    }

    /// Waits for further bytes.
    async fn read_more(&mut self) -> Result<(), Error> {
        match poll_fn(|context| self.poll_exchange(context)).await {
            Ok(0) => Err(Error::Ended),
            Ok(_) => Ok(()),
            Err(error) => Err(Error::Io(error)),
        }
    }

    /// Continues to send and reads; returns the number of bytes read, 0 at the end of the stream.
    fn poll_exchange(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        // Reading does not depend on whether sending succeeds.
        let _ = self.outgoing.poll(context, &mut self.stream);
        self.input.poll_fill(context, &mut self.stream)
    }

    /// Returns whether the last exchange is complete and the connection accepts another request.
    pub fn is_reusable(&self) -> bool {
        let is_over = self.framing.is_done() && self.outgoing.is_done();
        if is_over && !self.input.bytes().is_empty() {
            // Bytes after the response belong to no request.
            self.unsolicited.0.set(true);
            return false;
        }
        self.stays_open && is_over
    }

    /// Ends HTTP on the connection. Returns the stream, and the bytes that came after the head of the
    /// last response.
    pub fn into_stream(mut self) -> (Transport, Bytes) {
        let rest = Bytes::copy_from_slice(self.input.bytes());
        self.input.consume(rest.len());
        (mem::replace(&mut self.stream, Transport::ended()), rest)
    }

    /// Returns whether the stream has ended, or has delivered bytes that no request asked for.
    pub fn is_closed(&mut self) -> bool {
        if !self.is_reusable() {
            return true;
        }
        // This makes no system call unless the socket is marked as readable.
        let context = &mut Context::from_waker(Waker::noop());
        match self.input.poll_fill(context, &mut self.stream) {
            Poll::Pending => false,
            Poll::Ready(read) => {
                if read.is_ok_and(|n_bytes| n_bytes > 0) {
                    self.unsolicited.0.set(true);
                }
                true
            }
        }
    }
}

impl Drop for Connection {
    /// Sends the closing message of TLS, without waiting for the peer to read it.
    fn drop(&mut self) {
        let context = &mut Context::from_waker(Waker::noop());
        let _ = Pin::new(&mut self.stream).poll_shutdown(context);
    }
}

#[cfg(test)]
mod tests;
