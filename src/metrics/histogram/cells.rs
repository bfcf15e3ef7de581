//! A small histogram of few durations, as each slice of a resampled run keeps one.

use std::ops::Range;

use crate::metrics::histogram::log_buckets::LogBuckets;

/// A cell is at most 1/256 of its durations wide.
type Buckets = LogBuckets<8>;

/// Counts of durations by cell, in 8 bytes for each cell that occurs. Adding a duration costs more
/// than in the other histograms, the more cells occur.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cells {
    /// Each cell that occurs with its count, by rising cell. A count stays at 2^32 - 1.
    counts: Vec<(u16, u32)>,
}

impl Cells {
    /// Adds a duration in ns.
    pub fn add(&mut self, ns: u64) {
        let cell =
            u16::try_from(Buckets::index(ns)).expect("64 bits of ns make fewer than 2^14 cells");
        self.count(cell, 1);
    }

    /// Adds all durations of another histogram.
    pub fn merge(&mut self, other: &Self) {
        other.counts.iter().for_each(|(cell, count)| self.count(*cell, *count));
    }

    /// Returns each cell that occurs with its count, by rising cell.
    pub fn iter(&self) -> impl Iterator<Item = (u16, u64)> {
        self.counts.iter().map(|(cell, count)| (*cell, u64::from(*count)))
    }

    fn count(&mut self, cell: u16, count: u32) {
        match self.counts.binary_search_by_key(&cell, |(cell, _)| *cell) {
            Ok(idx) => self.counts[idx].1 = self.counts[idx].1.saturating_add(count),
            Err(idx) => self.counts.insert(idx, (cell, count)),
        }
    }
}

/// Returns the shortest duration in a cell and the shortest above it, in ns.
pub fn bounds_ns(cell: u16) -> Range<f64> {
    let cell = usize::from(cell);
    let from_ns = Buckets::lowest(cell) as f64;
    // The last cell ends at 2^64 ns, which only a float holds.
    from_ns..from_ns + Buckets::width(cell) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_lies_within_the_bounds_of_its_cell() {
        for ns in [0, 3, 4, 511, 2_047, 2_048, 1_000_000, 123_456_789, u64::MAX - 4_096] {
            let mut cells = Cells::default();
            cells.add(ns);
            let bounds = bounds_ns(cells.iter().next().unwrap().0);
            assert!(bounds.contains(&(ns as f64)), "{ns}: {bounds:?}");
            assert!(ns < 512 || (bounds.end - bounds.start) / bounds.start <= 1.0 / 256.0, "{ns}");
        }
    }

    #[test]
    fn merged_cells_equal_those_of_all_durations() {
        let of = |durations: &[u64]| {
            let mut cells = Cells::default();
            durations.iter().for_each(|ns| cells.add(*ns));
            cells
        };
        let mut merged = of(&[1, 1_000_000, 7]);
        merged.merge(&of(&[1, 5_000]));
        assert_eq!(merged, of(&[1, 1, 7, 5_000, 1_000_000]));
    }
}
