//! A distribution of durations in constant memory.

pub mod coarse;
pub mod sparse_counts;
pub mod log_buckets;
pub mod user_buckets;

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::metrics::histogram::log_buckets::{bucket_of, highest_of, lowest_of};
use crate::metrics::histogram::sparse_counts::Counts;

/// Significant digits of the histogram: its buckets are at most 1/1024 of their values wide.
const DIGITS: u8 = 3;

/// Durations from 0 have a bucket each below 2^11 ns; from there on there are 2^10 buckets up to
/// each power of two.
pub(super) const BUCKET_BITS: u32 = 10;

/// Durations folded to constant size: count, sum and extremes exact, quantiles within 0.1 %.
///
/// Memory grows with how far the durations lie apart: 8 kB for each factor of two that they fill, a
/// few hundred bytes for a single one, 460 kB at most.
///
/// Source: Gil Tene, HdrHistogram: A High Dynamic Range Histogram, 2012.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// Durations by bucket, as the histogram has them: counting here takes half of the time that
    /// the histogram takes, and memory for the buckets that occur alone.
    counts: Counts,
    count: u64,
    total_ns: u128,
    /// u64::MAX without durations.
    min_ns: u64,
    /// 0 without durations.
    max_ns: u64,
}

impl Default for Distribution {
    fn default() -> Self {
        Self { counts: Counts::default(), count: 0, total_ns: 0, min_ns: u64::MAX, max_ns: 0 }
    }
}

impl Distribution {
    /// Adds durations in ns.
    pub(crate) fn add_all(&mut self, durations: impl Iterator<Item = u64>) {
        let (mut count, mut total_ns, mut min_ns, mut max_ns) = (0, 0, self.min_ns, self.max_ns);
        for ns in durations {
            self.counts.add(bucket_of::<BUCKET_BITS>(ns), 1);
            count += 1;
            total_ns += u128::from(ns);
            min_ns = min_ns.min(ns);
            max_ns = max_ns.max(ns);
        }
        self.count += count;
        self.total_ns += total_ns;
        (self.min_ns, self.max_ns) = (min_ns, max_ns);
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

    /// Shortest duration; 0 without any.
    pub fn min(&self) -> Duration {
        Duration::from_nanos(self.min_ns.min(self.max_ns))
    }

    /// Longest duration; 0 without any.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.max_ns)
    }

    /// Arithmetic mean, cut to whole ns; 0 without durations.
    pub fn mean(&self) -> Duration {
        let mean_ns = self.total_ns / u128::from(self.count().max(1));
        Duration::from_nanos(u64::try_from(mean_ns).expect("a mean is at most the maximum"))
    }

    /// Returns the durations as counts, each with a duration in ns, by rising duration. The shortest
    /// and the longest are exact; a count stands for durations up to 0.1 % shorter than it says, never
    /// for longer ones, lest those of a round duration be told to be below it.
    pub fn counts(&self) -> Vec<(u64, u64)> {
        let longest = |bucket| highest_of::<BUCKET_BITS>(bucket).clamp(self.min_ns, self.max_ns);
        let counts = self.counts.iter().map(|(bucket, count)| (longest(bucket), count));
        let mut counts: Vec<(u64, u64)> = counts.collect();
        if let Some((_, count)) = counts.first_mut().filter(|(ns, _)| *ns > self.min_ns) {
            *count -= 1;
            counts.insert(0, (self.min_ns, 1));
        }
        counts.retain(|(_, count)| *count > 0);
        counts
    }

    /// Returns a quantile in [0, 1], as [`Quantiles::at`] has it. Whoever wants several asks
    /// [`Distribution::quantiles`] for them.
    pub fn quantile(&self, quantile: f64) -> Duration {
        self.quantiles().at(quantile)
    }

    /// Returns what tells quantiles: it costs as much as a few of them.
    pub fn quantiles(&self) -> Quantiles<'_> {
        Quantiles { of: self, histogram: self.histogram() }
    }

    /// Returns the durations as a histogram, which is not kept: it takes memory for all buckets up
    /// to the longest duration.
    fn histogram(&self) -> Histogram<u64> {
        let longest = self.max_ns.max(2);
        let mut histogram = Histogram::new_with_max(longest, DIGITS)
            .expect("three digits are within the accepted 0 to 5, and 2 is a maximum");
        for (bucket, count) in self.counts.iter() {
            histogram.saturating_record_n(lowest_of::<BUCKET_BITS>(bucket), count);
        }
        histogram
    }
}

/// The quantiles of a distribution.
#[derive(Debug)]
pub struct Quantiles<'a> {
    of: &'a Distribution,
    histogram: Histogram<u64>,
}

impl Quantiles<'_> {
    /// Returns a quantile in [0, 1]: the duration at position
    ///
    ///   quantile * count + 1/2
    ///
    /// in rising order, counted from 1 and kept within [1, count]; where that lies between two
    /// durations, on the line from one to the other. 0 without durations.
    ///
    /// The first and the last are exact, and all others within 0.1 %, hence so is the quantile.
    ///
    /// Source: Rob J. Hyndman, Yanan Fan, Sample Quantiles in Statistical Packages, The American
    /// Statistician 50 (4), 1996: definition 5, Hazen's.
    pub fn at(&self, quantile: f64) -> Duration {
        let count = self.of.count();
        let position = (quantile * count as f64 + 0.5).clamp(1.0, count.max(1) as f64);
        let [below, above] =
            [position.floor(), position.ceil()].map(|rank| self.of_rank(rank as u64));
        let gained = above.saturating_sub(below) as f64 * position.fract();
        Duration::from_nanos(below.saturating_add(gained as u64).min(above))
    }

    /// Returns the duration of a rank, from 1, in rising order, in ns; 0 without durations.
    ///
    /// Ranks 1 and count are exact. Any other is the middle of its bucket, hence within 0.1 %.
    fn of_rank(&self, rank: u64) -> u64 {
        let &Distribution { count, min_ns, max_ns, .. } = self.of;
        if rank >= count {
            return max_ns;
        }
        if rank <= 1 {
            return min_ns;
        }
        // Half a rank below, so that no rounding carries the search over to the next rank.
        let within = (rank as f64 - 0.5) / count as f64;
        let bucket = self.histogram.value_at_quantile(within);
        self.histogram.median_equivalent(bucket).clamp(min_ns, max_ns)
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
    fn buckets_are_those_of_the_histogram() {
        let own = Histogram::<u64>::new(3).unwrap();
        for power in 0..64 {
            for ns in [(1_u64 << power) - 1, 1 << power, (1 << power) + (1 << power) / 3] {
                assert_eq!(
                    lowest_of::<BUCKET_BITS>(bucket_of::<BUCKET_BITS>(ns)),
                    own.lowest_equivalent(ns),
                    "{ns}"
                );
                let bucket = bucket_of::<BUCKET_BITS>(ns);
                let next = own.next_non_equivalent(ns);
                assert!(next < ns || bucket_of::<BUCKET_BITS>(next) == bucket + 1, "{ns}");
            }
        }
    }

    #[test]
    fn quantiles_follow_what_is_added_after_they_were_asked_for() {
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
    fn counts_stand_by_rising_duration() {
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
    fn without_durations_every_figure_is_zero() {
        let none = Distribution::default();
        let figures = [none.min(), none.mean(), none.quantile(0.5), none.max()];
        assert_eq!(figures, [Duration::ZERO; 4]);
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
