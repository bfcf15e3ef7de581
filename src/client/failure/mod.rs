//! The wording of failures.
//!
//! The texts are Go's, since users of Vegeta group and search by them. They leave out local
//! addresses and ports, which would make every text unique.

pub mod timeout;
pub mod dial;
pub mod tls;
pub mod io;
pub mod tunnel;
mod chain;

use http::Method;

pub use crate::failure_names::INTERRUPTED;

use crate::error::plain_text;
use crate::markup::redact::{MAX_TEXT_BYTES, cut, without_password};

/// Returns `Get "URL": cause`, the form of a failure before the body, without the URL's password.
/// A long URL is cut, so that its cause is within what is kept of a text.
pub fn of_request(method: &Method, url: &str, cause: &str) -> String {
    of_named(method.as_str(), url, cause)
}

/// Returns `Grpc "URL": cause`, the form of a failed call without a response; see [`of_request`].
pub fn of_grpc(url: &str, cause: &str) -> String {
    of_named("GRPC", url, cause)
}

/// Returns `Ws "URL": cause`, the form of a WebSocket that could not be opened; see [`of_request`].
pub fn of_socket(url: &str, cause: &str) -> String {
    of_named("WS", url, cause)
}

fn of_named(name: &str, url: &str, cause: &str) -> String {
    let (first, rest) = name.split_at(name.len().min(1));
    let shown = cut(&without_password(url), MAX_TEXT_BYTES / 2);
    format!("{first}{} {:?}: {cause}", rest.to_ascii_lowercase(), shown)
}

/// Returns the cause of a body that cannot be decompressed.
pub fn of_decoding(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "unexpected EOF".to_owned(),
        _ => format!("cannot decompress the body: {}", plain_text(&error.to_string())),
    }
}

/// Returns the system call that failed and the system's text: `connect: connection refused`.
fn of_call(call: &str, error: &std::io::Error) -> String {
    format!("{call}: {}", plain_text(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_request_is_named_by_method_and_url_without_its_password() {
        let failure = of_request(&Method::GET, "http://me:secret@a.test/x", "EOF");
        assert_eq!(failure, "Get \"http://me:***@a.test/x\": EOF");
    }
}
