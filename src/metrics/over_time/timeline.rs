//! A run cut into slices of time, for charts on a page and on a terminal.

use std::time::Duration;

use crate::metrics::over_time::bins::{Bin, Bins};

/// Hits that a slice needs on average: with fewer, the rate of a slice is that of a gap between two
/// hits.
const MIN_HITS: u64 = 4;

/// How finely a run may be cut, given its number of hits.
#[derive(Clone, Copy, Debug)]
pub struct Resolution {
    /// Hits that a slice should have on average, so that its p99 is not always its slowest hit.
    pub good_hits: u64,
    /// Slices that a run keeps even if they have fewer hits than `good_hits`, as long as they have
    /// 4 on average; >= 1.
    pub min_slices: u64,
}

impl Resolution {
    /// Returns the greatest number of slices for a number of hits; >= 1 if there are enough hits
    /// for one slice, else 0.
    pub fn max_slices(&self, n_hits: u64) -> u64 {
        let few = (n_hits / MIN_HITS).min(self.min_slices);
        few.max(n_hits / self.good_hits)
    }
}

/// The part of time that a timeline covers, in ns since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Begin of the first slice.
    pub from_ns: i128,
    /// End of the last slice, >= `from_ns`.
    pub to_ns: i128,
}

/// A run cut into slices of time.
#[derive(Clone, Debug)]
pub struct Timeline<T> {
    /// In the order of time, without gaps; none if there are no hits.
    pub slices: Vec<Slice<T>>,
    /// Length of all slices but the first and the last, which may be shorter or longer.
    pub length: Duration,
    /// Length of the bounds.
    pub span: Duration,
}

/// What is kept of the hits in one slice of time.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// Begin in seconds after that of the bounds, >= 0.
    pub from: f64,
    /// End in seconds after the begin of the bounds, above `from`.
    pub to: f64,
    /// Seconds from the instant that `kept` counts from to the begin, >= 0.
    pub lead: f64,
    /// What is kept of the hits.
    pub kept: T,
}

impl<T> Slice<T> {
    /// Length in seconds, > 0.
    pub fn seconds(&self) -> f64 {
        self.to - self.from
    }
}

/// A slice before its instants are turned into seconds.
struct Piece<T> {
    /// Begin of the first bin, from which the instants in `kept` are counted.
    origin_ns: i128,
    from_ns: i128,
    to_ns: i128,
    kept: T,
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self { slices: Vec::new(), length: Duration::ZERO, span: Duration::ZERO }
    }
}

impl<T: Bin> Timeline<T> {
    /// Cuts bins into slices of `bins_each` bins, >= 1, and clips them to bounds.
    ///
    /// A slice of which less than half lies within the bounds is joined with its neighbor, so that
    /// no rate is computed over a short time.
    pub fn cut(bins: &Bins<T>, bins_each: usize, bounds: Bounds) -> Self {
        let length_ns = i128::from(bins.width_ns()) * bins_each as i128;
        let mut pieces: Vec<Piece<T>> = Vec::with_capacity(bins.spanned().div_ceil(bins_each));
        for piece in pieces_of(bins, length_ns, bounds) {
            match pieces.last_mut() {
                Some(last) if last.is_short(length_ns) || piece.is_short(length_ns) => {
                    last.join(piece);
                }
                // A run of one instant has a length too, however short.
                _ => pieces.push(Piece { to_ns: piece.to_ns.max(piece.from_ns + 1), ..piece }),
            }
        }
        Self {
            slices: pieces.into_iter().map(|piece| piece.slice(bounds)).collect(),
            length: duration(length_ns),
            span: duration(bounds.to_ns - bounds.from_ns),
        }
    }
}

/// Returns the pieces of a run before any are joined, those without a hit included.
fn pieces_of<T: Bin>(
    bins: &Bins<T>,
    length_ns: i128,
    bounds: Bounds,
) -> impl Iterator<Item = Piece<T>> {
    let mut bins = bins.iter().peekable();
    let mut next_ns = bins.peek().map(|(from_ns, _)| *from_ns);
    std::iter::from_fn(move || {
        bins.peek()?;
        let origin_ns = next_ns?;
        let end_ns = origin_ns + length_ns;
        next_ns = Some(end_ns);
        let mut kept = T::default();
        while let Some((from_ns, bin)) = bins.next_if(|(from_ns, _)| *from_ns < end_ns) {
            kept.absorb(bin.clone(), (from_ns - origin_ns) as u64);
        }
        let (from_ns, to_ns) = (origin_ns.max(bounds.from_ns), end_ns.min(bounds.to_ns));
        Some(Piece { origin_ns, from_ns, to_ns, kept })
    })
}

impl<T: Bin> Piece<T> {
    /// Returns whether less than half of it lies within the bounds.
    fn is_short(&self, length_ns: i128) -> bool {
        2 * (self.to_ns - self.from_ns) < length_ns
    }

    fn join(&mut self, next: Self) {
        self.kept.absorb(next.kept, (next.origin_ns - self.origin_ns) as u64);
        self.to_ns = self.to_ns.max(next.to_ns);
    }

    fn slice(self, bounds: Bounds) -> Slice<T> {
        let seconds = |at_ns: i128| (at_ns - bounds.from_ns) as f64 / 1e9;
        Slice {
            from: seconds(self.from_ns),
            to: seconds(self.to_ns),
            lead: (self.from_ns - self.origin_ns) as f64 / 1e9,
            kept: self.kept,
        }
    }
}

fn duration(ns: i128) -> Duration {
    Duration::from_nanos(u64::try_from(ns).unwrap_or(u64::MAX))
}
