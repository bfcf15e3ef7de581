//! One exchange after another over a stream of bytes, as HTTP/1.1 has them.
//!
//! What a request says is written once for all hits on its target, an exchange is driven by the
//! task of its hit, and room to read into is lent for as long as there are bytes in it: a hit that
//! waits for its answer holds its socket and little more.
//!
//! Source: RFC 9112.

mod framing;
mod head;
mod input;
mod outgoing;

pub use input::Room;

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use http::Method;
use hyper::rt::Write;

use crate::client::connection::Head;
use crate::client::dial::Transport;
use crate::client::request::Request;
use framing::Framing;
use input::Input;
use outgoing::Outgoing;

/// Most bytes of a response's head, as in Go's client.
const LARGEST_HEAD: usize = 10 << 20;

/// Bytes of a head up to which it is looked at whenever more of it has come, so that what is none is
/// told at once.
const SHORT_HEAD: usize = 16 << 10;

/// Why an exchange failed.
#[derive(Debug)]
pub enum Error {
    /// The stream of bytes failed.
    Io(io::Error),
    /// The stream ended before the answer did.
    Ended,
    /// The head of the response, with those that only announce it, is longer than
    /// [`LARGEST_HEAD`], or has headers of more names than there is room for.
    TooLarge,
    /// What came is no response, and why not.
    Malformed(String),
    /// The body is not framed as its head says, and how not.
    Body(&'static str),
}

/// A connection that carries one request at a time.
pub struct Connection {
    stream: Transport,
    outgoing: Outgoing,
    input: Input,
    /// How the body of the last response is framed, and how much of it is left.
    framing: Framing,
    /// Whether the last response leaves the connection open.
    stays_open: bool,
}

impl Connection {
    /// Returns a connection over a stream of bytes, which reads into a room that it shares.
    pub fn new(stream: Transport, room: Rc<Room>) -> Self {
        let (outgoing, input) = (Outgoing::default(), Input::new(room));
        Self { stream, outgoing, input, framing: Framing::Empty, stays_open: true }
    }

    /// Sends a request as hit `seq` and waits for the head of its response.
    ///
    /// # Errors
    ///
    /// Why none came.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the connection is good for nothing but being closed.
    pub async fn send(&mut self, request: &Request, seq: u64) -> Result<Head, Error> {
        self.outgoing.begin(request, seq);
        self.read_head(&request.method).await
    }

    /// Reads the head of the answer to a request of a method, and those that only announce it.
    async fn read_head(&mut self, method: &Method) -> Result<Head, Error> {
        let (mut n_seen, mut n_announced) = (0, 0);
        loop {
            let bytes = self.input.bytes();
            if n_announced + bytes.len() >= LARGEST_HEAD {
                return Err(Error::TooLarge);
            }
            // A long head is not looked through again for each of its pieces.
            let is_worthwhile = bytes.len() < SHORT_HEAD || head::ends_in(bytes, n_seen);
            n_seen = bytes.len();
            let found = if is_worthwhile { head::parse(bytes, method)? } else { None };
            let Some(found) = found else {
                // A server may answer before it has the whole body, and then take no more of it:
                // what sending fails of counts only where no answer comes.
                let read = self.read_on().await;
                read.map_err(|error| self.outgoing.failure().map_or(error, Error::Io))?;
                continue;
            };
            self.input.consume(found.len);
            n_announced += found.len;
            n_seen = 0;
            if let Some(answer) = found.last {
                (self.framing, self.stays_open) = (answer.framing, answer.stays_open);
                return Ok(answer.head);
            }
        }
    }

    /// Returns whether the stream has taken nothing of the last request.
    pub fn is_unsent(&self) -> bool {
        self.outgoing.is_unsent()
    }

    /// Reads the body of the last response to its end, and hands it on piece by piece.
    ///
    /// # Errors
    ///
    /// Why it broke off, worded by `told`; or what `take` finds wrong.
    ///
    /// # Cancel safety
    ///
    /// As [`Connection::send`].
    pub async fn read_body(
        &mut self,
        mut take: impl FnMut(&[u8]) -> Result<(), String>,
        told: impl Fn(&Error) -> String,
    ) -> Result<(), String> {
        loop {
            let piece = self.framing.next(self.input.bytes()).map_err(|error| told(&error))?;
            take(&self.input.bytes()[piece.data])?;
            self.input.consume(piece.len);
            if self.framing.is_done() {
                return Ok(());
            }
            if piece.len > 0 {
                continue;
            }
            match self.read_on().await {
                Err(Error::Ended) if self.framing.ends_with_stream() => return Ok(()),
                read => read.map_err(|error| told(&error))?,
            }
        }
    }

    /// Waits for further bytes.
    async fn read_on(&mut self) -> Result<(), Error> {
        match poll_fn(|context| self.poll_on(context)).await {
            Ok(0) => Err(Error::Ended),
            Ok(_) => Ok(()),
            Err(error) => Err(Error::Io(error)),
        }
    }

    /// Goes on sending and reads; returns the number of bytes that came, 0 at the end of the
    /// stream.
    fn poll_on(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        // Reading goes on whether there is more to send or not.
        let _ = self.outgoing.poll(context, &mut self.stream);
        self.input.poll_fill(context, &mut self.stream)
    }

    /// Returns whether the connection takes another request, the last one being over.
    pub fn is_reusable(&self) -> bool {
        let is_over = self.framing.is_done() && self.outgoing.is_done();
        // What stands behind the answer belongs to no request.
        self.stays_open && is_over && self.input.bytes().is_empty()
    }

    /// Returns whether the stream has ended, or brought what nobody asked for.
    pub fn is_closed(&mut self) -> bool {
        if !self.is_reusable() {
            return true;
        }
        // Costs no system call as long as the system has told of nothing to read.
        let context = &mut Context::from_waker(Waker::noop());
        self.input.poll_fill(context, &mut self.stream).is_ready()
    }
}

impl Drop for Connection {
    /// Takes leave of the peer, as TLS wants it; whoever does not listen is not waited for.
    fn drop(&mut self) {
        let context = &mut Context::from_waker(Waker::noop());
        let _ = Pin::new(&mut self.stream).poll_shutdown(context);
    }
}

#[cfg(test)]
mod tests;
