//! How often each error text occurred, whichever port of our own it names.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// Most distinct texts kept. A server may make each text another one, and memory must not grow
/// with the number of records.
const MOST_TEXTS: usize = 1000;

/// Stands between our own address and the peer's.
const ARROW: &str = "->";

/// The networks whose addresses have ports, as they stand before an address.
const NETWORKS: [&str; 2] = [" tcp", " udp"];

/// Stands for all texts past the first [`MOST_TEXTS`].
const OTHERS: &str = "other errors";

/// Counts by error text, in the order in which the texts were first seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ErrorCounts {
    counts: Vec<(Arc<str>, u64)>,
    /// Where each text stands in `counts`.
    places: HashMap<Arc<str>, usize>,
    /// Count of all texts that found no place.
    others: u64,
}

impl ErrorCounts {
    /// Adds to the count of a text, and of all that differ from it in our own port only.
    pub fn add(&mut self, text: &str, count: u64) {
        let text = &*without_own_ports(text);
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

/// Returns a text without the addresses of our own end that have a port of the moment: those make
/// each failure a different text.
///
/// `read tcp 10.0.0.1:45678->10.0.0.2:80: connection reset by peer` becomes `read tcp
/// 10.0.0.2:80: connection reset by peer`. An address whose port is 0, as Go gives it for a dial
/// that failed, is the same each time, and stays.
///
/// Source: Go, package net, OpError.Error.
fn without_own_ports(text: &str) -> Cow<'_, str> {
    let mut kept = Cow::Borrowed("");
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(ARROW) {
        let start = own_address(before).unwrap_or(before.len() + ARROW.len());
        kept += &rest[..start];
        rest = after;
    }
    if kept.is_empty() { Cow::Borrowed(rest) } else { kept + rest }
}

/// Returns where the address of our own begins that a text ends with; None where there is none, or
/// its port is 0.
fn own_address(text: &str) -> Option<usize> {
    let (words, address) = text.rsplit_once(' ')?;
    let (_, port) = address.rsplit_once(':')?;
    let is_port = port.parse().is_ok_and(|port: u16| port > 0);
    let is_socket = NETWORKS.iter().any(|network| words.ends_with(network));
    (is_port && is_socket).then_some(words.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_loses_our_own_port_and_nothing_else() {
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
        ];
        for (text, expected) in table {
            assert_eq!(without_own_ports(text), expected);
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
