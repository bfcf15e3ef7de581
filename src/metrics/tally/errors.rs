//! How often each error text occurred, whichever port of our own or stream it names.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// Most distinct texts kept. A server may make each text another one, and memory must not grow
/// with the number of records.
const MOST_TEXTS: usize = 1000;

/// Stands between our own address and the peer's.
const ARROW: &str = "->";

/// What a socket was asked for, as it stands before the network.
const OPERATIONS: [&str; 4] = ["read", "write", "dial", "readfrom"];

/// The networks whose addresses have ports, as they stand before an address.
const NETWORKS: [&str; 6] = ["tcp", "tcp4", "tcp6", "udp", "udp4", "udp6"];

/// What stands before the number of an HTTP/2 stream.
///
/// Source: Go, package golang.org/x/net/http2, StreamError.Error and GoAwayError.Error.
const STREAM_MARKS: [&str; 2] = ["stream ID ", "LastStreamID="];

/// Stands for all texts past the first [`MOST_TEXTS`].
const OTHERS: &str = "other errors";

/// Counts by error text, in the order in which the texts were first seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ErrorCounts {
    counts: Vec<(Arc<str>, u64)>,
    /// Where each text stands in `counts`.
    places: HashMap<Arc<str>, usize>,
    /// Count of all texts that found no place.
    others: u64,
}

impl ErrorCounts {
    /// Adds to the count of a text, and of all that differ from it only in our own port or the
    /// number of a stream.
    pub fn add(&mut self, text: &str, count: u64) {
        let text = &*cause(text);
        if let Some(place) = self.places.get(text) {
            self.counts[*place].1 += count;
        } else if self.counts.len() < MOST_TEXTS {
            let text: Arc<str> = text.into();
            self.places.insert(text.clone(), self.counts.len());
            self.counts.push((text, count));
        } else {
            self.others += count;
        }
    }

    /// Adds the counts of another set, whose texts count as seen later.
    pub fn merge(&mut self, other: &Self) {
        for (text, count) in &other.counts {
            self.add(text, *count);
        }
        self.others += other.others;
    }

    /// Returns the texts with their counts, the first seen first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        let kept = self.counts.iter().map(|(text, count)| (text.as_ref(), *count));
        kept.chain((self.others > 0).then_some((OTHERS, self.others)))
    }
}

/// Returns a text without what makes each failure a different one: the addresses of our own end
/// that have a port of the moment, and the numbers of HTTP/2 streams. What is quoted, a URL for
/// instance, stays as it is.
fn cause(text: &str) -> Cow<'_, str> {
    if ![ARROW].iter().chain(&STREAM_MARKS).any(|mark| text.contains(mark)) {
        return Cow::Borrowed(text);
    }
    let mut cause = String::with_capacity(text.len());
    let mut is_quoted = false;
    for part in text.split_inclusive('"') {
        if is_quoted {
            cause += part;
            is_quoted = part.ends_with("\\\"");
        } else {
            cause += &without_streams(&without_own_ports(part));
            is_quoted = part.ends_with('"');
        }
    }
    Cow::Owned(cause)
}

/// `read tcp 10.0.0.1:45678->10.0.0.2:80: connection reset by peer` becomes `read tcp
/// 10.0.0.2:80: connection reset by peer`. An address whose port is 0, as Go gives it for a dial
/// that failed, is the same each time, and stays; so does that of a proxy, behind other words.
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

/// Returns where the address of our own begins that a text ends with; None where there is none, or
/// its port is 0.
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
    fn a_text_loses_what_each_failure_has_of_its_own_and_nothing_else() {
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
            assert_eq!(cause(text), expected);
        }
    }

    #[test]
    fn failures_of_one_cause_are_counted_together_whatever_the_port() {
        let mut errors = ErrorCounts::default();
        for port in 40_000..42_000 {
            errors.add(&format!("read tcp 127.0.0.1:{port}->127.0.0.1:80: read: reset"), 1);
        }
        let expected = [("read tcp 127.0.0.1:80: read: reset", 2000)];
        assert_eq!(errors.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn texts_keep_the_order_in_which_they_were_seen() {
        let mut errors = ErrorCounts::default();
        for text in ["b", "a", "b", "c", "a", "b"] {
            errors.add(text, 1);
        }
        assert_eq!(errors.iter().collect::<Vec<_>>(), [("b", 3), ("a", 2), ("c", 1)]);
    }

    #[test]
    fn texts_past_the_thousandth_are_counted_together() {
        let mut errors = ErrorCounts::default();
        for port in 0..1200 {
            errors.add(&format!("read :{port}: connection reset by peer"), 1);
        }
        errors.add("read :0: connection reset by peer", 1);
        let listed: Vec<_> = errors.iter().collect();
        assert_eq!(listed.len(), 1001);
        assert_eq!(listed[0], ("read :0: connection reset by peer", 2));
        assert_eq!(listed[1000], ("other errors", 200));
        let mut merged = errors.clone();
        merged.merge(&errors);
        assert_eq!(merged.iter().count(), 1001);
        assert_eq!(merged.iter().map(|(_, count)| count).sum::<u64>(), 2402);
    }
}
