//! A run cut into slices of time, each folded to sums and cells of its latencies.
//!
//! Confidence intervals are computed from them: hits that are close in time depend on each other,
//! so that only whole stretches of time can be resampled.

use crate::metrics::histogram::cells::Cells;
use crate::metrics::over_time::bins::{Bin, Bins, Limit};
use crate::record::Rows;

/// Slices with a hit, at most. A long run has between half as many and this number.
const MAX_SLICES: usize = 256;

/// Length of the first slices in ns: about a millisecond.
const FIRST_LENGTH_NS: i64 = 1 << 20;

/// A run cut into slices of equal length by the slots of its hits, or by their releases if the
/// slots are unknown. Slices without a hit are left out.
///
/// Memory is bounded: at most [`MAX_SLICES`], each with 8 bytes for each cell of latency that
/// occurs in it. A factor of two in latency has 256 cells.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slices(Bins<Slice>);

/// What is kept of the hits of one slice.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slice {
    /// First slot, in ns since 1970 UTC; `i64::MAX` without hits.
    pub first_ns: i64,
    pub hits: u64,
    pub successes: u64,
    /// Sum of the latencies.
    pub total_ns: u128,
    /// Latencies.
    pub latency: Cells,
}

impl Default for Slices {
    fn default() -> Self {
        Self(Bins::new(Limit::Filled(MAX_SLICES), FIRST_LENGTH_NS))
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
            let (slice, _) = self.0.at(slot_ns);
            slice.add(slot_ns, latency_ns, outcome.is_success());
        }
    }

    /// Returns the sum of both, which are parts of one run.
    pub fn merged(mut self, other: &Self) -> Self {
        self.0.merge(&other.0);
        self
    }

    /// Returns the slices in the order of time.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Slice> + Clone {
        self.0.iter().map(|(_, slice)| slice)
    }
}

impl Default for Slice {
    fn default() -> Self {
        Self { first_ns: i64::MAX, hits: 0, successes: 0, total_ns: 0, latency: Cells::default() }
    }
}

impl Bin for Slice {
    fn absorb(&mut self, next: Self, _later_ns: u64) {
        self.first_ns = self.first_ns.min(next.first_ns);
        self.hits += next.hits;
        self.successes += next.successes;
        self.total_ns += next.total_ns;
        self.latency.merge(&next.latency);
    }
}

impl Slice {
    fn add(&mut self, slot_ns: i64, latency_ns: u64, is_success: bool) {
        self.first_ns = self.first_ns.min(slot_ns);
        self.hits += 1;
        self.successes += u64::from(is_success);
        self.total_ns += u128::from(latency_ns);
        self.latency.add(latency_ns);
    }
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
        assert!((MAX_SLICES / 2..=MAX_SLICES).contains(&n), "{n}");
        assert_eq!(slices.iter().map(|slice| slice.hits).sum::<u64>(), 10_000);
        assert_eq!(slices.iter().map(|slice| slice.successes).sum::<u64>(), 9_000);
        let total_ns: u64 = hits().iter().map(|hit| hit.latency_ns).sum();
        assert_eq!(slices.iter().map(|slice| slice.total_ns).sum::<u128>(), total_ns.into());
        let counts = slices.iter().flat_map(|slice| slice.latency.iter()).map(|(_, count)| count);
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
    fn a_hit_whose_body_failed_is_no_success() {
        let broken = Sample { code: 200, error: "EOF".to_owned(), ..Sample::default() };
        let whole = Sample { code: 200, ..Sample::default() };
        let slices = of(&[whole.clone(), broken, whole]);
        assert_eq!(slices.iter().map(|slice| slice.successes).sum::<u64>(), 2);
    }

    #[test]
    fn hits_at_the_ends_of_time_have_slices() {
        let times = [i64::MIN, -1, 0, i64::MAX];
        let hit = |timestamp_ns| Sample { timestamp_ns, ..Sample::default() };
        assert_eq!(of(&times.map(hit)).iter().len(), 4);
        let spread = (0..1_000).map(|n| hit(n * (i64::MAX / 1_000)));
        assert!(of(&spread.collect::<Vec<_>>()).iter().len() > MAX_SLICES / 2);
    }
}
