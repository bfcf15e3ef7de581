//! Options of a client: limits, protocol, redirects.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use crate::client::dial;
use crate::client::response::body_budget::BodyBudget;
use crate::units::Rate;

/// How requests are sent and their responses treated.
#[derive(Clone, Debug)]
pub struct Options {
    /// Time limit of a hit, including redirects and the body; None for no limit.
    pub timeout: Option<Duration>,
    /// Whether a connection carries more than one request.
    pub keepalive: bool,
    /// Maximum number of idle connections kept per origin; 0 keeps none.
    pub idle_connections: usize,
    /// Maximum number of connections per origin, >= 1; None for no limit.
    pub max_connections: Option<usize>,
    /// Maximum rate of new connections per origin; None for no limit.
    pub connect_rate: Option<Rate>,
    /// Maximum number of body bytes kept; None keeps all. The rest is read and discarded.
    pub max_body: Option<u64>,
    /// The memory for the bodies of all responses. The rest is read, counted and discarded.
    pub body_budget: Arc<BodyBudget>,
    /// How redirects are treated.
    pub redirects: Redirects,
    /// The version of HTTP.
    pub protocol: Protocol,
    /// Whether request bodies are sent in chunks, without a Content-Length.
    pub chunked: bool,
    /// How connections are opened, below TLS.
    pub dial: dial::Options,
    /// Whether TLS connections resume the sessions of earlier ones.
    pub session_tickets: bool,
    /// Name of the attack, sent with every request; empty for none.
    pub attack: String,
    /// How gRPC calls are made.
    pub calls: CallOptions,
}

/// How gRPC calls are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallOptions {
    /// Number of connections per origin, which calls use in turn; None for as many as their streams
    /// need.
    pub channels: Option<NonZeroUsize>,
    /// Whether the messages of requests are compressed with gzip.
    pub is_compressed: bool,
    /// Number of messages that a client or bidirectional stream sends, which repeats those of its
    /// target; None for each of them once.
    pub messages: Option<NonZeroU32>,
    /// Time between two messages of a client or bidirectional stream; 0 for none.
    pub message_interval: Duration,
    /// Time after which a stream is ended, from the release; None for no such time.
    pub stream_length: Option<Duration>,
    /// Maximum length of a received message in bytes, decompressed.
    pub max_message: usize,
}

impl Default for CallOptions {
    /// Returns the options of a call that is sent as its target says. The limit on messages is
    /// that of grpc-go.
    fn default() -> Self {
        Self {
            channels: None,
            is_compressed: false,
            messages: None,
            message_interval: Duration::ZERO,
            stream_length: None,
            max_message: 4 << 20,
        }
    }
}

/// The limits of a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HitLimits {
    /// Time limit, including redirects and the body; None for no limit.
    pub timeout: Option<Duration>,
    /// Maximum number of body bytes kept; None keeps all. The rest is read and discarded.
    pub max_body: Option<u64>,
    /// How redirects are treated.
    pub redirects: Redirects,
    /// Which bodies are decompressed.
    pub decoding: Decoding,
    /// Whether the body of a call is all messages with their prefixes, instead of the last one.
    pub keeps_messages: bool,
}

/// Which bodies are decompressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decoding {
    /// Those in an encoding that the request has asked for, as in Vegeta. Their headers
    /// Content-Encoding and Content-Length are removed.
    #[default]
    Requested,
    /// All whose encoding is known. Their headers stay.
    Known,
    /// None.
    Off,
}

impl Options {
    /// Returns the limits of a hit that sets none.
    pub fn hit_limits(&self) -> HitLimits {
        let Self { timeout, max_body, redirects, .. } = *self;
        let decoding = Decoding::default();
        HitLimits { timeout, max_body, redirects, decoding, keeps_messages: false }
    }
}

/// How redirects are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirects {
    /// Up to this many are followed; one more is a failure.
    Follow(u32),
    /// A redirect is the response.
    Ignore,
}

/// How the client chooses between HTTP/1.1 and HTTP/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Always HTTP/1.1.
    Http1,
    /// The version that ALPN selects over TLS; HTTP/1.1 without TLS.
    Negotiated,
    /// The version that ALPN selects over TLS; HTTP/2 without TLS.
    PriorKnowledge,
    /// Always HTTP/2, which gRPC needs.
    Http2,
    /// HTTP/1.1 for the handshake of a WebSocket.
    WebSocket,
}

impl Protocol {
    /// Returns whether connections without TLS use HTTP/2.
    pub fn is_http2_without_tls(self) -> bool {
        matches!(self, Self::PriorKnowledge | Self::Http2)
    }
}
