//! A request on its way out.

use std::io::{self, IoSlice, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::rt::Write;

use crate::client::dial::Transport;
use crate::client::request::Request;

/// What follows a body of one chunk.
const END_OF_CHUNKS: &[u8] = b"\r\n0\r\n\r\n";

/// A request on its way out: its head, its body and what follows that.
#[derive(Debug, Default)]
pub struct Outgoing {
    head: Vec<u8>,
    body: Bytes,
    tail: &'static [u8],
    /// How many bytes of them the stream has taken, in their order.
    sent: usize,
    /// Whether something of it is left to send.
    is_under_way: bool,
    /// Why sending came to an end; None where it did not, or was told.
    failure: Option<io::Error>,
}

impl Outgoing {
    /// Begins with a request, as hit `seq`.
    pub fn begin(&mut self, request: &Request, seq: u64) {
        self.head.clear();
        request.write_head(seq, &mut self.head);
        self.body = request.body.bytes().clone();
        self.tail = b"";
        if request.body.is_chunked() {
            // Into memory, which does not fail.
            let _ = write!(self.head, "{:X}\r\n", self.body.len());
            self.tail = END_OF_CHUNKS;
        }
        (self.sent, self.is_under_way, self.failure) = (0, true, None);
    }

    /// Returns whether the stream has taken nothing of it.
    pub fn is_unsent(&self) -> bool {
        self.sent == 0
    }

    /// Returns whether all of it is sent.
    pub fn is_done(&self) -> bool {
        !self.is_under_way
    }

    /// Returns why sending failed, once.
    pub fn failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// Goes on sending. Ready where there is no more to do, also where that failed.
    pub fn poll(&mut self, context: &mut Context<'_>, stream: &mut Transport) -> Poll<()> {
        if self.is_done() || self.failure.is_some() {
            return Poll::Ready(());
        }
        match ready!(self.poll_send(context, stream)) {
            Ok(()) => (self.is_under_way, self.body) = (false, Bytes::new()),
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
            let taken = match ready!(self.poll_write(context, stream))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                taken => taken,
            };
            self.sent += taken;
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
