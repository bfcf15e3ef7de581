//! A request while it is sent.

use std::io::{self, IoSlice, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::rt::Write;

use crate::client::dial::Transport;
use crate::client::http1::request_head::{self, HeaderLines};
use crate::client::request::Request;

/// What follows a body that is sent as one chunk.
const END_OF_CHUNKS: &[u8] = b"\r\n0\r\n\r\n";

/// A request while it is sent: its head, its body and the end of its chunks.
#[derive(Debug, Default)]
pub struct Outgoing {
    head: Vec<u8>,
    body: Bytes,
    tail: &'static [u8],
    /// Number of bytes that the stream has accepted, of head, body and tail in this order.
    sent: usize,
    /// Whether bytes are left to send.
    is_unfinished: bool,
    /// Why sending failed; None if it did not, or if the failure has been taken.
    failure: Option<io::Error>,
}

impl Outgoing {
    /// Starts to send a request as hit `seq`.
    pub fn begin(&mut self, request: &Request, lines: &HeaderLines, seq: u64) {
        self.head.clear();
        request_head::write(request, lines, seq, &mut self.head);
        self.body = request.body.bytes().clone();
        self.tail = b"";
        if request.body.is_chunked() {
            // Writing to memory cannot fail.
            let _ = write!(self.head, "{:X}\r\n", self.body.len());
            self.tail = END_OF_CHUNKS;
        }
        (self.sent, self.is_unfinished, self.failure) = (0, true, None);
    }

    /// Returns whether the stream has accepted no byte.
    pub fn is_unsent(&self) -> bool {
        self.sent == 0
    }

    /// Returns whether everything is sent.
    pub fn is_done(&self) -> bool {
        !self.is_unfinished
    }

    /// Takes the reason why sending failed; None if it did not, or on a second call.
    pub fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// Continues to send. Ready when everything is sent or sending has failed.
    pub fn poll(&mut self, context: &mut Context<'_>, stream: &mut Transport) -> Poll<()> {
        if self.is_done() || self.failure.is_some() {
            return Poll::Ready(());
        }
        match ready!(self.poll_send(context, stream)) {
            Ok(()) => (self.is_unfinished, self.body) = (false, Bytes::new()),
            Err(error) => self.failure = Some(error),
        }
        Poll::Ready(())
    }

    fn poll_send(
        &mut self,
        context: &mut Context<'_>,
        stream: &mut Transport,
    ) -> Poll<io::Result<()>> {
        let whole = self.head.len() + self.body.len() + self.tail.len();
        while self.sent < whole {
            match ready!(self.poll_write(context, stream))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                accepted => self.sent += accepted,
            }
        }
        Pin::new(stream).poll_flush(context)
    }

    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        stream: &mut Transport,
    ) -> Poll<io::Result<usize>> {
        if self.body.is_empty() {
            return Pin::new(stream).poll_write(context, &self.head[self.sent..]);
        }
        let mut pieces = [&self.head[..], &self.body, self.tail].map(IoSlice::new);
        let mut left = &mut pieces[..];
        IoSlice::advance_slices(&mut left, self.sent);
        Pin::new(stream).poll_write_vectored(context, left)
    }
}
