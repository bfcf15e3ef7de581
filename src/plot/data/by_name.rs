//! Latency over time by the targets' names.

use crate::bounded_map::Bounded;
use crate::markup::redact::{HIDDEN_USER, without_users};
use crate::metrics::{Bins, CoarseHistogram};
use crate::record::{Label, Rows};

/// Names with a panel, at most: more panels cannot be compared by eye.
const MAX_NAMES: usize = 12;

/// Size of the cache from the number of a name to its place, within one run of records.
const CACHE_SIZE: usize = 64;

/// Bins of each name: its panel takes only a part of the chart's width.
const MAX_BINS: usize = 128;

/// Latency over time by name, of the first [`MAX_NAMES`] that occur.
pub struct Names {
    /// By name, without users and passwords of URLs; empty for hits without a name.
    named: Bounded<String, Named>,
    /// Hits with any other name.
    n_unlisted: u64,
}

struct Named {
    n_hits: u64,
    bins: Bins<CoarseHistogram>,
}

impl Default for Names {
    fn default() -> Self {
        Self { named: Bounded::new(MAX_NAMES), n_unlisted: 0 }
    }
}

impl Default for Named {
    fn default() -> Self {
        Self { n_hits: 0, bins: Bins::for_chart(MAX_BINS) }
    }
}

impl Names {
    /// Adds hits, in any order.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        let labels = rows.labels(Label::Name);
        // Names alternate, and a lookup takes longer than all other work for a hit.
        let mut cache = [(None, 0); CACHE_SIZE];
        let hits = rows.timestamps_ns().iter().zip(rows.latencies_ns());
        for (row, (at_ns, latency_ns)) in hits.enumerate() {
            let number = labels.number(row);
            // The number of an absent name is negative; it wraps, and has an entry too.
            let entry = &mut cache[number.unwrap_or_default() as usize % CACHE_SIZE];
            if number.is_none() || entry.0 != number {
                *entry = (number, self.place(labels.at(row)));
            }
            self.add(entry.1, *at_ns, latency_ns);
        }
    }

    /// Returns the place of a name; [`MAX_NAMES`] if it has no panel.
    fn place(&mut self, name: &str) -> usize {
        let name = without_users(name, HIDDEN_USER);
        match self.named.find(&*name) {
            Some(place) => place,
            None => self.named.place(name.into_owned(), Named::default),
        }
    }

    fn add(&mut self, place: usize, at_ns: i64, latency_ns: u64) {
        if place == MAX_NAMES {
            self.n_unlisted += 1;
            return;
        }
        let named = self.named.at(place, Named::default);
        named.bins.at(at_ns).0.add(latency_ns);
        named.n_hits += 1;
    }

    /// Returns the names with their numbers of hits and their latencies over time, those with the
    /// most hits first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64, &Bins<CoarseHistogram>)> {
        let mut sorted: Vec<(&String, &Named)> = self.named.iter().collect();
        sorted.sort_by(|(name, named), (other_name, other)| {
            other.n_hits.cmp(&named.n_hits).then_with(|| name.cmp(other_name))
        });
        sorted.into_iter().map(|(name, named)| (name.as_str(), named.n_hits, &named.bins))
    }

    /// Hits with a name that has no panel.
    pub fn n_unlisted(&self) -> u64 {
        self.n_unlisted
    }
}
