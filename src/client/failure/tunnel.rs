//! The wording of failures while an HTTP proxy is asked for a tunnel.

use std::io;

use crate::client::failure::chain::{find, whole};
use crate::client::failure::io::of_read;

/// Returns the cause of a failed exchange with a proxy.
pub fn of_tunnel(error: &hyper::Error) -> String {
    if let Some(error) = find::<io::Error>(error) {
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
