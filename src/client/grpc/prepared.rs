//! A call together with what making it needs.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use http::header::HeaderValue;
use http::uri::{Authority, PathAndQuery};
use tokio::time::Instant;

use crate::client::connection::connector::Connector;
use crate::client::connection::encoded_headers::EncodedHeaders;
use crate::client::grpc::framing::framed;
use crate::client::grpc::metadata::GRPC_TIMEOUT;
use crate::client::grpc::timeout::grpc_timeout;
use crate::client::http2;
use crate::client::pool::Pool;
use crate::client::request::headers::SEQ;
use crate::client::request::origin::Origin;
use crate::clock;

/// A call that can be made any number of times.
pub struct PreparedCall {
    /// The URL as the target spells it, for messages and records.
    pub text: String,
    pub(in crate::client) origin: Rc<Origin>,
    pub(in crate::client) authority: Authority,
    pub(in crate::client) path: PathAndQuery,
    pub(in crate::client) headers: Rc<EncodedHeaders>,
    pub(in crate::client) kind: CallKind,
    /// The messages of the request. An empty list is a request without messages.
    pub(in crate::client) messages: Vec<Framed>,
    /// Number of messages that are sent, which repeats the list.
    pub(in crate::client) n_messages: u32,
    pub(in crate::client) channels: Rc<Channels>,
}

/// Which sides of a call send a stream of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallKind {
    /// Whether the client may send any number of messages, instead of one.
    pub is_client_streaming: bool,
    /// Whether the server may send any number of messages, instead of one.
    pub is_server_streaming: bool,
}

/// A message as it is sent.
#[derive(Clone, Debug)]
pub struct Framed {
    /// The message with its prefix.
    pub bytes: Bytes,
    /// Length of the message in bytes, without its prefix and before compression.
    pub len: usize,
}

/// The connections that calls use.
pub struct Channels {
    /// At least one. Without a fixed number of connections, the only one has as many as needed.
    pools: Vec<Rc<Pool<Connector>>>,
    /// Number of calls so far.
    n_calls: Cell<usize>,
}

impl PreparedCall {
    /// Returns the head of hit `seq`'s request, which ends at the deadline.
    pub(in crate::client) fn head(&self, seq: u64, deadline: Option<Instant>) -> http::Request<()> {
        let mut headers = self.headers.http2().clone();
        headers.insert(SEQ, http2::changing(HeaderValue::from(seq)));
        match deadline {
            Some(deadline) => {
                let left = deadline.saturating_duration_since(clock::now());
                headers.insert(GRPC_TIMEOUT, http2::changing(grpc_timeout(left)))
            }
            None => headers.remove(GRPC_TIMEOUT),
        };
        let mut head = http::Request::new(());
        *head.method_mut() = http::Method::POST;
        *head.uri_mut() = http2::uri(&self.origin, &self.authority, &self.path);
        *head.headers_mut() = headers;
        head
    }
}

impl Framed {
    /// Returns a message as it is sent.
    pub fn new(message: &[u8], is_compressed: bool) -> Self {
        Self { bytes: framed(message, is_compressed), len: message.len() }
    }
}

impl Channels {
    /// Returns the connections of some pools, at least one.
    pub fn new(pools: Vec<Rc<Pool<Connector>>>) -> Self {
        Self { pools, n_calls: Cell::default() }
    }

    /// Returns the pool whose turn it is.
    pub fn next(&self) -> &Rc<Pool<Connector>> {
        let n_calls = self.n_calls.get();
        self.n_calls.set(n_calls.wrapping_add(1));
        &self.pools[n_calls % self.pools.len()]
    }

    /// Returns the origin of the connections.
    pub fn origin(&self) -> &Rc<Origin> {
        self.pools[0].connector().origin()
    }
}
