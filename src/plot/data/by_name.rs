//! Latency over time by target name.

use crate::metrics::{Sketch, Slots};
use crate::record::{Label, Rows};

/// Maximum number of separate names: more panels cannot be compared at a glance.
const MOST_NAMES: usize = 12;

/// Words of a run whose names are known by their numbers.
const MOST_KNOWN: usize = 64;

/// Number of slots per name: its panel is only a part of a chart wide.
const MOST_SLOTS: usize = 128;

/// Latency over time by name, for the first [`MOST_NAMES`] names that occur.
#[derive(Default)]
pub struct Names {
    named: Vec<Named>,
    /// Hits with any other name.
    n_unlisted: u64,
}

struct Named {
    /// Empty for hits without a name.
    name: String,
    n_hits: u64,
    slots: Slots<Sketch>,
}

impl Names {
    /// Adds hits, in any order.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        let labels = rows.labels(Label::Name);
        // Names usually alternate, and looking one up takes longer than the rest of the work per
        // hit.
        let mut known = [(None, None); MOST_KNOWN];
        let hits = rows.timestamps_ns().iter().zip(rows.latencies_ns());
        for (row, (at_ns, latency_ns)) in hits.enumerate() {
            let number = labels.number(row);
            // The number of no word wraps, and has its place too.
            let word = &mut known[number.unwrap_or_default() as usize % MOST_KNOWN];
            if number.is_none() || word.0 != number {
                *word = (number, self.place(labels.at(row)));
            }
            match word.1 {
                Some(place) => self.named[place].add(*at_ns, latency_ns),
                None => self.n_unlisted += 1,
            }
        }
    }

    /// Returns the index of a name; None if it has none.
    fn place(&mut self, name: &str) -> Option<usize> {
        let known = self.named.iter().position(|named| named.name == name);
        if known.is_none() && self.named.len() < MOST_NAMES {
            let slots = Slots::new(MOST_SLOTS);
            self.named.push(Named { name: name.to_owned(), n_hits: 0, slots });
            return Some(self.named.len() - 1);
        }
        known
    }

    /// Returns the names with their numbers of hits and their latencies over time, sorted by number
    /// of hits, greatest first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64, &Slots<Sketch>)> {
        let mut sorted: Vec<&Named> = self.named.iter().collect();
        sorted.sort_by(|a, b| b.n_hits.cmp(&a.n_hits).then_with(|| a.name.cmp(&b.name)));
        sorted.into_iter().map(|named| (named.name.as_str(), named.n_hits, &named.slots))
    }

    /// Hits whose name has no separate entry.
    pub fn n_unlisted(&self) -> u64 {
        self.n_unlisted
    }
}

impl Named {
    fn add(&mut self, at_ns: i64, latency_ns: u64) {
        self.slots.at(at_ns).0.add(latency_ns);
        self.n_hits += 1;
    }
}
