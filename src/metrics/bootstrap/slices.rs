//! Slices: a run cut into stretches of time, each folded to sums and a sketch of its latencies.
//!
//! Intervals are made of them: what lies close in time depends on each other, and only stretches of
//! time as a whole can be drawn anew.

use std::collections::BTreeMap;

use crate::metrics::histogram::BUCKET_BITS;
use crate::metrics::histogram::log_buckets::{bucket_of, lowest_of};
use crate::record::Rows;

/// Most slices that hold a record. Once there are more, each two that adjoin become one, so that a
/// long run has between half as many and so many.
const MOST_SLICES: usize = 256;

/// Length of the first slices, as a power of two in ns: about a millisecond.
const FIRST_LENGTH: u32 = 20;

/// Buckets of a distribution that are one cell, as a power of two: a cell is at most 1/256 of its
/// latencies wide.
const CELL_BUCKETS: u32 = 2;

/// A run cut into slices of equal length by the slots of its hits, or where these are not known, by
/// their releases. Slices without a hit are left out.
///
/// Memory is bounded: at most [`MOST_SLICES`], each of 8 bytes for each cell of latency that occurs
/// in it, of which a factor of two in latency has 256.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slices {
    /// Length of a slice, as a power of two in ns.
    length: u32,
    /// By their place since 1970, in lengths.
    slices: BTreeMap<i64, Slice>,
}

/// What is kept of the hits of one slice.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slice {
    /// First slot, in ns since 1970 UTC.
    pub first_ns: i64,
    pub hits: u64,
    pub successes: u64,
    /// Sum of the latencies.
    pub total_ns: u128,
    /// Each cell that occurs with its count, by rising cell. No cell of one slice reaches 2^32 hits;
    /// if one did, it would stay there.
    cells: Vec<(u16, u32)>,
}

impl Default for Slices {
    fn default() -> Self {
        Self { length: FIRST_LENGTH, slices: BTreeMap::new() }
    }
}

impl Slices {
    /// Adds a run of records.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        let mut lags = rows.lags_ns();
        let hits = rows.timestamps_ns().iter().zip(rows.latencies_ns()).zip(rows.outcomes());
        for ((timestamp_ns, latency_ns), outcome) in hits {
            let lag_ns = lags.next().flatten().unwrap_or(0);
            let slot_ns = timestamp_ns.saturating_sub_unsigned(lag_ns);
            self.at(slot_ns).add(slot_ns, latency_ns, outcome.is_success());
        }
    }

    /// Returns the sum of both, which are parts of one run.
    pub fn merged(mut self, other: &Self) -> Self {
        self.lengthen_to(other.length);
        for (place, slice) in &other.slices {
            self.put(place >> (self.length - other.length), slice.clone());
        }
        self.bound();
        self
    }

    /// Returns the slices in the order of time.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Slice> + Clone {
        self.slices.values()
    }

    /// Returns the slice of an instant, which begins here unless it has begun before.
    fn at(&mut self, ns: i64) -> &mut Slice {
        if !self.slices.contains_key(&(ns >> self.length)) {
            self.slices.insert(ns >> self.length, Slice::new(ns));
            self.bound();
        }
        self.slices.entry(ns >> self.length).or_insert_with(|| Slice::new(ns))
    }

    /// Makes slices longer while there are too many.
    fn bound(&mut self) {
        while self.slices.len() > MOST_SLICES {
            self.lengthen_to(self.length + 1);
        }
    }

    /// Makes the slices so long, unless they are longer.
    fn lengthen_to(&mut self, length: u32) {
        let halvings = length.saturating_sub(self.length);
        if halvings > 0 {
            self.length = length;
            for (place, slice) in std::mem::take(&mut self.slices) {
                self.put(place >> halvings, slice);
            }
        }
    }

    fn put(&mut self, place: i64, slice: Slice) {
        match self.slices.get_mut(&place) {
            Some(there) => there.merge(&slice),
            None => drop(self.slices.insert(place, slice)),
        }
    }
}

impl Slice {
    fn new(first_ns: i64) -> Self {
        Self { first_ns, hits: 0, successes: 0, total_ns: 0, cells: Vec::new() }
    }

    fn add(&mut self, slot_ns: i64, latency_ns: u64, is_success: bool) {
        self.first_ns = self.first_ns.min(slot_ns);
        self.hits += 1;
        self.successes += u64::from(is_success);
        self.total_ns += u128::from(latency_ns);
        self.count(cell_of(latency_ns), 1);
    }

    fn merge(&mut self, other: &Self) {
        self.first_ns = self.first_ns.min(other.first_ns);
        self.hits += other.hits;
        self.successes += other.successes;
        self.total_ns += other.total_ns;
        other.cells.iter().for_each(|(cell, count)| self.count(*cell, *count));
    }

    fn count(&mut self, cell: u16, count: u32) {
        match self.cells.binary_search_by_key(&cell, |(cell, _)| *cell) {
            Ok(place) => self.cells[place].1 = self.cells[place].1.saturating_add(count),
            Err(place) => self.cells.insert(place, (cell, count)),
        }
    }

    /// Returns each cell that occurs with its count, by rising cell.
    pub fn cells(&self) -> impl Iterator<Item = (u16, u64)> {
        self.cells.iter().map(|(cell, count)| (*cell, u64::from(*count)))
    }
}

/// Returns the cell that a latency in ns falls into.
fn cell_of(ns: u64) -> u16 {
    u16::try_from(bucket_of::<BUCKET_BITS>(ns) >> CELL_BUCKETS)
        .expect("64 bits of ns make fewer than 2^14 cells")
}

/// Returns the shortest latency of a cell and the shortest beyond it, in ns.
pub(crate) fn bounds_of(cell: u16) -> [f64; 2] {
    let bucket = usize::from(cell) << CELL_BUCKETS;
    // The last bucket ends at 2^64, which is no bucket's beginning.
    let last = bucket + (1 << CELL_BUCKETS) - 1;
    let lowest = lowest_of::<BUCKET_BITS>;
    let next = lowest(last) as f64 + (lowest(last) - lowest(last - 1)) as f64;
    [lowest(bucket) as f64, next]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::samples::{Sample, batch};

    /// Returns hits at odd times over a minute, each tenth a failure.
    fn hits() -> Vec<Sample> {
        let hit = |n: u64| Sample {
            code: if n.is_multiple_of(10) { 500 } else { 200 },
            timestamp_ns: (n * 7_919 % 10_007 * 6_000_000) as i64,
            latency_ns: n * 104_729 % 1_000_003,
            lag_ns: n.is_multiple_of(2).then_some(1_000),
            ..Sample::default()
        };
        (0..10_000).map(hit).collect()
    }

    fn of(hits: &[Sample]) -> Slices {
        let (batch, mut slices) = (batch(hits), Slices::default());
        slices.add_rows(&batch.rows(0..batch.len()));
        slices
    }

    #[test]
    fn slices_are_few_and_hold_every_hit() {
        let slices = of(&hits());
        let n = slices.iter().len();
        assert!((MOST_SLICES / 2..=MOST_SLICES).contains(&n), "{n}");
        assert_eq!(slices.iter().map(|slice| slice.hits).sum::<u64>(), 10_000);
        assert_eq!(slices.iter().map(|slice| slice.successes).sum::<u64>(), 9_000);
        let total_ns: u64 = hits().iter().map(|hit| hit.latency_ns).sum();
        assert_eq!(slices.iter().map(|slice| slice.total_ns).sum::<u128>(), total_ns.into());
        let counts = slices.iter().flat_map(Slice::cells).map(|(_, count)| count);
        assert_eq!(counts.sum::<u64>(), 10_000);
    }

    #[test]
    fn parts_of_a_run_add_up_to_it() {
        let hits = hits();
        for cut in [0, 100, 5_000, 10_000] {
            let (one, other) = hits.split_at(cut);
            assert_eq!(of(one).merged(&of(other)), of(&hits), "{cut}");
            assert_eq!(of(other).merged(&of(one)), of(&hits), "{cut}");
        }
    }

    #[test]
    fn a_hit_lies_where_it_was_due() {
        let late = Sample { timestamp_ns: 5_000, lag_ns: Some(4_000), ..Sample::default() };
        assert_eq!(of(&[late]).iter().next().map(|slice| slice.first_ns), Some(1_000));
    }

    #[test]
    fn a_hit_that_broke_behind_its_status_is_no_success() {
        let broken = Sample { code: 200, error: "EOF".to_owned(), ..Sample::default() };
        let whole = Sample { code: 200, ..Sample::default() };
        let slices = of(&[whole.clone(), broken, whole]);
        assert_eq!(slices.iter().map(|slice| slice.successes).sum::<u64>(), 2);
    }

    #[test]
    fn hits_ages_apart_find_a_slice() {
        let times = [i64::MIN, -1, 0, i64::MAX];
        let hit = |timestamp_ns| Sample { timestamp_ns, ..Sample::default() };
        assert_eq!(of(&times.map(hit)).iter().len(), 4);
        let spread = (0..1_000).map(|n| hit(n * (i64::MAX / 1_000)));
        assert!(of(&spread.collect::<Vec<_>>()).iter().len() > MOST_SLICES / 2);
    }

    #[test]
    fn a_latency_lies_within_the_bounds_of_its_cell() {
        for ns in [0, 3, 4, 2_047, 2_048, 1_000_000, 123_456_789, u64::MAX - 4_096] {
            let [shortest, next] = bounds_of(cell_of(ns));
            assert!(shortest <= ns as f64 && (ns as f64) < next, "{ns}: {shortest} to {next}");
            assert!(ns < 2_048 || (next - shortest) / shortest <= 1.0 / 256.0, "{ns}");
        }
    }
}
