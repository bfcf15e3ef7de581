//! Buckets whose width grows with the durations in them.
//!
//! Source: Gil Tene, HdrHistogram: A High Dynamic Range Histogram, 2012.

/// The buckets with 2^`BITS` of them up to each power of two, so that each is at most 2^-`BITS` of
/// its durations wide. Durations below 2^(`BITS` + 1) ns have a bucket each.
pub struct LogBuckets<const BITS: u32>;

impl<const BITS: u32> LogBuckets<BITS> {
    /// Returns the bucket of a duration in ns.
    pub fn index(ns: u64) -> usize {
        let finest = (2 << BITS) - 1;
        let halvings = (ns | finest).ilog2() - BITS;
        ((halvings as usize) << BITS) + (ns >> halvings) as usize
    }

    /// Returns the shortest duration of a bucket, in ns.
    pub fn lowest(bucket: usize) -> u64 {
        let halvings = Self::halvings(bucket);
        ((bucket - (halvings << BITS)) as u64) << halvings
    }

    /// Returns the longest duration of a bucket, in ns.
    pub fn highest(bucket: usize) -> u64 {
        Self::lowest(bucket) + (Self::width(bucket) - 1)
    }

    /// Returns the number of durations in ns of a bucket, a power of two.
    pub fn width(bucket: usize) -> u64 {
        1 << Self::halvings(bucket)
    }

    fn halvings(bucket: usize) -> usize {
        (bucket >> BITS).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use hdrhistogram::Histogram;

    use super::*;

    type Fine = LogBuckets<10>;

    #[test]
    fn buckets_are_those_of_hdr_histogram() {
        let hdr = Histogram::<u64>::new(3).unwrap();
        for power in 0..64 {
            for ns in [(1_u64 << power) - 1, 1 << power, (1 << power) + (1 << power) / 3] {
                let bucket = Fine::index(ns);
                assert_eq!(Fine::lowest(bucket), hdr.lowest_equivalent(ns), "{ns}");
                assert_eq!(Fine::highest(bucket), hdr.highest_equivalent(ns), "{ns}");
                let next = hdr.next_non_equivalent(ns);
                assert!(next < ns || Fine::index(next) == bucket + 1, "{ns}");
            }
        }
    }
}
