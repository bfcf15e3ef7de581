//! Buckets whose width grows with the durations that fall into them.
//!
//! Source: Gil Tene, HdrHistogram: A High Dynamic Range Histogram, 2012.

/// Returns the bucket that a duration in ns falls into. Durations below 2^(`BITS` + 1) ns have one
/// each; from there on there are 2^`BITS` up to each power of two.
pub fn bucket_of<const BITS: u32>(ns: u64) -> usize {
    let finest = (2 << BITS) - 1;
    let halvings = (ns | finest).ilog2() - BITS;
    ((halvings as usize) << BITS) + (ns >> halvings) as usize
}

/// Returns the shortest duration of a bucket, in ns.
pub fn lowest_of<const BITS: u32>(bucket: usize) -> u64 {
    let halvings = (bucket >> BITS).saturating_sub(1);
    ((bucket - (halvings << BITS)) as u64) << halvings
}

/// Returns the longest duration of a bucket, in ns.
pub fn highest_of<const BITS: u32>(bucket: usize) -> u64 {
    let halvings = (bucket >> BITS).saturating_sub(1);
    lowest_of::<BITS>(bucket) + ((1 << halvings) - 1)
}
