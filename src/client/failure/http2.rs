//! The wording of failures in hyper: over HTTP/2, or when a proxy is asked for a tunnel.

use std::io;

use crate::client::failure::chain::{find, whole};
use crate::client::failure::io::{is_end, of_read};

/// Returns the cause of a failed exchange.
pub fn of_exchange(error: &hyper::Error) -> String {
    if let Some(cause) = find::<h2::Error>(error).and_then(of_http2) {
        return cause;
    }
    if let Some(error) = io_of(error) {
        return of_read(error, "EOF");
    }
    if error.is_parse_too_large() {
        return "the head of the response is too large: more than 100 headers or 10 MB".to_owned();
    }
    if error.is_parse() {
        return format!(
            "net/http: HTTP/1.x transport connection broken: malformed HTTP response ({error})"
        );
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return "EOF".to_owned();
    }
    whole(error)
}

/// Returns the cause of a body that broke off or is malformed.
pub fn of_body(error: &hyper::Error) -> String {
    if let Some(cause) = find::<h2::Error>(error).and_then(of_http2) {
        return cause;
    }
    match io_of(error) {
        Some(error) => of_read(error, "unexpected EOF"),
        None if error.is_closed() => "unexpected EOF".to_owned(),
        None => whole(error),
    }
}

/// Returns the cause of a failed HTTP/2 stream or connection, without the number of the stream;
/// None if the failure lies below HTTP/2.
fn of_http2(error: &h2::Error) -> Option<String> {
    let reason = error.reason()?;
    if reason == h2::Reason::FRAME_SIZE_ERROR && !error.is_remote() {
        // Read as HTTP/2, the first bytes of an HTTP/1.1 response announce a frame of 4 MB.
        return Some("http2: frame too large: the server does not seem to speak HTTP/2".to_owned());
    }
    let whose = if error.is_remote() { "; received from peer" } else { "" };
    Some(match error.is_go_away() && error.is_remote() {
        true => format!("http2: server sent GOAWAY and closed the connection; ErrCode={reason:?}"),
        false => format!("stream error: {reason:?}{whose}"),
    })
}

/// Returns whether an HTTP/2 server reports that it refused the request without processing it.
///
/// Any request may then be sent again.
///
/// Source: RFC 9113, section 8.7.
pub fn is_refused(error: &hyper::Error) -> bool {
    find::<h2::Error>(error).is_some_and(|error| {
        error.is_remote() && error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM)
    })
}

/// Returns whether an HTTP/2 server closed the connection without an error before it processed
/// the request.
///
/// Any request may then be sent again on another connection.
///
/// Source: RFC 9113, sections 6.8 and 8.7.
pub fn is_goaway(error: &hyper::Error) -> bool {
    find::<h2::Error>(error).is_some_and(|error| {
        error.is_remote() && error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR)
    })
}

/// Returns whether an HTTP/2 peer closed the connection before it responded.
pub fn is_closed_connection(error: &hyper::Error) -> bool {
    let reset = find::<io::Error>(error).is_some_and(is_end);
    reset || error.is_canceled() || error.is_closed()
}

/// Returns the I/O error that caused a failure, also if HTTP/2 wraps it.
fn io_of(error: &hyper::Error) -> Option<&io::Error> {
    find::<io::Error>(error).or_else(|| find::<h2::Error>(error).and_then(h2::Error::get_io))
}
