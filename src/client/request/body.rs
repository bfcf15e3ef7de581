//! The body of a request.

use bytes::Bytes;

/// The body of a request. Its copies share their bytes.
#[derive(Clone, Debug, Default)]
pub struct Body {
    bytes: Bytes,
    wants_chunks: bool,
}

impl Body {
    /// Creates a body that is sent with its length, or in chunks; empty for none.
    pub fn new(bytes: Bytes, wants_chunks: bool) -> Self {
        Self { bytes, wants_chunks }
    }

    /// Returns the bytes of the body.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns the number of bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns whether there is no body.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns whether there is a body that is sent in chunks.
    pub fn is_chunked(&self) -> bool {
        self.wants_chunks && !self.is_empty()
    }

    /// Returns whether the length is not announced, even if the body is empty.
    pub fn hides_length(&self) -> bool {
        self.wants_chunks
    }
}
