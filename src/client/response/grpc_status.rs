//! The status of a call, as its server sends it and as grpc-go words it.
//!
//! Source: grpc-go, internal/transport/http2_client.go and internal/status/status.go.

use std::borrow::Cow;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use percent_encoding::percent_decode;

use crate::client::response::head::Head;
use crate::record::grpc_status_name;

/// The header with the number of the status.
const STATUS: &str = "grpc-status";

/// The header with its explanation, in which some bytes are percent-encoded.
const MESSAGE: &str = "grpc-message";

pub use crate::failure_names::CALL_TIMEOUT as DEADLINE_EXCEEDED;

/// The stream ended without a status.
pub const NO_STATUS: &str = "rpc error: the stream ended without a status";

/// The stream was ended by `-stream-length` before the response began.
pub const NO_RESPONSE: &str = "rpc error: no response began within -stream-length";

/// A call with one response had none.
pub const NO_MESSAGE: &str = "rpc error: code = Internal desc = cardinality violation: received no \
                              response message from non-server-streaming RPC";

/// A call with one response had several.
pub const SEVERAL_MESSAGES: &str = "rpc error: code = Internal desc = cardinality violation: \
                                    expected <EOF> for non server-streaming RPCs, but received \
                                    another message";

/// The stream ended within a message.
pub const CUT_OFF: &str = "rpc error: code = Internal desc = unexpected EOF";

/// The status that a server has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The number. None if it is none, or more than 255.
    pub number: Option<u8>,
    /// The error; None for OK.
    pub error: Option<String>,
}

impl Status {
    /// Returns the status in trailers, or in the head of a response without a body. None without
    /// one.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(STATUS)?;
        let text = String::from_utf8_lossy(value.as_bytes());
        let Ok(number) = text.parse::<i32>() else {
            let problem = format!("transport: malformed grpc-status: {}", parse_problem(&text));
            return Some(Self { number: None, error: Some(error("Unknown", &problem)) });
        };
        if number == 0 {
            return Some(Self { number: Some(0), error: None });
        }
        let message = headers.get(MESSAGE).map(decoded).unwrap_or_default();
        let small = u8::try_from(number).ok();
        Some(Self { number: small, error: Some(error(&name_of(number), &message)) })
    }
}

/// Returns whether a response to a plain request may end with a status of gRPC.
pub fn may_follow(status: StatusCode, headers: &HeaderMap) -> bool {
    status == StatusCode::OK && headers.get(CONTENT_TYPE).is_some_and(is_grpc)
}

/// Returns the name of a status as grpc-go prints it.
pub fn name_of(number: i32) -> Cow<'static, str> {
    // A code is unsigned in Go.
    let unknown = |_| Cow::Owned(format!("Code({})", number as u32));
    u8::try_from(number).map_or_else(unknown, grpc_status_name)
}

/// Returns an error as grpc-go words it.
pub fn error(name: &str, description: &str) -> String {
    format!("rpc error: code = {name} desc = {description}")
}

/// What the head of a response announces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Messages, or a status.
    Grpc,
    /// A response of a proxy or a web server, whose HTTP status says enough.
    Http,
    /// A response that is not gRPC although its HTTP status is 200; with the error.
    Other(String),
}

impl Form {
    /// Returns what the head of a response announces.
    pub fn of(head: &Head) -> Self {
        let kind = head.headers.get(CONTENT_TYPE);
        // A server that sends a status knows gRPC.
        if head.headers.contains_key(STATUS) || kind.is_some_and(is_grpc) {
            return Self::Grpc;
        }
        if head.status != StatusCode::OK {
            return Self::Http;
        }
        let problem = match kind {
            Some(kind) => {
                let kind = String::from_utf8_lossy(kind.as_bytes());
                format!("transport: received unexpected content-type {kind:?}")
            }
            None => "malformed header: missing HTTP content-type".to_owned(),
        };
        let received = "unexpected HTTP status code received from server: 200 (OK)";
        Self::Other(error("Unknown", &format!("{received}; {problem}")))
    }
}

/// Returns whether the value of Content-Type is that of gRPC, with any message format.
///
/// Source: grpc-go, internal/grpcutil/method.go, ContentSubtype.
fn is_grpc(value: &HeaderValue) -> bool {
    const NAME: &[u8] = b"application/grpc";
    let (name, rest) = value.as_bytes().split_at(NAME.len().min(value.len()));
    name.eq_ignore_ascii_case(NAME) && matches!(rest.first(), None | Some(b'+' | b';'))
}

/// Returns an explanation without percent-encoding and control characters.
fn decoded(value: &HeaderValue) -> String {
    harmless(&percent_decode(value.as_bytes()).decode_utf8_lossy())
}

/// Returns a text of a server with a space for each control character.
pub fn harmless(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Returns why a text is no number, as Go words it.
fn parse_problem(text: &str) -> String {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let problem = if is_number { "value out of range" } else { "invalid syntax" };
    format!("strconv.ParseInt: parsing {text:?}: {problem}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), HeaderValue::from_static(value))
        });
        pairs.collect()
    }

    #[test]
    fn statuses_are_worded_as_in_grpc_go() {
        let table = [
            ("0", "ignored", Some(0), None),
            ("5", "no such task", Some(5), Some("code = NotFound desc = no such task")),
            ("13", "a%20%C3%A4%0a%1b[1m", Some(13), Some("code = Internal desc = a ä  [1m")),
            ("2", "100%", Some(2), Some("code = Unknown desc = 100%")),
            ("17", "", Some(17), Some("code = Code(17) desc = ")),
            ("300", "x", None, Some("code = Code(300) desc = x")),
            ("-1", "x", None, Some("code = Code(4294967295) desc = x")),
            (
                "x",
                "",
                None,
                Some(
                    "code = Unknown desc = transport: malformed grpc-status: strconv.ParseInt: \
                     parsing \"x\": invalid syntax",
                ),
            ),
        ];
        for (status, message, number, expected) in table {
            let found = Status::of(&headers(&[(STATUS, status), (MESSAGE, message)])).unwrap();
            assert_eq!(found.number, number, "{status}");
            let error = expected.map(|text| format!("rpc error: {text}"));
            assert_eq!(found.error, error);
        }
        assert_eq!(Status::of(&headers(&[(MESSAGE, "x")])), None);
    }

    #[test]
    fn a_response_of_a_web_server_is_recognized() {
        let other = |problem: &str| {
            Form::Other(format!(
                "rpc error: code = Unknown desc = unexpected HTTP status code received from \
                 server: 200 (OK); {problem}"
            ))
        };
        let html = "transport: received unexpected content-type \"text/html\"";
        let web = "transport: received unexpected content-type \"application/grpc-web\"";
        let table: [(u16, &[_], _); 8] = [
            (200, &[("content-type", "application/grpc")], Form::Grpc),
            (200, &[("content-type", "application/grpc+proto")], Form::Grpc),
            (200, &[("content-type", "Application/gRPC; charset=utf-8")], Form::Grpc),
            (200, &[("content-type", "application/grpc-web")], other(web)),
            (200, &[("content-type", "text/html")], other(html)),
            (200, &[], other("malformed header: missing HTTP content-type")),
            (200, &[("grpc-status", "12")], Form::Grpc),
            (503, &[("content-type", "text/html")], Form::Http),
        ];
        for (status, pairs, expected) in table {
            let status = StatusCode::from_u16(status).unwrap();
            let headers = headers(pairs);
            let head = Head { status, reason: None, headers, version: http::Version::HTTP_2 };
            assert_eq!(Form::of(&head), expected, "{pairs:?}");
        }
    }
}
