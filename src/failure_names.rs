//! The names of failures, shared by reports, charts and live metrics.
//!
//! [`normalized`] is the name in a report. [`cause`] is its end, without the request: charts and
//! Prometheus count failures by it, since they have the URL elsewhere or have no room for it.

use std::borrow::Cow;

use crate::markup::redact::{HIDDEN_USER, MAX_TEXT_BYTES, cut, without_users};

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

/// Returns the text of a failure without what would make each failure a different one, or reveal a
/// secret:
///
/// - our own address, if it has an ephemeral port
/// - the numbers of HTTP/2 streams
/// - users and passwords of URLs, for which `***` is shown
///
/// Quoted parts, for example a URL, stay as they are except for passwords. A text longer than
/// [`MAX_TEXT_BYTES`] is cut: streams by other programs may contain texts of any length.
pub fn normalized(text: &str) -> Cow<'_, str> {
    // The end of a password must be found, even if it lies beyond what is shown.
    let text = &text[..text.floor_char_boundary(MAX_SEARCHED_BYTES)];
    let shown = match without_numbers(text) {
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
