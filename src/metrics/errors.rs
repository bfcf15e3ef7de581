//! How often each error text occurred.

use std::collections::HashMap;
use std::sync::Arc;

/// Most distinct texts kept. Texts with ports in them are all distinct, and memory must not grow
/// with the number of records.
const MOST_TEXTS: usize = 1000;

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
    /// Adds to the count of a text.
    pub fn add(&mut self, text: &str, count: u64) {
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

#[cfg(test)]
mod tests {
    use super::*;

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
