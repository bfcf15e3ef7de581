//! The bytes of a connection on their way to h2.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::client::dial::Transport;
use crate::client::http2::frames::Frames;
use crate::client::http2::state::State;

/// A stream of bytes that notes which frames arrive.
pub struct Wire {
    stream: TokioIo<Transport>,
    frames: Frames,
    state: Rc<State>,
}

impl Wire {
    /// Wraps a stream of bytes.
    pub fn new(stream: Transport, state: Rc<State>) -> Self {
        Self { stream: TokioIo::new(stream), frames: Frames::default(), state }
    }

    /// Notes how much was written of some pieces, if the connection follows what is written.
    fn note_written(&self, polled: &Poll<io::Result<usize>>, pieces: &[IoSlice<'_>]) {
        let (Poll::Ready(Ok(n_bytes)), Some(written)) = (polled, self.state.written()) else {
            return;
        };
        let mut left = *n_bytes;
        for piece in pieces {
            let n_taken = left.min(piece.len());
            written.take(&piece[..n_taken]);
            left -= n_taken;
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // A server that sends without end must not keep the engine from its other connections.
        if self.state.has_read_enough() {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let read = &buffer.filled()[before..];
        if !read.is_empty() {
            let seen = self.frames.take(read);
            self.state.add_read(read.len(), seen);
        }
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note_written(&polled, &[IoSlice::new(bytes)]);
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.note_written(&polled, pieces);
        polled
    }
}
