//! A coarse histogram of durations, small enough for each of many bins of time.

use crate::metrics::histogram::log_buckets::LogBuckets;
use crate::metrics::quantile::nearest_rank;

/// Buckets at most 1/64 of their durations wide.
type Buckets = LogBuckets<6>;

/// A histogram of durations in at most 15 kB, with exact count and maximum, and quantiles within
/// 0.8 %.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoarseHistogram {
    /// Counts by bucket, up to the bucket of the longest duration.
    counts: Vec<u32>,
    count: u64,
    /// 0 without durations.
    max_ns: u64,
}

/// A bucket of a [`CoarseHistogram`], with at least one duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Shortest duration in the bucket, in ns.
    pub from_ns: u64,
    /// Longest duration in the bucket, in ns.
    pub to_ns: u64,
    /// Number of durations, >= 1.
    pub count: u32,
}

impl CoarseHistogram {
    /// Adds a duration in ns.
    pub fn add(&mut self, ns: u64) {
        let bucket = Buckets::index(ns);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] = self.counts[bucket].saturating_add(1);
        self.count += 1;
        self.max_ns = self.max_ns.max(ns);
    }

    /// Adds all durations of another histogram.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
        self.count += other.count;
        self.max_ns = self.max_ns.max(other.max_ns);
    }

    /// Number of durations.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Longest duration in ns; 0 without durations.
    pub fn max_ns(&self) -> u64 {
        self.max_ns
    }

    /// Returns a quantile in `[0, 1]`, in ns, by nearest rank; 0 without durations. The last
    /// duration is exact.
    pub fn quantile_ns(&self, quantile: f64) -> u64 {
        let rank = nearest_rank(quantile, self.count);
        if rank >= self.count {
            return self.max_ns;
        }
        let mut last_rank = 0;
        let reaches = |count: &u32| {
            last_rank += u64::from(*count);
            last_rank >= rank
        };
        // The middle of a bucket is at most half its width off; of two, this is the lower one.
        let middle = |bucket| Buckets::lowest(bucket) + (Buckets::width(bucket) - 1) / 2;
        let bucket = self.counts.iter().position(reaches);
        bucket.map_or(self.max_ns, |bucket| middle(bucket).min(self.max_ns))
    }

    /// Returns the buckets that are not empty, from the shortest durations to the longest.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        let counts = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        counts.map(|(bucket, count)| Bucket {
            from_ns: Buckets::lowest(bucket),
            to_ns: Buckets::highest(bucket),
            count: *count,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(durations: impl IntoIterator<Item = u64>) -> CoarseHistogram {
        let mut histogram = CoarseHistogram::default();
        durations.into_iter().for_each(|ns| histogram.add(ns));
        histogram
    }

    #[test]
    fn quantiles_of_few_durations() {
        let table: [(&[u64], f64, u64); 7] = [
            (&[], 0.5, 0),
            (&[7], 0.0, 7),
            (&[7], 0.99, 7),
            (&[1, 2, 3, 4], 0.5, 2),
            (&[1, 2, 3, 4], 0.51, 3),
            (&[1, 2, 3, 4_000_001], 1.0, 4_000_001),
            (&[0, u64::MAX], 1.0, u64::MAX),
        ];
        for (durations, quantile, expected) in table {
            let found = of(durations.iter().copied()).quantile_ns(quantile);
            assert_eq!(found, expected, "{quantile} of {durations:?}");
        }
    }

    #[test]
    fn a_merged_histogram_equals_that_of_all_durations() {
        let (short, long) = ([1, 20, 300], [4_000_000, 5]);
        let mut merged = of(short);
        merged.merge(&of(long));
        assert_eq!(merged, of(short.into_iter().chain(long)));
        assert_eq!((merged.count(), merged.max_ns()), (5, 4_000_000));
    }

    proptest! {
        #[test]
        fn quantiles_are_within_a_hundredth(
            logarithms in prop::collection::vec(0.0..63.9, 1..300),
            quantile in 0.0..1.0,
        ) {
            let mut durations: Vec<u64> = logarithms.into_iter().map(|l: f64| l.exp2() as u64).collect();
            let found = of(durations.iter().copied()).quantile_ns(quantile);
            durations.sort_unstable();
            let rank = ((quantile * durations.len() as f64).ceil() as usize).max(1);
            let exact = durations[rank - 1];
            prop_assert!(found.abs_diff(exact) <= exact / 125, "{found} for {exact} ns");
        }

        #[test]
        fn every_duration_is_in_its_bucket(ns: u64) {
            let bucket = of([ns]).buckets().next().unwrap();
            prop_assert!(bucket.from_ns <= ns && ns <= bucket.to_ns && bucket.count == 1);
        }
    }
}
