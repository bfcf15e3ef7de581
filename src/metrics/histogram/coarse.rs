//! A rough distribution of durations, small enough to be kept for each of many slots of time.

use crate::metrics::histogram::log_buckets::{bucket_of, highest_of, lowest_of};
use crate::metrics::over_time::bins::Slot;

/// There are 2^6 buckets up to each power of two: each is at most 1/64 of its durations wide.
const BITS: u32 = 6;

/// Durations folded to at most 15 kB: count and maximum exact, quantiles within 0.8 %.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Durations by bucket, as long as the longest duration needs.
    counts: Vec<u32>,
    count: u64,
    /// 0 without durations.
    max_ns: u64,
}

/// Durations that the sketch cannot tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Shortest of them, in ns.
    pub from_ns: u64,
    /// Longest of them, in ns.
    pub to_ns: u64,
    /// How many there are, >= 1.
    pub count: u32,
}

impl Sketch {
    /// Adds a duration in ns.
    pub fn add(&mut self, ns: u64) {
        let bucket = bucket_of::<BITS>(ns);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] = self.counts[bucket].saturating_add(1);
        self.count += 1;
        self.max_ns = self.max_ns.max(ns);
    }

    /// Adds all durations of another sketch.
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

    /// Longest duration in ns; 0 without any.
    pub fn max_ns(&self) -> u64 {
        self.max_ns
    }

    /// Returns a quantile in [0, 1], in ns: the shortest duration that so great a share of all is
    /// at most as long as. 0 without durations; the last is exact.
    pub fn quantile_ns(&self, quantile: f64) -> u64 {
        let rank = ((quantile * self.count as f64).ceil() as u64).max(1);
        if rank >= self.count {
            return self.max_ns;
        }
        let mut below = 0;
        let reaches = |bucket: &Bucket| {
            below += u64::from(bucket.count);
            below >= rank
        };
        let bucket = self.buckets().find(reaches);
        // The middle of a bucket is at most half its width off.
        bucket.map_or(self.max_ns, |b| (b.from_ns + (b.to_ns - b.from_ns) / 2).min(self.max_ns))
    }

    /// Returns the buckets that are not empty, from the shortest durations to the longest.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        let counts = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        counts.map(|(bucket, count)| Bucket {
            from_ns: lowest_of::<BITS>(bucket),
            to_ns: highest_of::<BITS>(bucket),
            count: *count,
        })
    }
}

impl Slot for Sketch {
    fn absorb(&mut self, next: Self, _later_ns: u64) {
        self.merge(&next);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(durations: impl IntoIterator<Item = u64>) -> Sketch {
        let mut sketch = Sketch::default();
        durations.into_iter().for_each(|ns| sketch.add(ns));
        sketch
    }

    #[test]
    fn figures_of_few_durations() {
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
    fn a_merged_sketch_is_that_of_all_durations() {
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
