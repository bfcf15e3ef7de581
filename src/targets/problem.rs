//! Reasons to refuse a line of a target list, and their texts.

use std::io;

use crate::error::plain_text;
use crate::markup::redact::{of_bad_line, of_bad_name, of_bad_url};
use crate::targets::path::MAX_URL_BYTES;
use crate::targets::variable_problem::VariableProblem;

/// A JSON target, as error texts show it.
const JSON_TARGET: &str = r#"{"method": "GET", "url": "http://…"}"#;

/// Reason to refuse a line of a target list.
///
/// Its text says what is wrong and what was expected. Quoted input is shortened to one line. A list
/// has passwords and tokens, and texts go to logs: only names and URLs are quoted, and `***`
/// replaces everything that may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The line is not UTF-8, and it is no comment.
    #[error("expected UTF-8 text")]
    NotUtf8,

    /// `# @body` without a target before it.
    #[error("no request for this '# @body': expected it directly after the headers")]
    BodyWithoutRequest,

    /// `# @body` without a line after it.
    #[error("no body after '# @body': expected its lines, then a blank line")]
    EmptyBody,

    /// `# @open` without a target before it.
    #[error("no target for this '# @open': expected it directly after the headers")]
    OpenWithoutTarget,

    /// `# @open` without a line after it.
    #[error("no message after '# @open': expected its lines, then a blank line or # @body")]
    EmptyOpen,

    /// `# @open` for a target that is not a WebSocket.
    #[error("'# @open' needs the method WS: it is sent after a WebSocket has connected")]
    OpenOfOther,

    /// `{{$mark}}` anywhere but in the message of a WebSocket.
    #[error(
        "'{{{{$mark}}}}' needs a WebSocket: expected it in the body of a target with the method WS"
    )]
    MarkOfOther,

    /// A comment `# @word` with an unknown word, or without the text that the word needs.
    #[error(
        "bad '# {}': expected # @name NAME, # @weight N, or # @body or # @open and nothing else on \
         its line; a comment must not begin with @",
        of_bad_annotation(.0)
    )]
    Annotation(String),

    /// A body without the line that begins one.
    #[error("a body needs a line '# @body' before it")]
    UnmarkedBody,

    /// A JSON object in a list of `METHOD URL` lines.
    #[error("expected 'METHOD URL'; for JSON targets give -format=json")]
    JsonInHttp,

    /// A method that is not in upper case, in a `METHOD URL` line.
    #[error("bad method '{}': expected upper-case letters, as in 'GET http://…'", of_bad_line(.0))]
    NotUpperCase(String),

    /// A URL without a method, in a list of `METHOD URL` lines.
    #[error("no method before '{}': expected METHOD URL, as in 'GET http://…'", quoted(&of_bad_url(.0)))]
    NoMethod(String),

    /// A method without a URL.
    #[error("bad target '{0}': expected 'METHOD URL'")]
    NoUrl(String),

    /// The file of a body cannot be read.
    #[error("cannot read body file '{}': {}", quoted(.path), plain_text(&.cause.to_string()))]
    BodyFile {
        /// The file as the list names it.
        path: String,
        /// Why reading failed.
        cause: io::Error,
    },

    /// A header that HTTP does not allow.
    #[error("bad header '{}': expected {}", of_bad_line(.text), .problem.expected())]
    Header {
        /// The whole header.
        text: String,
        /// What is wrong with it.
        problem: HeaderProblem,
    },

    /// A line that is not JSON, in a list of JSON targets.
    #[error(
        "bad target '{}': expected {JSON_TARGET}; for 'METHOD URL' lines give -format=http",
        of_bad_line(.0)
    )]
    NotJson(String),

    /// A line that begins like a JSON object but is none.
    #[error(
        "bad JSON at column {}: {}, expected one whole object like {JSON_TARGET}",
        .0.column(),
        without_position(.0)
    )]
    BadJson(serde_json::Error),

    /// A JSON target without a required key.
    #[error("no {0}: expected {JSON_TARGET}")]
    MissingKey(&'static str),

    /// A JSON value that must be a string and is not.
    #[error("bad {key}: expected a string, found {found}")]
    NotString {
        /// The key of the value.
        key: &'static str,
        /// What the value is.
        found: &'static str,
    },

    /// A method of a JSON target that HTTP does not allow.
    #[error("bad method '{}': expected one word, as in {JSON_TARGET}", of_bad_line(.0))]
    Method(String),

    /// Headers of a JSON target that are not lists of strings.
    #[error(
        r#"bad header: expected lists of strings, as in {{"Accept": ["text/html"]}}, found {0}"#
    )]
    HeaderLists(&'static str),

    /// A body of a JSON target that is not base64.
    #[error(r#"bad body: expected base64, as in "aGVsbG8=""#)]
    NotBase64,

    /// A URL to which no request can be sent.
    #[error("bad URL '{}': {problem}", quoted(&of_bad_url(.text)))]
    Url {
        /// The URL as the list has it.
        text: String,
        /// What is wrong with it.
        problem: UrlProblem,
    },

    /// A gRPC method that the schema does not have.
    #[error("{0}")]
    Grpc(String),

    /// A variable in the address of a gRPC target.
    #[error(
        "a variable in the address of a gRPC target: expected host and method to be fixed, or \
         {{{{$env NAME}}}}"
    )]
    GrpcVariable,

    /// A gRPC message that does not fit its method.
    #[error("{0}")]
    Message(String),

    /// Several messages, or none, for a method that takes one.
    #[error(
        "{found} messages for {method}, which takes one: expected one JSON object; list a target for \
         each message, or use -feed"
    )]
    OneMessage {
        /// Path of the method.
        method: String,
        /// Number of messages.
        found: usize,
    },

    /// A message for a target of HTTP.
    #[error("bad message: expected method GRPC or WS; a request has a body, in base64")]
    MessageOfHttp,

    /// A message and a body in the same JSON target.
    #[error("a message and a body: expected only the message")]
    MessageAndBody,

    /// Messages after the connect that are not a list.
    #[error("bad open: expected a list of messages, found {0}")]
    OpenList(&'static str),

    /// A weight in a list that is read during the attack.
    #[error("a weight needs the whole list before the attack: leave out -lazy")]
    StreamedWeight,

    /// A weight of zero.
    #[error(
        "bad weight '{}': expected at least 1; remove a target from the list to never send it",
        quoted(.0)
    )]
    ZeroWeight(String),

    /// A weight that is no whole number in range.
    #[error("bad weight '{}': expected a whole number from 1 to {}", quoted(.0), u32::MAX)]
    Weight(String),

    /// A variable in a list that is read during the attack.
    #[error("variables need the whole list before the attack: leave out -lazy")]
    StreamedVariable,

    /// A variable of the list that cannot be used.
    #[error("{0}")]
    Variable(VariableProblem),

    /// A variable outside of the list, in a body file or a flag, that cannot be used.
    #[error("{source_name}: {problem}")]
    VariableElsewhere {
        /// The body file or the flag.
        source_name: String,
        /// What is wrong with the variable.
        problem: VariableProblem,
    },
}

/// Reason to refuse a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderProblem {
    /// The key or the value is missing.
    Form,
    /// The key has a character that HTTP does not allow.
    Key,
    /// The value has a character that HTTP does not allow.
    Value,
}

impl HeaderProblem {
    /// Returns what was expected.
    pub fn expected(self) -> &'static str {
        match self {
            Self::Form => "'Key: Value'",
            Self::Key => "a key of letters, digits and hyphens, as in 'Key: Value'",
            Self::Value => "a value without control characters",
        }
    }
}

/// Reason to refuse a URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlProblem {
    /// A bare path without a base URL.
    #[error("a path needs -base-url")]
    NoBaseUrl,
    /// Longer than a request can carry.
    #[error("expected at most {MAX_URL_BYTES} bytes")]
    TooLong,
    /// A scheme other than http and https.
    #[error("expected http:// or https://")]
    Scheme,
    /// No host after the scheme.
    #[error("empty host, expected http://HOST[:PORT][/PATH]")]
    NoHost,
    /// A control character anywhere.
    #[error("control character, expected http://HOST[:PORT][/PATH]")]
    ControlCharacter,
    /// An IPv6 address without brackets; the URL with brackets.
    #[error("an IPv6 address needs brackets, expected {0}")]
    Brackets(String),
    /// A scheme of gRPC, with a method of HTTP.
    #[error("expected http:// or https://, or the method GRPC, as in 'GRPC localhost:50051/…'")]
    NeedsGrpc,
    /// A scheme of WebSockets, with a method of HTTP.
    #[error("expected http:// or https://, or the method WS, as in 'WS ws://localhost:8080/…'")]
    NeedsWs,
    /// A scheme other than ws and wss.
    #[error("expected ws:// or wss://, as in ws://localhost:8080/chat")]
    WsScheme,
    /// A fragment in the address of a WebSocket.
    #[error("a WebSocket has no fragment: expected no '#'")]
    WsFragment,
    /// A scheme other than grpc and grpcs.
    #[error("expected grpc:// or grpcs://, or HOST:PORT/package.Service/Method without a scheme")]
    GrpcScheme,
    /// No gRPC method after host and port.
    #[error("expected HOST:PORT/package.Service/Method")]
    GrpcMethod,
    /// An address without TLS and without a port.
    #[error("no port, expected HOST:PORT/package.Service/Method, as in localhost:50051/…")]
    GrpcPort,
    /// An IPv6 address without brackets.
    #[error("an IPv6 address needs brackets, expected [::1]:50051/package.Service/Method")]
    GrpcBrackets,
    /// A gRPC address whose host or port is not valid.
    #[error("{0}, expected HOST:PORT/package.Service/Method")]
    OfGrpc(url::ParseError),
    /// Not a URL by the WHATWG standard.
    #[error("{0}, expected http://HOST[:PORT][/PATH]")]
    Malformed(url::ParseError),
}

/// Returns a word after `#`, without anything that may be a secret.
fn of_bad_annotation(word: &str) -> String {
    format!("@{}", of_bad_name(word.trim_start_matches('@')))
}

/// Returns the message of serde_json without the position, because the line is always the first.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ").map_or(text.clone(), |(cause, _)| cause.to_owned())
}

/// Returns a text as error texts quote it: on one line, and at most 80 characters long.
pub fn quoted(text: &str) -> String {
    const MAX_CHARS: usize = 80;
    let (start, end) = match text.char_indices().nth(MAX_CHARS) {
        Some((cut, _)) => (&text[..cut], "…"),
        None => (text, ""),
    };
    let escaped = |letter: char| match letter.is_control() {
        true => letter.escape_default().to_string(),
        false => letter.to_string(),
    };
    start.chars().map(escaped).chain([end.to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_quoted_on_one_line() {
        assert_eq!(quoted(&"é".repeat(80)), "é".repeat(80));
        assert_eq!(quoted(&"é".repeat(81)), format!("{}…", "é".repeat(80)));
        assert_eq!(quoted("a\r\n\tb\u{1b}[0m 'c'\\"), r"a\r\n\tb\u{1b}[0m 'c'\");
    }
}
