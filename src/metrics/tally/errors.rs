//! Number of requests with each error text.

use std::cmp::Reverse;

use crate::bounded_map::Bounded;
use crate::failure_names::normalized;

/// Distinct texts, at most. A server may send a different text each time.
pub const MAX_TEXTS: usize = 1000;

/// The name of all texts past the first [`MAX_TEXTS`].
const OTHERS: &str = "other errors";

/// Counts by [normalized] error text, in the order in which the texts were first seen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ErrorCounts(Bounded<String, u64>);

impl Default for ErrorCounts {
    fn default() -> Self {
        Self(Bounded::new(MAX_TEXTS))
    }
}

impl ErrorCounts {
    /// Counts an error text once.
    pub fn add(&mut self, text: &str) {
        let text = normalized(text);
        let place = match self.0.find(&*text) {
            Some(place) => place,
            None => self.0.place(text.into_owned(), u64::default),
        };
        *self.0.at(place, u64::default) += 1;
    }

    /// Adds the counts of another part of the run, whose texts count as seen later.
    pub fn merge(&mut self, other: &Self) {
        self.0.merge(&other.0, u64::default, |sum, more| *sum += more);
    }

    /// Returns the texts with their counts, the most frequent first and equally frequent ones by
    /// text; all texts without a place follow as one.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        let mut kept: Vec<_> = self.0.iter().map(|(text, count)| (text.as_str(), *count)).collect();
        kept.sort_by_key(|(text, count)| (Reverse(*count), *text));
        kept.into_iter().chain(self.0.other().map(|count| (OTHERS, *count)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_one_cause_are_counted_together() {
        let mut errors = ErrorCounts::default();
        for port in 40_000..42_000 {
            errors.add(&format!("read tcp 127.0.0.1:{port}->127.0.0.1:80: read: reset"));
        }
        let expected = [("read tcp 127.0.0.1:80: read: reset", 2000)];
        assert_eq!(errors.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn texts_are_ordered_by_count_and_then_by_text() {
        let mut errors = ErrorCounts::default();
        for text in ["d", "c", "b", "c", "a", "b", "b"] {
            errors.add(text);
        }
        let expected = [("b", 3), ("c", 2), ("a", 1), ("d", 1)];
        assert_eq!(errors.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn texts_past_the_thousandth_are_counted_together() {
        let mut errors = ErrorCounts::default();
        for port in 0..1200 {
            errors.add(&format!("read :{port}: connection reset by peer"));
        }
        errors.add("read :0: connection reset by peer");
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
