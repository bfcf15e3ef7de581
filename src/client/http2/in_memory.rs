//! Reads responses from memory instead of a socket, for fuzzing.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http::{HeaderMap, Method};
use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::task;

use crate::client::dial::Transport;
use crate::client::http2::{Stream, Usage};

/// What was received.
#[derive(Debug, Default)]
pub struct Received {
    /// Status of the response; 0 without one.
    pub status: u16,
    /// Headers of the response.
    pub headers: HeaderMap,
    /// The body as far as it arrived.
    pub body: Vec<u8>,
    /// Trailers of the response. None without them.
    pub trailers: Option<HeaderMap>,
    /// Why the response is not complete, as a text for the record; None if it is.
    pub failure: Option<String>,
}

/// Reads the response to a request from pieces of bytes, which the server sends when it has the
/// request; then it closes the connection. The response belongs to stream 1.
///
/// The caller provides a `LocalSet`.
pub async fn receive(pieces: impl IntoIterator<Item = Bytes>) -> Received {
    let pieces = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
    let gate = Arc::new(AtomicBool::new(false));
    let server = Server { pieces, gate: gate.clone() };
    let mut received = Received::default();
    let read = exchange(Transport::Wrapped(Box::new(server), None), &gate, &mut received).await;
    received.failure = read.err();
    received
}

async fn exchange(
    bytes: Transport,
    gate: &AtomicBool,
    received: &mut Received,
) -> Result<(), String> {
    let stream = Stream::handshake(bytes, Usage::default()).await;
    let mut stream = stream.map_err(|error| error.wording())?;
    let mut head = http::Request::new(());
    *head.method_mut() = Method::GET;
    *head.uri_mut() = http::Uri::from_static("http://a.test/");
    let opened = stream.open(head, true);
    let (mut pending, _outgoing) = opened.map_err(|unanswered| unanswered.error.wording())?;
    // The task of the connection writes the request.
    task::yield_now().await;
    gate.store(true, Relaxed);
    let answered = stream.head(&mut pending).await;
    let (head, mut body) = answered.map_err(|unanswered| unanswered.error.wording())?;
    (received.status, received.headers) = (head.status.as_u16(), head.headers);
    while let Some(data) = body.data().await {
        received.body.extend_from_slice(&data.map_err(|error| error.body_wording())?);
    }
    received.trailers = body.trailers().await.map_err(|error| error.body_wording())?;
    Ok(())
}

/// A server that sends one piece at a time and accepts all that is written.
struct Server {
    pieces: VecDeque<Bytes>,
    /// Whether the server has the request.
    gate: Arc<AtomicBool>,
}

impl Read for Server {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { pieces, gate } = self.get_mut();
        if !gate.load(Relaxed) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(piece) = pieces.front_mut() {
            let len = piece.len().min(buffer.remaining());
            buffer.put_slice(&piece[..len]);
            piece.advance(len);
            if piece.is_empty() {
                pieces.pop_front();
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for Server {
    fn poll_write(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
