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
    /// Whether the server has closed the connection, so that nothing can be written.
    is_closed: bool,
}

impl Wire {
    /// Wraps a stream of bytes.
    pub fn new(stream: Transport, state: Rc<State>) -> Self {
        let (stream, frames) = (TokioIo::new(stream), Frames::default());
        Self { stream, frames, state, is_closed: false }
    }

    /// Returns the result of a write, or `taken` if it failed because the server has closed the
    /// connection. What the server sent before is unread, and says why: a GOAWAY, or the rest of a
    /// response. h2 would not read it after a failed write.
    fn without_close<T>(
        &mut self,
        polled: Poll<io::Result<T>>,
        taken: impl FnOnce() -> T,
        context: &Context<'_>,
    ) -> Poll<io::Result<T>> {
        match polled {
            Poll::Ready(Err(error)) if is_close(error.kind()) => {
                self.is_closed = true;
                context.waker().wake_by_ref();
                Poll::Ready(Ok(taken()))
            }
            polled => polled,
        }
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
        if self.is_closed {
            return Poll::Ready(Ok(bytes.len()));
        }
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note_written(&polled, &[IoSlice::new(bytes)]);
        self.without_close(polled, || bytes.len(), context)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_closed {
            return Poll::Ready(Ok(()));
        }
        let polled = Pin::new(&mut self.stream).poll_flush(context);
        self.without_close(polled, || (), context)
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
        let n_bytes = || pieces.iter().map(|piece| piece.len()).sum();
        if self.is_closed {
            return Poll::Ready(Ok(n_bytes()));
        }
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.note_written(&polled, pieces);
        self.without_close(polled, n_bytes, context)
    }
}

/// Returns whether a write failed because the other side has closed the connection. Reading then
/// ends too, after what is unread.
fn is_close(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}
