//! The body of a request, announced with its length or sent in chunks.

use std::convert::Infallible;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

/// The body of a request, all of whose bytes are there. Its copies share them.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// What of it has not been taken yet: all of it but where HTTP/2 sends it.
    bytes: Bytes,
    len: usize,
    /// Whether its length is kept from the connection, which then sends it in chunks.
    is_chunked: bool,
}

impl Body {
    /// Returns a body that is announced with its length, or sent in chunks; empty for none.
    pub fn new(bytes: Bytes, is_chunked: bool) -> Self {
        Self { len: bytes.len(), bytes, is_chunked }
    }

    /// Returns its bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Number of its bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether there is a body that goes out in chunks.
    pub fn is_chunked(&self) -> bool {
        self.is_chunked && !self.is_empty()
    }

    /// Returns whether there is no body.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = mem::take(&mut self.get_mut().bytes);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_chunked {
            SizeHint::default()
        } else {
            SizeHint::with_exact(self.bytes.len() as u64)
        }
    }
}
