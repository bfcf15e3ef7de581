//! Bins of time, whose number is bounded however long the run.

use std::mem;

use crate::metrics::histogram::coarse::CoarseHistogram;

/// Width of the narrowest bins of a chart, in ns: 2^-9 s. Doubled nine times it is a second.
const CHART_GRAIN_NS: i64 = 1_953_125;

/// What is kept of the hits in one bin of time.
pub trait Bin: Clone + Default {
    /// Adds what is kept of another bin, which begins `later_ns` after this one.
    fn absorb(&mut self, next: Self, later_ns: u64);
}

/// When bins become too many, so that their width doubles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// At most N bins from the first to the last, empty ones included; N >= 2. For charts, which
    /// show gaps.
    Spanned(usize),
    /// At most N bins with a hit; N >= 2. Gaps are free, so two runs hours apart keep fine bins.
    Filled(usize),
}

/// Bins of equal width, which doubles as the run outgrows their number.
///
/// Bins begin at whole multiples of their width, counted from 1970. So the content depends only on
/// the hits, not on the order in which they arrive.
#[derive(Clone, Debug)]
pub struct Bins<T> {
    limit: Limit,
    /// Width of the narrowest bins in ns, >= 1000.
    grain_ns: i64,
    /// Bins are 2^shift times the grain wide.
    shift: u32,
    /// The bins with a hit, each with its number counted from 1970, by rising number.
    filled: Vec<(i64, T)>,
    /// The bin that was looked up last, since most hits are near the one before.
    last: Lookup,
}

/// Position of the bin that was looked up last.
#[derive(Clone, Copy, Debug, Default)]
struct Lookup {
    /// Begin, in ns since 1970 UTC.
    from_ns: i64,
    /// Width in ns; 0 before the first lookup and after each change of the bins.
    width_ns: u64,
    /// Index in `filled`.
    idx: usize,
}

/// Two are equal if they have equal bins; the last lookup does not matter.
impl<T: PartialEq> PartialEq for Bins<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.grain_ns, self.shift) == (other.grain_ns, other.shift) && self.filled == other.filled
    }
}

impl<T: Bin> Bins<T> {
    /// Creates an empty set of bins for a chart, at most `max` of them, >= 2, from the first to the
    /// last.
    pub fn for_chart(max: usize) -> Self {
        Self::new(Limit::Spanned(max), CHART_GRAIN_NS)
    }

    /// Creates an empty set of bins, which are `grain_ns` wide at first, >= 1000.
    pub fn new(limit: Limit, grain_ns: i64) -> Self {
        Self { limit, grain_ns, shift: 0, filled: Vec::new(), last: Lookup::default() }
    }

    /// Returns the bin of an instant in ns since 1970 UTC, and the ns from its begin to the
    /// instant.
    pub fn at(&mut self, at_ns: i64) -> (&mut T, u64) {
        // An instant before the bin wraps to a number above any width.
        if at_ns.wrapping_sub(self.last.from_ns) as u64 >= self.last.width_ns {
            self.find(at_ns);
        }
        let within_ns = at_ns.wrapping_sub(self.last.from_ns) as u64;
        (&mut self.filled[self.last.idx].1, within_ns)
    }

    /// Looks up the bin of an instant, which is added if it is new, and keeps its position.
    fn find(&mut self, at_ns: i64) {
        let narrowest = at_ns.div_euclid(self.grain_ns);
        let idx = match self.index_of(narrowest >> self.shift) {
            Ok(idx) => idx,
            Err(idx) => self.insert(idx, narrowest),
        };
        let begin = (narrowest >> self.shift) << self.shift;
        let from_ns = begin.wrapping_mul(self.grain_ns);
        self.last = Lookup { from_ns, width_ns: self.width_ns(), idx };
    }

    fn index_of(&self, number: i64) -> Result<usize, usize> {
        self.filled.binary_search_by_key(&number, |(number, _)| *number)
    }

    /// Adds a bin at an index, by its number among the narrowest bins, and returns its index after
    /// all bins have been widened until the limit is kept.
    #[cold]
    fn insert(&mut self, idx: usize, narrowest: i64) -> usize {
        self.filled.insert(idx, (narrowest >> self.shift, T::default()));
        self.keep_limit();
        match self.index_of(narrowest >> self.shift) {
            Ok(idx) | Err(idx) => idx,
        }
    }

    fn keep_limit(&mut self) {
        while self.exceeds_limit() {
            self.widen();
        }
    }

    fn exceeds_limit(&self) -> bool {
        match self.limit {
            Limit::Spanned(max) => self.spanned() > max,
            Limit::Filled(max) => self.filled.len() > max,
        }
    }

    /// Doubles the width of the bins.
    pub fn widen(&mut self) {
        let width_ns = self.width_ns();
        let mut wide: Vec<(i64, T)> = Vec::with_capacity(self.filled.len() / 2 + 1);
        for (number, bin) in mem::take(&mut self.filled) {
            if wide.last().is_none_or(|(last, _)| *last != number >> 1) {
                wide.push((number >> 1, T::default()));
            }
            let (_, last) = wide.last_mut().expect("a bin was just pushed, or is there");
            let is_second_half = number & 1 == 1;
            last.absorb(bin, if is_second_half { width_ns } else { 0 });
        }
        self.filled = wide;
        self.shift += 1;
        self.last = Lookup::default();
    }

    /// Adds the bins of another part of the run, with the same grain.
    pub fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        while other.shift < self.shift {
            other.widen();
        }
        while self.shift < other.shift {
            self.widen();
        }
        for (number, bin) in other.filled {
            match self.index_of(number) {
                Ok(idx) => self.filled[idx].1.absorb(bin, 0),
                Err(idx) => self.filled.insert(idx, (number, bin)),
            }
        }
        self.last = Lookup::default();
        self.keep_limit();
    }

    /// Width of a bin in ns.
    pub fn width_ns(&self) -> u64 {
        self.grain_ns.unsigned_abs() << self.shift
    }

    /// Number of bins from the first to the last, empty ones included.
    pub fn spanned(&self) -> usize {
        let (Some((first, _)), Some((last, _))) = (self.filled.first(), self.filled.last()) else {
            return 0;
        };
        usize::try_from(last - first + 1).unwrap_or(usize::MAX)
    }

    /// Returns the bins with a hit in the order of time, each with its begin in ns since 1970 UTC,
    /// which may be before the first hit.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (i128, &T)> + Clone {
        let width_ns = i128::from(self.width_ns());
        self.filled.iter().map(move |(number, bin)| (i128::from(*number) * width_ns, bin))
    }
}

impl Bin for CoarseHistogram {
    fn absorb(&mut self, next: Self, _later_ns: u64) {
        self.merge(&next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: usize = 256;

    /// Number of hits, and the sum of their instants from the begin of the bin, in ns.
    #[derive(Clone, Debug, Default, PartialEq)]
    struct Hits(u64, u128);

    impl Bin for Hits {
        fn absorb(&mut self, next: Self, later_ns: u64) {
            self.0 += next.0;
            self.1 += next.1 + u128::from(next.0) * u128::from(later_ns);
        }
    }

    fn bins(hits: impl IntoIterator<Item = i64>) -> Bins<Hits> {
        let mut bins = Bins::for_chart(MAX);
        for at_ns in hits {
            let (Hits(count, sum), offset_ns) = bins.at(at_ns);
            *count += 1;
            *sum += u128::from(offset_ns);
            assert!(bins.spanned() <= MAX);
        }
        bins
    }

    fn kept(bins: &Bins<Hits>) -> Vec<(i128, Hits)> {
        bins.iter().map(|(from_ns, hits)| (from_ns, hits.clone())).collect()
    }

    #[test]
    fn bins_double_as_the_run_grows_and_lose_no_hit() {
        let bins = bins((0..3600).map(|second| second * 1_000_000_000));
        assert_eq!((bins.width_ns(), bins.spanned()), (16_000_000_000, 225));
        assert_eq!(bins.iter().map(|(_, hits)| hits.0).sum::<u64>(), 3600);
    }

    #[test]
    fn the_order_of_arrival_does_not_matter() {
        let run: Vec<i64> = (0..5_000).map(|hit| hit * 77_777_777 - 9_000_000_000).collect();
        let sorted = kept(&bins(run.iter().copied()));
        assert_eq!(kept(&bins(run.iter().rev().copied())), sorted);
        assert_eq!(kept(&bins((0..5_000).map(|hit| run[hit * 7 % 5_000]))), sorted);
    }

    #[test]
    fn instants_within_bins_survive_a_doubling() {
        let run = [-7_000_000_001, 3, 1_953_124, 1_953_125, 90_000_000_000];
        let bins = bins(run);
        let instants = bins.iter().map(|(from, hits)| from * i128::from(hits.0) + hits.1 as i128);
        assert_eq!(instants.sum::<i128>(), run.iter().map(|at_ns| i128::from(*at_ns)).sum());
    }

    #[test]
    fn hits_at_the_ends_of_time_have_bins() {
        let bins = bins([i64::MIN, 0, i64::MAX]);
        assert_eq!(kept(&bins).iter().map(|(_, hits)| hits.0).sum::<u64>(), 3);
    }

    #[test]
    fn gaps_are_free_if_only_filled_bins_are_limited() {
        let mut bins = Bins::<Hits>::new(Limit::Filled(4), 1_000);
        for second in [0, 3_600, 7_200, 10_800] {
            bins.at(second * 1_000_000_000).0.0 += 1;
        }
        assert_eq!((bins.width_ns(), bins.iter().len()), (1_000, 4));
        bins.at(1_500);
        assert_eq!((bins.width_ns(), bins.iter().len()), (2_000, 4));
    }

    #[test]
    fn merged_parts_equal_the_whole() {
        let run: Vec<i64> = (0..5_000).map(|hit| hit * 77_777_777 - 9_000_000_000).collect();
        for cut in [0, 1, 2_500, 5_000] {
            let mut merged = bins(run[..cut].iter().copied());
            merged.merge(&bins(run[cut..].iter().copied()));
            assert_eq!(merged, bins(run.iter().copied()), "{cut}");
        }
    }
}
