//! Histograms of durations in constant memory.
//!
//! All have the same kind of buckets, see [`log_buckets`], and differ in width and storage:
//!
//! | histogram | bucket width | storage | used for |
//! |---|---|---|---|
//! | [`Distribution`] | 1/1024 | pages of the buckets that occur | reports |
//! | [`coarse`] | 1/64 | all buckets up to the longest | each bin of a chart |
//! | [`cells`] | 1/256 | pairs of bucket and count | each slice of a resampled run |
//!
//! Buckets that the user asks for are exact: see [`user_buckets`].

pub mod log_buckets;
pub mod sparse_counts;
pub mod coarse;
pub mod cells;
pub mod user_buckets;
pub mod times;

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::metrics::histogram::log_buckets::LogBuckets;
use crate::metrics::histogram::sparse_counts::SparseCounts;
use crate::metrics::quantile::hazen;

/// Buckets at most 1/1024 of their durations wide: those of an HdrHistogram with [`DIGITS`].
type Fine = LogBuckets<10>;

/// Significant decimal digits of a duration.
const DIGITS: u8 = 3;

/// A histogram of durations with exact count, sum and extremes, and quantiles within 0.1 %.
///
/// Memory grows with the spread of the durations: 8 kB for each factor of two, a few hundred bytes
/// for a single duration, at most 460 kB.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    counts: SparseCounts,
    count: u64,
    total_ns: u128,
    /// `u64::MAX` without durations.
    min_ns: u64,
    /// 0 without durations.
    max_ns: u64,
}

impl Default for Distribution {
    fn default() -> Self {
        Self { counts: SparseCounts::default(), count: 0, total_ns: 0, min_ns: u64::MAX, max_ns: 0 }
    }
}

impl Distribution {
    /// Adds durations in ns.
    pub(crate) fn add_all(&mut self, durations: impl Iterator<Item = u64>) {
        let (mut count, mut total_ns, mut min_ns, mut max_ns) = (0, 0, self.min_ns, self.max_ns);
        for ns in durations {
            self.counts.add(Fine::index(ns), 1);
            count += 1;
            total_ns += u128::from(ns);
            min_ns = min_ns.min(ns);
            max_ns = max_ns.max(ns);
        }
        self.count += count;
        self.total_ns += total_ns;
        (self.min_ns, self.max_ns) = (min_ns, max_ns);
    }

    /// Adds a duration in ns a number of times, at least once.
    pub(super) fn add_n(&mut self, ns: u64, count: u64) {
        self.counts.add(Fine::index(ns), count);
        self.count += count;
        self.total_ns += u128::from(ns) * u128::from(count);
        (self.min_ns, self.max_ns) = (self.min_ns.min(ns), self.max_ns.max(ns));
    }

    /// Adds all durations of another distribution.
    pub(super) fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        self.count += other.count;
        self.total_ns += other.total_ns;
        self.min_ns = self.min_ns.min(other.min_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
    }

    /// Number of durations.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Sum in ns.
    pub fn total_ns(&self) -> u128 {
        self.total_ns
    }

    /// Shortest duration; 0 without durations.
    pub fn min(&self) -> Duration {
        Duration::from_nanos(self.min_ns.min(self.max_ns))
    }

    /// Longest duration; 0 without durations.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.max_ns)
    }

    /// Arithmetic mean, truncated to whole ns; 0 without durations.
    pub fn mean(&self) -> Duration {
        let mean_ns = self.total_ns / u128::from(self.count().max(1));
        Duration::from_nanos(u64::try_from(mean_ns).expect("a mean is at most the maximum"))
    }

    /// Returns pairs of a duration in ns and its count, by rising duration.
    ///
    /// The shortest and the longest are exact. Each other bucket reports its upper bound, so a
    /// value may be overstated by up to 0.1 % but is never understated.
    pub fn counts(&self) -> Vec<(u64, u64)> {
        let mut rows: Vec<(u64, u64)> = Vec::new();
        let exact_min = (self.count > 0).then_some((self.min_ns, 1));
        for (ns, count) in exact_min.into_iter().chain(self.bucket_rows()) {
            match rows.last_mut() {
                Some((last_ns, sum)) if *last_ns == ns => *sum += count,
                _ => rows.push((ns, count)),
            }
        }
        rows
    }

    /// Returns the upper bound and the count of each bucket, without the shortest duration, which
    /// has a row of its exact length.
    fn bucket_rows(&self) -> impl Iterator<Item = (u64, u64)> {
        let shortest = Fine::index(self.min_ns);
        let rows = self.counts.iter().map(move |(bucket, count)| {
            (Fine::highest(bucket).min(self.max_ns), count - u64::from(bucket == shortest))
        });
        rows.filter(|(_, count)| *count > 0)
    }

    /// Returns a quantile in `[0, 1]`; see [`Quantiles::at`]. For several quantiles,
    /// [`Distribution::quantiles`] is faster.
    pub fn quantile(&self, quantile: f64) -> Duration {
        self.quantiles().at(quantile)
    }

    /// Returns a lookup of quantiles. To make it costs as much as to look up a few quantiles.
    pub fn quantiles(&self) -> Quantiles {
        let &Self { count, min_ns, max_ns, .. } = self;
        Quantiles { count, min_ns, max_ns, histogram: self.histogram() }
    }

    /// Returns the durations as an HdrHistogram. It is not kept, because it takes memory for all
    /// buckets up to the longest duration.
    fn histogram(&self) -> Histogram<u64> {
        let longest = self.max_ns.max(2);
        let mut histogram = Histogram::new_with_max(longest, DIGITS)
            .expect("three digits are within the accepted 0 to 5, and 2 is a maximum");
        for (bucket, count) in self.counts.iter() {
            histogram.saturating_record_n(Fine::lowest(bucket), count);
        }
        histogram
    }
}

/// A lookup of quantiles of a distribution.
#[derive(Debug)]
pub struct Quantiles {
    count: u64,
    /// As in a [`Distribution`].
    min_ns: u64,
    max_ns: u64,
    histogram: Histogram<u64>,
}

impl Quantiles {
    /// Returns Hazen's quantile, in `[0, 1]`, which is definition 5 of Hyndman and Fan (1996).
    /// 0 without durations.
    ///
    /// The first and the last duration are exact, and all others within 0.1 %, hence so is the
    /// quantile.
    pub fn at(&self, quantile: f64) -> Duration {
        self.at_of(quantile, self.count)
    }

    /// Returns Hazen's quantile of `count` durations, at least as many as these, of which these are
    /// the shortest. The quantile must lie among these.
    pub(super) fn at_of(&self, quantile: f64, count: u64) -> Duration {
        Duration::from_nanos(hazen(quantile, count, |rank| self.of_rank(rank)))
    }

    /// Number of durations.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Returns the duration of a rank, from 1, in rising order, in ns; 0 without durations.
    ///
    /// The ranks 1 and count are exact. Any other is the middle of its bucket, hence within 0.1 %.
    fn of_rank(&self, rank: u64) -> u64 {
        let &Self { count, min_ns, max_ns, .. } = self;
        if rank >= count {
            return max_ns;
        }
        if rank <= 1 {
            return min_ns;
        }
        // Half a rank below, so that no rounding moves the search to the next rank.
        let share = (rank as f64 - 0.5) / count as f64;
        let in_bucket = self.histogram.value_at_quantile(share);
        self.histogram.median_equivalent(in_bucket).clamp(min_ns, max_ns)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::samples::exact_quantile;

    fn of(durations: impl IntoIterator<Item = u64>) -> Distribution {
        let mut distribution = Distribution::default();
        distribution.add_all(durations.into_iter());
        distribution
    }

    #[test]
    fn quantiles_lie_between_the_durations_around_them() {
        let ten: &[u64] = &[10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
        let table: [(&[u64], f64, u64); 12] = [
            (ten, 0.0, 10),
            (ten, 0.05, 10),
            (ten, 0.07, 12),
            (ten, 0.1, 15),
            (ten, 0.5, 55),
            (ten, 0.9, 95),
            (ten, 0.925, 97),
            (ten, 0.99, 100),
            (ten, 1.0, 100),
            (&[1000, 60_000], 0.5, 30_500),
            (&[7], 0.5, 7),
            (&[], 0.5, 0),
        ];
        for (durations, quantile, expected) in table {
            let found = of(durations.iter().copied()).quantile(quantile);
            assert_eq!(found, Duration::from_nanos(expected), "{quantile} of {durations:?}");
        }
    }

    #[test]
    fn quantiles_include_durations_added_later() {
        let mut distribution = of([1, 2, 3]);
        assert_eq!(distribution.quantile(0.5), Duration::from_nanos(2));
        distribution.add_all([10, 10, 10, 10].into_iter());
        assert_eq!(distribution.quantile(0.5), Duration::from_nanos(10));
        distribution.merge(&of([4; 20]));
        assert_eq!(distribution.quantile(0.5), Duration::from_nanos(4));
    }

    proptest! {
        #[test]
        fn quantiles_are_within_a_thousandth(
            logarithms in prop::collection::vec(0.0..63.9, 1..300),
            millionths in 0_u64..=1_000_000,
        ) {
            let mut durations: Vec<u64> = logarithms.into_iter().map(|l: f64| l.exp2() as u64).collect();
            let quantile = of(durations.iter().copied()).quantile(millionths as f64 / 1e6);
            durations.sort_unstable();
            let exact = exact_quantile(&durations, millionths);
            let off = u64::try_from(quantile.as_nanos()).unwrap().abs_diff(exact);
            prop_assert!(off <= exact / 1000 + 1, "{quantile:?} for {exact} ns");
        }
    }

    #[test]
    fn quantiles_at_the_ends_are_exact() {
        let distribution = of([123_456_789, 1_234_567_891, 12_345_678_912]);
        assert_eq!(distribution.quantile(0.0), Duration::from_nanos(123_456_789));
        assert_eq!(distribution.quantile(1.0), Duration::from_nanos(12_345_678_912));
    }

    #[test]
    fn a_quantile_lies_between_the_extremes() {
        let distribution = of([1_000_001; 3]);
        assert_eq!(distribution.quantile(0.5), Duration::from_nanos(1_000_001));
    }

    #[test]
    fn counts_are_sorted_by_duration() {
        let check = |durations: &[u64], expected: &[(u64, u64)]| {
            assert_eq!(of(durations.iter().copied()).counts(), expected, "{durations:?}");
        };
        check(&[2_049, 7, 1_000_000, 2_048, 7], &[(7, 2), (2_049, 2), (1_000_000, 1)]);
        // Buckets begin before round durations and end after them.
        check(
            &[1, 10_000_000, 100_000_000, u64::MAX],
            &[(1, 1), (10_002_431, 1), (100_007_935, 1), (u64::MAX, 1)],
        );
        check(&[9_999_999, 10_000_000, 10_000_001], &[(9_999_999, 1), (10_000_001, 2)]);
        check(&[10_000_000], &[(10_000_000, 1)]);
        check(&[], &[]);
    }

    #[test]
    fn without_durations_every_statistic_is_zero() {
        let none = Distribution::default();
        let statistics = [none.min(), none.mean(), none.quantile(0.5), none.max()];
        assert_eq!(statistics, [Duration::ZERO; 4]);
        assert_eq!((none.count(), none.total_ns()), (0, 0));
    }

    #[test]
    fn durations_of_any_length_are_counted() {
        let longest = Duration::from_nanos(u64::MAX);
        let distribution = of([0, u64::MAX, u64::MAX, u64::MAX]);
        assert_eq!(distribution.count(), 4);
        assert_eq!(distribution.min(), Duration::ZERO);
        assert_eq!(distribution.max(), longest);
        assert_eq!(distribution.total_ns(), 3 * u128::from(u64::MAX));
        assert!(distribution.quantile(0.5) > longest.mul_f64(0.999));
        let mut merged = of([5]);
        merged.merge(&distribution);
        assert_eq!((merged.count(), merged.max()), (5, longest));
    }
}
