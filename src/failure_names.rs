//! The names of failures, shared by reports, charts and live metrics.
//!
//! [`normalized`] is the name in a report. [`cause`] is its end, without the request: charts and
//! Prometheus count failures by it, since they have the URL elsewhere or have no room for it.
//! [`is_unanswered`] knows by the text whether a request got no answer at all.

use std::borrow::Cow;

use crate::markup::redact::{HIDDEN_USER, MAX_TEXT_BYTES, cut, without_users};
use crate::record::{Kind, Outcome};

/// Maximum length in bytes of the part of a text that is searched for passwords and ports.
const MAX_SEARCHED_BYTES: usize = 64 << 10;

/// Separates our own address from the peer's.
const ARROW: &str = "->";

/// What a socket was asked for, the word before the network.
const OPERATIONS: [&str; 4] = ["read", "write", "dial", "readfrom"];

/// The networks whose addresses have ports, the word before an address.
const NETWORKS: [&str; 6] = ["tcp", "tcp4", "tcp6", "udp", "udp4", "udp6"];

/// What precedes the number of an HTTP/2 stream.
///
/// Source: Go, package golang.org/x/net/http2, StreamError.Error and GoAwayError.Error.
const STREAM_MARKS: [&str; 2] = ["stream ID ", "LastStreamID="];

/// The end of a failure whose cause is a limit of drumfire's client, not of the server.
pub const CLIENT_LIMIT: &str = "a limit of drumfire's HTTP/2 client";

/// The attack ended while a request was in flight.
pub const INTERRUPTED: &str = "interrupted: the attack ended before the answer came";

/// The timeout of a request expired before the head of the response arrived.
pub const TIMEOUT_AWAITING_HEAD: &str =
    "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";

/// The timeout of a request expired while the body was read.
pub const TIMEOUT_READING_BODY: &str =
    "context deadline exceeded (Client.Timeout or context cancellation while reading body)";

/// The timeout of a gRPC call expired at the client.
pub const CALL_TIMEOUT: &str =
    "rpc error: code = DeadlineExceeded desc = context deadline exceeded";

/// The ends of the texts of all these timeouts. Go has several beginnings.
///
/// Source: Go, package net/http, Client.Do and cancelTimerBody.Read.
const TIMEOUTS: [&str; 2] = [
    "(Client.Timeout exceeded while awaiting headers)",
    "(Client.Timeout or context cancellation while reading body)",
];

/// The beginning of the text of a failed check, which sees an answer.
pub const FAILED_CHECK: &str = "check: ";

/// Returns whether a request got no answer, so that its time is only a lower bound:
///
/// - an HTTP request, a call, or the opening of a stream or WebSocket that `-timeout` ended; a call
///   that the server ended for its deadline has an answer, the status
/// - a message without its reply, or without the last expected delivery: at a timeout, at the end of
///   its stream, or at the end of the attack
/// - a ping without its pong
///
/// This function alone decides which quantiles are lower bounds.
pub fn is_unanswered(outcome: &Outcome<'_>) -> bool {
    let Some(error) = outcome.error else { return false };
    let is_timeout = || TIMEOUTS.iter().any(|end| error.ends_with(end));
    match outcome.kind {
        None => is_timeout(),
        Some(Kind::Call | Kind::Connect | Kind::Reconnect) => {
            outcome.grpc_status.is_none() && (is_timeout() || error.ends_with(CALL_TIMEOUT))
        }
        Some(Kind::Message) => !error.starts_with(FAILED_CHECK),
        Some(Kind::Ping) => true,
        Some(Kind::Delivery | Kind::Close | Kind::Other) => false,
    }
}

/// Returns the text of a failure without what would make each failure a different one, or reveal a
/// secret:
///
/// - our own address, if it has an ephemeral port
/// - the numbers of HTTP/2 streams
/// - how many of the expected sockets a message reached
/// - users and passwords of URLs, for which `***` is shown
///
/// Quoted parts, for example a URL, stay as they are except for passwords. A text longer than
/// [`MAX_TEXT_BYTES`] is cut: streams by other programs may contain texts of any length.
pub fn normalized(text: &str) -> Cow<'_, str> {
    // The end of a password must be found, even if it lies beyond what is shown.
    let text = &text[..text.floor_char_boundary(MAX_SEARCHED_BYTES)];
    let reached = without_reached(text).map(Cow::Owned);
    let shown = match reached.unwrap_or_else(|| without_numbers(text)) {
        Cow::Borrowed(text) => without_users(text, HIDDEN_USER),
        Cow::Owned(text) => Cow::Owned(without_users(&text, HIDDEN_USER).into_owned()),
    };
    match shown.len() > MAX_TEXT_BYTES {
        true => Cow::Owned(cut(&shown, MAX_TEXT_BYTES)),
        false => shown,
    }
}

/// Returns the [normalized] text of a failure without the request that failed: `Get "URL": EOF`
/// becomes `EOF`.
pub fn cause(text: &str) -> Cow<'_, str> {
    match normalized(text) {
        Cow::Borrowed(text) => Cow::Borrowed(without_request(text)),
        Cow::Owned(text) => Cow::Owned(without_request(&text).to_owned()),
    }
}

/// Source: Go, package net/url, Error.Error.
fn without_request(text: &str) -> &str {
    let is_method = |word: &str| word.bytes().all(|letter| letter.is_ascii_alphabetic());
    match text.split_once(" \"") {
        Some((word, rest)) if is_method(word) => {
            rest.split_once("\": ").map_or(text, |(_, cause)| cause)
        }
        _ => text,
    }
}

/// `reached 990 of 999 sockets` becomes `reached N of 999 sockets`; None for other texts.
fn without_reached(text: &str) -> Option<String> {
    let (reached, expected) = text.strip_prefix("reached ")?.split_once(" of ")?;
    let is_number = |text: &str| text.bytes().all(|letter| letter.is_ascii_digit());
    let is_such = is_number(reached) && expected.strip_suffix(" sockets").is_some_and(is_number);
    is_such.then(|| format!("reached N of {expected}"))
}

/// Returns a text without ephemeral ports and stream numbers outside of quotes.
fn without_numbers(text: &str) -> Cow<'_, str> {
    if ![ARROW].iter().chain(&STREAM_MARKS).any(|mark| text.contains(mark)) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut is_quoted = false;
    for part in text.split_inclusive('"') {
        if is_quoted {
            kept += part;
            is_quoted = part.ends_with("\\\"");
        } else {
            kept += &without_streams(&without_own_ports(part));
            is_quoted = part.ends_with('"');
        }
    }
    Cow::Owned(kept)
}

/// `read tcp 10.0.0.1:45678->10.0.0.2:80: connection reset by peer` becomes `read tcp
/// 10.0.0.2:80: connection reset by peer`.
///
/// An address with port 0, as Go prints it for a dial that failed, is the same each time and stays.
/// So does the address of a proxy, which follows other words.
///
/// Source: Go, package net, OpError.Error.
fn without_own_ports(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(ARROW) {
        let start = own_address(before).unwrap_or(before.len() + ARROW.len());
        kept += &rest[..start];
        rest = after;
    }
    kept + rest
}

/// Returns the offset of the local address at the end of a text; None if there is none, or its
/// port is 0.
fn own_address(text: &str) -> Option<usize> {
    let mut words = text.rsplit(' ');
    let [address, network, operation] = [words.next()?, words.next()?, words.next()?];
    let (_, port) = address.rsplit_once(':')?;
    let is_port = port.parse().is_ok_and(|port: u16| port > 0);
    let is_socket = OPERATIONS.contains(&operation) && NETWORKS.contains(&network);
    (is_port && is_socket).then_some(text.len() - address.len())
}

/// `stream ID 5; CANCEL` becomes `stream ID N; CANCEL`.
fn without_streams(text: &str) -> String {
    let mut masked = text.to_owned();
    for mark in STREAM_MARKS {
        let mut parts = masked.split(mark);
        let first = parts.next().unwrap_or_default().to_owned();
        masked = parts.fold(first, |so_far, part| {
            let words = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
            let number = if words.len() < part.len() { "N" } else { "" };
            so_far + mark + number + words
        });
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_unanswered_if_its_timeout_or_its_stream_ended_it() {
        let head = format!("Get \"http://h/\": {TIMEOUT_AWAITING_HEAD}");
        let go = "Get \"http://h/\": net/http: request canceled (Client.Timeout exceeded while \
                  awaiting headers)";
        let no_status = |error| Outcome { error, ..Outcome::default() };
        let of = |kind, error| Outcome { kind: Some(kind), ..no_status(Some(error)) };
        let of_server = Outcome { grpc_status: Some(4), ..of(Kind::Call, CALL_TIMEOUT) };
        let table = [
            (no_status(None), false),
            (no_status(Some(head.as_str())), true),
            (no_status(Some(go)), true),
            (no_status(Some(TIMEOUT_READING_BODY)), true),
            (no_status(Some("503 Service Unavailable")), false),
            (no_status(Some("Get \"http://h/\": EOF")), false),
            (no_status(Some("interrupted: the attack ended before the answer came")), false),
            (no_status(Some("no reply within 30s")), false),
            (of(Kind::Call, CALL_TIMEOUT), true),
            (of(Kind::Call, &head), true),
            (of_server, false),
            (of(Kind::Call, "rpc error: code = Unavailable desc = busy"), false),
            (of(Kind::Connect, CALL_TIMEOUT), true),
            (of(Kind::Connect, &head), true),
            (of(Kind::Reconnect, &head), true),
            (of(Kind::Connect, "websocket: bad handshake: 403 Forbidden"), false),
            (of(Kind::Message, "no reply within 30s"), true),
            (of(Kind::Message, "reached 990 of 999 sockets"), true),
            (of(Kind::Message, "websocket: close 1006 (abnormal closure): unexpected EOF"), true),
            (of(Kind::Message, "interrupted: the attack ended before the answer came"), true),
            (of(Kind::Message, "check: /type"), false),
            (of(Kind::Ping, "no pong within 10s"), true),
            (of(Kind::Delivery, "delivered again"), false),
            (of(Kind::Close, "websocket: close 1013 (try again later)"), false),
            (Outcome { kind: Some(Kind::Message), ..Outcome::default() }, false),
        ];
        for (outcome, expected) in table {
            assert_eq!(is_unanswered(&outcome), expected, "{outcome:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut_without_showing_a_password() {
        let long = format!("500 {}", "R".repeat(1_000_000));
        assert_eq!(normalized(&long), format!("500 {}\u{2026}", "R".repeat(1020)));
        assert_eq!(normalized(&normalized(&long)), normalized(&long));
        let secret = format!("{}http://me:{}@h/", "x".repeat(1000), "s".repeat(2000));
        assert_eq!(normalized(&secret), format!("{}http://***@h/", "x".repeat(1000)));
    }

    #[test]
    fn a_text_loses_only_what_differs_between_failures_of_one_cause() {
        let table = [
            ("EOF", "EOF"),
            (
                "Get \"http://h/\": read tcp 127.0.0.1:45678->127.0.0.1:80: read: connection reset",
                "Get \"http://h/\": read tcp 127.0.0.1:80: read: connection reset",
            ),
            ("write tcp [::1]:5->[::1]:80: broken pipe", "write tcp [::1]:80: broken pipe"),
            ("dial tcp 10.0.0.1:5->h:80: i/o timeout", "dial tcp h:80: i/o timeout"),
            ("lookup h: read udp 10.0.0.1:5->10.0.0.2:53: x", "lookup h: read udp 10.0.0.2:53: x"),
            ("read tcp a:1->b:2: c; read tcp a:3->b:4: d", "read tcp b:2: c; read tcp b:4: d"),
            ("read tcp a:1->b:2: x->y", "read tcp b:2: x->y"),
            ("dial tcp 0.0.0.0:0->h:1: refused", "dial tcp 0.0.0.0:0->h:1: refused"),
            ("Get \"http://h/a:1->b\": EOF", "Get \"http://h/a:1->b\": EOF"),
            ("see a:1->b", "see a:1->b"),
            ("read tcp a->b", "read tcp a->b"),
            ("->", "->"),
            ("read tcp a:->", "read tcp a:->"),
            ("dial tcp4 10.0.0.1:5->h:80: x", "dial tcp4 h:80: x"),
            ("read udp6 [::1]:5->[::1]:53: x", "read udp6 [::1]:53: x"),
            ("readfrom tcp a:1->b:2: x", "readfrom tcp b:2: x"),
            (
                "socks connect tcp 127.0.0.1:1080->t:80: x",
                "socks connect tcp 127.0.0.1:1080->t:80: x",
            ),
            (
                "Get \"http://h/?q= read tcp 1:2->3\": EOF",
                "Get \"http://h/?q= read tcp 1:2->3\": EOF",
            ),
            (
                "Get \"http://h/\\\" read tcp 1:2->3\": EOF",
                "Get \"http://h/\\\" read tcp 1:2->3\": EOF",
            ),
            (
                "Get \"https://h/\": stream error: stream ID 17; CANCEL; received from peer",
                "Get \"https://h/\": stream error: stream ID N; CANCEL; received from peer",
            ),
            (
                "http2: server sent GOAWAY and closed the connection; LastStreamID=1999, \
                 ErrCode=NO_ERROR, debug=\"LastStreamID=3\"",
                "http2: server sent GOAWAY and closed the connection; LastStreamID=N, \
                 ErrCode=NO_ERROR, debug=\"LastStreamID=3\"",
            ),
            ("reached 990 of 999 sockets", "reached N of 999 sockets"),
            ("reached 9 of 99 hops", "reached 9 of 99 hops"),
            ("reached the limit of 5 sockets", "reached the limit of 5 sockets"),
            ("no stream ID here", "no stream ID here"),
            ("stream ID ", "stream ID "),
        ];
        for (text, expected) in table {
            assert_eq!(normalized(text), expected);
        }
    }

    #[test]
    fn passwords_are_hidden_in_quotes_too() {
        let text = "Get \"http://me:pw@h/\": read tcp 10.0.0.1:5->10.0.0.2:80: reset";
        let expected = "Get \"http://***@h/\": read tcp 10.0.0.2:80: reset";
        assert_eq!(normalized(text), expected);
    }

    #[test]
    fn a_cause_has_no_request() {
        let table = [
            ("Get \"http://a/?q=1\": EOF", "EOF"),
            ("Get \"http://a/\": dial \"x\": refused", "dial \"x\": refused"),
            ("Get \"http://a/\": read tcp b:1->c:2: reset", "read tcp c:2: reset"),
            ("404 Not Found", "404 Not Found"),
            ("503 say \"no\": now", "503 say \"no\": now"),
            ("unexpected EOF", "unexpected EOF"),
        ];
        for (error, expected) in table {
            assert_eq!(cause(error), expected);
        }
    }
}
