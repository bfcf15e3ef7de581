//! The bytes of a socket on their way to and from the frames.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::client::dial::Transport;
use crate::client::messages::{Mark, Sent};
use crate::clock;

/// Number of bytes that are read before other sockets have their turn.
const MAX_TURN: usize = 64 << 10;

/// A stream of bytes that notes when bytes were read, and how many were written.
pub struct Wire {
    stream: TokioIo<Transport>,
    /// Bytes that were read with the head of the handshake.
    rest: Bytes,
    /// When bytes were read the last time.
    read_at: Instant,
    /// Number of bytes read in this turn.
    n_turn: usize,
    /// Whether the server has ended the stream.
    is_ended: bool,
    written: Written,
}

/// What was written.
struct Written {
    /// Number of bytes that the system has taken.
    n_bytes: u64,
    /// When it took the last of them.
    at: Instant,
    /// Places that were not reached yet, in their order.
    marks: VecDeque<(u64, Mark)>,
    /// Why writing failed. None if it did not.
    failure: Option<io::Error>,
}

impl Wire {
    /// Wraps a stream after a handshake. Some bytes were read already, at an instant.
    pub fn new(stream: Transport, rest: Bytes, read_at: Instant) -> Self {
        let marks = VecDeque::new();
        let written = Written { n_bytes: 0, at: read_at, marks, failure: None };
        let stream = TokioIo::new(stream);
        Self { stream, rest, read_at, n_turn: 0, is_ended: false, written }
    }

    /// Begins the turn of this socket to read.
    pub fn begin_turn(&mut self) {
        self.n_turn = 0;
    }

    /// Returns when bytes were read the last time.
    pub fn read_at(&self) -> Instant {
        self.read_at
    }

    /// Returns whether the server has ended the stream.
    pub fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// Returns the number of bytes that the system has taken.
    pub fn n_written(&self) -> u64 {
        self.written.n_bytes
    }

    /// Returns why writing failed. None if it did not.
    pub fn failure(&self) -> Option<&io::Error> {
        self.written.failure.as_ref()
    }

    /// Returns when the system has all bytes up to a place. Places must not go back.
    pub fn sent(&mut self, place: u64) -> Sent {
        let written = &mut self.written;
        if written.failure.is_some() {
            return Sent::default();
        }
        if written.n_bytes >= place {
            return Sent::at_once(written.at);
        }
        let mark = Mark::default();
        written.marks.push_back((place, mark.clone()));
        Sent::later(Some(mark))
    }
}

impl Written {
    /// Notes how many of some bytes were written. If that failed, the bytes are dropped: whether
    /// the server has sent more does not depend on it, and its reason says more.
    fn note(&mut self, polled: Poll<io::Result<usize>>, wanted: usize) -> Poll<io::Result<usize>> {
        match polled {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(0)) => self.failure = Some(io::ErrorKind::WriteZero.into()),
            Poll::Ready(Ok(n_bytes)) => {
                self.add(n_bytes);
                return Poll::Ready(Ok(n_bytes));
            }
            Poll::Ready(Err(error)) => self.failure = Some(error),
        }
        Poll::Ready(Ok(wanted))
    }

    fn add(&mut self, n_bytes: usize) {
        self.n_bytes += n_bytes as u64;
        self.at = clock::now();
        while self.marks.front().is_some_and(|(place, _)| *place <= self.n_bytes) {
            if let Some((_, mark)) = self.marks.pop_front() {
                mark.set(Some(self.at));
            }
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // A server that sends without end must not keep the engine from its other sockets.
        if self.n_turn >= MAX_TURN {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if !self.rest.is_empty() {
            let n_bytes = self.rest.len().min(buffer.remaining());
            buffer.put_slice(&self.rest[..n_bytes]);
            self.n_turn += n_bytes;
            self.rest.advance(n_bytes);
            if self.rest.is_empty() {
                // The memory of all bytes is free.
                self.rest = Bytes::new();
            }
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let Poll::Ready(Ok(())) = polled {
            let n_bytes = buffer.filled().len() - before;
            self.is_ended = n_bytes == 0;
            self.n_turn += n_bytes;
            self.read_at = clock::now();
        }
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, written, .. } = self.get_mut();
        if written.failure.is_some() {
            return Poll::Ready(Ok(bytes.len()));
        }
        written.note(Pin::new(stream).poll_write(context, bytes), bytes.len())
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, written, .. } = self.get_mut();
        if written.failure.is_some() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(stream).poll_flush(context).map(|flushed| {
            written.failure = flushed.err();
            Ok(())
        })
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, written, .. } = self.get_mut();
        let wanted = pieces.iter().map(|piece| piece.len()).sum();
        if written.failure.is_some() {
            return Poll::Ready(Ok(wanted));
        }
        written.note(Pin::new(stream).poll_write_vectored(context, pieces), wanted)
    }
}
