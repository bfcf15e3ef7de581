//! Cuts a run into slices of time for the axis of a chart.

use std::time::Duration;

use crate::metrics::{Bin, Bins, Bounds, Resolution, Timeline};

/// Slices of an axis, at most.
pub const MAX_SLICES: usize = 256;

/// Slices that a run keeps, however few hits they have.
const MIN_SLICES: u64 = 20;

/// How finely a chart cuts a run. Widening halves the number of slices, so that at least
/// [`MIN_SLICES`] remain of one more than this.
const RESOLUTION: Resolution = Resolution { good_hits: 100, min_slices: 2 * MIN_SLICES - 1 };

/// Cuts the bins of `n_hits` hits into slices within bounds, for an axis of `span`.
///
/// Bins are widened until at most 256 of them fit into the axis, and until they have 4 hits on
/// average, or 100 if 20 slices remain.
pub fn slice<T: Bin>(bins: &Bins<T>, n_hits: u64, bounds: Bounds, span: Duration) -> Timeline<T> {
    let mut bins = bins.clone();
    // Two bins may be one on either side of 1970, which never become one.
    let max = RESOLUTION.max_slices(n_hits).max(2);
    while bins.spanned() as u64 > max || is_finer_than_axis(bins.width_ns(), span) {
        bins.widen();
    }
    Timeline::cut(&bins, 1, bounds)
}

fn is_finer_than_axis(width_ns: u64, span: Duration) -> bool {
    span.as_nanos() > u128::from(width_ns) * MAX_SLICES as u128
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::data::bin::Tally;

    const SECOND: i64 = 1_000_000_000;

    /// Cuts a run of hits at the given instants for an axis as long as the run.
    fn timeline(hits: impl IntoIterator<Item = i64>) -> Timeline<Tally> {
        let hits: Vec<i64> = hits.into_iter().collect();
        let mut bins: Bins<Tally> = Bins::for_chart(MAX_SLICES);
        for at_ns in &hits {
            let (tally, offset_ns) = bins.at(*at_ns);
            tally.releases.add(offset_ns);
        }
        let (from_ns, to_ns) = (i128::from(hits[0]), i128::from(hits[hits.len() - 1]) + 1);
        let span = Duration::from_nanos((to_ns - from_ns) as u64);
        slice(&bins, hits.len() as u64, Bounds { from_ns, to_ns }, span)
    }

    #[test]
    fn slices_have_enough_hits_if_enough_slices_remain() {
        let table = [
            // A hit a second: 200 bins of a second become at least 20 slices.
            (SECOND, 200, 8.0, 25),
            // 200 hits a second for 40 s: half a second holds enough.
            (SECOND / 200, 8_000, 0.5, 80),
            // 10 hits in a second: there is no rate between two of them.
            (SECOND / 10, 10, 0.5, 2),
            (SECOND / 10, 1, 0.001953125, 1),
        ];
        for (gap_ns, n_hits, seconds, n_slices) in table {
            let found = timeline((0..n_hits).map(|hit| hit * gap_ns));
            assert_eq!((found.length.as_secs_f64(), found.slices.len()), (seconds, n_slices));
        }
    }

    #[test]
    fn slices_touch_from_the_first_hit_to_the_end_and_lose_none() {
        for begin_ns in [0, SECOND / 3, SECOND * 99 / 100, -7 * SECOND / 9] {
            let found = timeline((0..9_000).map(|hit| begin_ns + hit * SECOND / 1_000)).slices;
            let (first, last) = (&found[0], &found[found.len() - 1]);
            assert_eq!(first.from, 0.0);
            assert!((last.to - 8.999).abs() < 1e-6, "{begin_ns}");
            assert!(found.windows(2).all(|pair| pair[0].to == pair[1].from), "{begin_ns}");
            assert_eq!(found.iter().map(|slice| slice.kept.releases.count).sum::<u64>(), 9_000);
            for slice in &found {
                let rate = slice.kept.releases.count as f64 / slice.seconds();
                assert!((985.0..1_020.0).contains(&rate), "{begin_ns}: {rate}");
            }
        }
    }

    #[test]
    fn instants_are_counted_from_the_lead_of_their_slice() {
        let begin_ns = SECOND * 97 / 100;
        for slice in timeline((0..4_000).map(|hit| begin_ns + hit * SECOND / 1_000)).slices {
            let releases = slice.kept.releases;
            let mean = releases.sum_ns as f64 / 1e9 / releases.count as f64 - slice.lead;
            assert!((mean - slice.seconds() / 2.0).abs() < 0.001, "{}..{}", slice.from, slice.to);
        }
    }

    #[test]
    fn no_slice_is_finer_than_the_axis_shows() {
        let mut bins: Bins<Tally> = Bins::for_chart(MAX_SLICES);
        [0, SECOND].into_iter().for_each(|at_ns| bins.at(at_ns).0.due += 1);
        let bounds = Bounds { from_ns: 0, to_ns: i128::from(SECOND) };
        let found = slice(&bins, 1_000_000, bounds, Duration::from_secs(3_600));
        assert_eq!((found.length, found.slices.len()), (Duration::from_secs(16), 1));
    }
}
