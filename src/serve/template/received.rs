//! A request that has been read completely.

use std::cell::OnceCell;

use bytes::Bytes;
use http::request::Parts;
use serde_json::Value;

/// A request with its whole body.
pub(in crate::serve) struct Received {
    pub(in crate::serve) head: Parts,
    pub(in crate::serve) body: Bytes,
    /// The body as JSON, parsed at the first use. None if it is not JSON.
    json: OnceCell<Option<Value>>,
}

impl Received {
    pub(in crate::serve) fn new(head: Parts, body: Bytes) -> Self {
        Self { head, body, json: OnceCell::new() }
    }

    /// Returns the path as sent, without the query.
    pub(in crate::serve) fn path(&self) -> &str {
        self.head.uri.path()
    }

    /// Returns the value at a JSON pointer in the body. None if the body is not JSON, or has no
    /// such value.
    ///
    /// Source: RFC 6901.
    pub(in crate::serve) fn value_at(&self, pointer: &str) -> Option<&Value> {
        let json = self.json.get_or_init(|| serde_json::from_slice(&self.body).ok());
        json.as_ref()?.pointer(pointer)
    }
}
