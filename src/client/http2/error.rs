//! Failures of an HTTP/2 exchange and their wording.

use std::io;

use h2::Reason;

use crate::client::failure::io::{is_end, of_read};
use crate::client::http2::frames::GoAway;
use crate::client::http2::state::{MAX_HEADER_LIST, State};
use crate::failure_names::CLIENT_LIMIT;

/// Why an exchange failed.
#[derive(Debug)]
pub enum Error {
    /// The server reset the stream.
    Reset { stream: u32, reason: Reason },
    /// The server ended the connection.
    GoAway {
        goaway: GoAway,
        /// The number of the stream; None if it was never opened.
        stream: Option<u32>,
        /// Whether the server had responded to a request on the connection.
        is_proven: bool,
    },
    /// The response breaks the protocol, or its head exceeds every limit.
    Malformed { stream: u32, reason: Reason },
    /// The server broke the protocol, so that the connection had to end.
    Broken(Reason),
    /// A limit of the client was reached, so that the connection had to end; with its name.
    Limit(String),
    /// The head of the response exceeds a limit of the client, in bytes.
    TooLarge(usize),
    /// The head of the response has more headers than this limit of the client.
    TooManyHeaders(usize),
    /// The server sends something other than HTTP/2.
    NotHttp2,
    /// The connection was closed since it was silent.
    Lost,
    /// The stream of bytes failed or ended.
    Io(io::Error),
    /// The request cannot be sent over HTTP/2; with the reason.
    Unsendable(String),
}

impl Error {
    /// Returns why a stream failed; `stream` is None if it was never opened.
    pub fn new(error: h2::Error, stream: Option<u32>, state: &State) -> Self {
        let id = stream.unwrap_or_default();
        match error.reason() {
            Some(reason) if error.is_reset() && error.is_remote() => {
                return Self::Reset { stream: id, reason };
            }
            Some(reason) if error.is_library() => {
                return Self::of_library(&error, reason, id, state);
            }
            _ => {}
        }
        // However the connection ended, its GOAWAY says why.
        if let Some(goaway) = state.goaway().clone() {
            return Self::GoAway { goaway, stream, is_proven: state.is_proven() };
        }
        if state.is_lost() {
            return Self::Lost;
        }
        let text = error.to_string();
        match error.into_io() {
            Some(error) => Self::Io(error),
            None => Self::Unsendable(text),
        }
    }

    /// Returns what h2 found.
    fn of_library(error: &h2::Error, reason: Reason, stream: u32, state: &State) -> Self {
        match reason {
            // Read as HTTP/2, the first bytes of an HTTP/1.1 response announce a frame of 4 MB.
            Reason::FRAME_SIZE_ERROR if !state.is_proven() => Self::NotHttp2,
            // h2 asks servers for calm only if they exceed its own limits.
            Reason::ENHANCE_YOUR_CALM => Self::Limit(limit_of(error)),
            reason if error.is_reset() => Self::Malformed { stream, reason },
            reason => Self::Broken(reason),
        }
    }

    /// Returns the cause of a failed exchange, in Go's wording where Go has one.
    pub fn wording(&self) -> String {
        self.worded("EOF")
    }

    /// Returns the cause of a body that broke off, in Go's wording.
    pub fn body_wording(&self) -> String {
        self.worded("unexpected EOF")
    }

    fn worded(&self, end: &str) -> String {
        match self {
            Self::Reset { stream, reason } => {
                let reason = name_of(*reason);
                format!("stream error: stream ID {stream}; {reason}; received from peer")
            }
            Self::GoAway { goaway, .. } => {
                let GoAway { last_stream, reason, debug } = goaway;
                format!(
                    "http2: server sent GOAWAY and closed the connection; \
                     LastStreamID={last_stream}, ErrCode={}, debug={debug:?}",
                    name_of(*reason)
                )
            }
            Self::Malformed { stream, reason } => format!(
                "stream error: stream ID {stream}; {}; the response is malformed or has too large \
                 a head",
                name_of(*reason)
            ),
            Self::Broken(reason) => format!("connection error: {}", name_of(*reason)),
            Self::Limit(name) => format!("http2: connection closed ({name}): {CLIENT_LIMIT}"),
            Self::TooLarge(limit) => {
                format!("the head of the response is too large: more than {} MB", limit >> 20)
            }
            Self::TooManyHeaders(limit) => {
                format!("the head of the response has too many header lines: more than {limit}")
            }
            Self::NotHttp2 => {
                "http2: frame too large: the server does not seem to speak HTTP/2".to_owned()
            }
            Self::Lost => "http2: client connection lost".to_owned(),
            Self::Io(error) => of_read(error, end),
            Self::Unsendable(why) => format!("http2: {why}"),
        }
    }

    /// Returns whether the peer closed the connection before it responded.
    pub fn is_closed_connection(&self) -> bool {
        matches!(self, Self::Io(error) if is_end(error))
    }

    /// Returns whether the server reports that it refused the request without processing it.
    ///
    /// Any request may then be sent again.
    ///
    /// Source: RFC 9113, section 8.7.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Reset { reason: Reason::REFUSED_STREAM, .. })
    }

    /// Returns whether the server ended the connection before it processed the request. The first
    /// request of a connection counts only if the server ended it without an error.
    ///
    /// Any request may then be sent again on another connection.
    ///
    /// Source: RFC 9113, sections 6.8 and 8.7; Go, package net/http, http2ClientConn.setGoAway.
    pub fn is_dropped(&self) -> bool {
        let Self::GoAway { goaway, stream, .. } = self else { return false };
        let is_processed = stream.is_some_and(|stream| stream <= goaway.last_stream);
        !is_processed && (goaway.reason == Reason::NO_ERROR || *stream != Some(1))
    }

    /// Returns whether the server ended a connection on which it had responded to a request.
    pub fn is_end_of_proven(&self) -> bool {
        matches!(self, Self::GoAway { is_proven: true, .. })
    }
}

/// Returns the limit of h2 that a server has exceeded.
fn limit_of(error: &h2::Error) -> String {
    let text = error.to_string();
    // h2 prints its debug data as the literal of a byte string.
    let name = text.split_once("(b\"").and_then(|(_, rest)| rest.strip_suffix("\")"));
    match name.unwrap_or("ENHANCE_YOUR_CALM") {
        "header_list_way_too_large" | "too_many_continuations" => {
            format!("a head of more than {} MB", MAX_HEADER_LIST >> 20)
        }
        name => name.replace('_', " "),
    }
}

/// Returns the name of an error code.
///
/// Source: Go, package net/http, http2ErrCode.String.
fn name_of(reason: Reason) -> String {
    match u32::from(reason) {
        0..=13 => format!("{reason:?}"),
        unknown => format!("unknown error code 0x{unknown:x}"),
    }
}
