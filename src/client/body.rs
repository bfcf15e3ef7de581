//! The body of a request, announced with its length or sent in chunks.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Frame, SizeHint};

/// The body of a request, all of whose bytes are there. Its copies share them.
#[derive(Clone, Debug, Default)]
pub struct Body {
    bytes: Full<Bytes>,
    len: usize,
    /// Whether its length is kept from the connection, which then sends it in chunks.
    is_chunked: bool,
}

impl Body {
    /// Returns a body that is announced with its length, or sent in chunks; empty for none.
    pub fn new(bytes: Bytes, is_chunked: bool) -> Self {
        Self { len: bytes.len(), bytes: Full::new(bytes), is_chunked }
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
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.get_mut().bytes).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_chunked { SizeHint::default() } else { self.bytes.size_hint() }
    }
}
