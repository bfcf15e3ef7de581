//! Latency over time by the targets' names.

use crate::metrics::{Sketch, Slots};
use crate::record::{Label, Rows};

/// Names that are told apart, at most: as many panels can be looked at together.
const MOST_NAMES: usize = 12;

/// Words of a run whose names are known by their numbers.
const MOST_KNOWN: usize = 64;

/// Slots of each name: its panel is a part of a chart wide.
const MOST_SLOTS: usize = 128;

/// Latency over time by name, of the first [`MOST_NAMES`] that occur.
#[derive(Default)]
pub struct Names {
    named: Vec<Named>,
    /// Hits with any other name.
    n_unlisted: u64,
}

struct Named {
    /// Empty for hits without one.
    name: String,
    n_hits: u64,
    slots: Slots<Sketch>,
}

impl Names {
    /// Adds hits, in whatever order.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        let labels = rows.labels(Label::Name);
        // Names take turns, and to look one up takes longer than all else that is done for a hit.
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

    /// Returns where a name stands; None where it has no place.
    fn place(&mut self, name: &str) -> Option<usize> {
        let known = self.named.iter().position(|named| named.name == name);
        if known.is_none() && self.named.len() < MOST_NAMES {
            let slots = Slots::new(MOST_SLOTS);
            self.named.push(Named { name: name.to_owned(), n_hits: 0, slots });
            return Some(self.named.len() - 1);
        }
        known
    }

    /// Returns the names with their numbers of hits and their latencies over time, those with the
    /// most hits first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64, &Slots<Sketch>)> {
        let mut sorted: Vec<&Named> = self.named.iter().collect();
        sorted.sort_by(|a, b| b.n_hits.cmp(&a.n_hits).then_with(|| a.name.cmp(&b.name)));
        sorted.into_iter().map(|named| (named.name.as_str(), named.n_hits, &named.slots))
    }

    /// Hits whose name is not among those told apart.
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
