//! A run by slices of time, as charts show it: seconds from its first hit instead of instants.

use std::time::Duration;

use crate::metrics::{Slot, Slots};

/// Slices of an axis, at most.
pub const MOST_SLICES: u32 = 256;

/// Hits a slice should have on average, so that its p99 is not merely its slowest hit.
const GOOD_HITS: u64 = 100;

/// Hits a slice must have on average, lest there be a rate between hits.
const LEAST_HITS: u64 = 4;

/// Slices that are left at least when slots are merged for the sake of [`GOOD_HITS`].
const GOOD_SLICES: u64 = 20;

/// Where the hits of a run lie in time, in ns since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Begin of the slices: the first release.
    pub from_ns: i128,
    /// End of the slices: when the last of what they show is over.
    pub to_ns: i128,
    /// Hits in all.
    pub n_hits: u64,
}

/// A run by slices of time.
#[derive(Clone, Debug)]
pub struct Timeline<T> {
    /// In the order of time; they touch.
    pub slices: Vec<Slice<T>>,
    /// Length of all but the first and the last, which may be shorter or longer.
    pub length: Duration,
}

/// What is kept of a stretch of time.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// Begin in seconds from the first hit, >= 0.
    pub from: f64,
    /// End in seconds from the first hit, above the begin.
    pub to: f64,
    /// How long before the begin the instants of what is kept are counted from, in seconds.
    pub lead: f64,
    /// What is kept of it.
    pub kept: T,
}

impl<T> Slice<T> {
    /// Length in seconds, > 0.
    pub fn seconds(&self) -> f64 {
        self.to - self.from
    }
}

impl<T: Slot> Timeline<T> {
    /// Cuts slots into slices that lie within bounds, for an axis of `span`: so long that no more than
    /// 256 of them fit into it, and that they have 4 hits on average, or 100 where 20 slices remain.
    ///
    /// Little of the first slot and of the last may lie within them; it goes to its neighbour then,
    /// lest a rate be that of a moment.
    pub fn new(slots: &Slots<T>, bounds: Bounds, span: Duration) -> Self {
        let mut slots = slots.clone();
        while is_sparse(slots.len(), bounds.n_hits) || is_fine(slots.length_ns(), span) {
            slots.widen();
        }
        let length_ns = i128::from(slots.length_ns());
        let mut slices: Vec<Slice<T>> = Vec::with_capacity(slots.len());
        let seconds = |at_ns: i128| (at_ns - bounds.from_ns) as f64 / 1e9;
        let is_short = |from: f64, to: f64| to - from < length_ns as f64 / 2e9;
        // Begin of the first slot in the last slice.
        let mut origin_ns = 0;
        for (from_ns, kept) in slots.iter() {
            let (begin, end) =
                (from_ns.max(bounds.from_ns), (from_ns + length_ns).min(bounds.to_ns));
            let is_part = |before: &Slice<T>| {
                is_short(before.from, before.to) || is_short(seconds(begin), seconds(end))
            };
            if let Some(before) = slices.last_mut().filter(|before| is_part(before)) {
                before.kept.absorb(kept.clone(), (from_ns - origin_ns) as u64);
                before.to = before.to.max(seconds(end));
                continue;
            }
            origin_ns = from_ns;
            slices.push(Slice {
                from: seconds(begin),
                // A run of one instant is to be seen, too.
                to: seconds(end.max(begin + 1)),
                lead: (begin - from_ns) as f64 / 1e9,
                kept: kept.clone(),
            });
        }
        Self { slices, length: Duration::from_nanos(slots.length_ns()) }
    }
}

fn is_sparse(n_slots: usize, n_hits: u64) -> bool {
    let n_slots = n_slots as u64;
    // Two slots may be one on either side of 1970, which never become one.
    let is_rough = n_slots >= 2 * GOOD_SLICES && n_hits < GOOD_HITS * n_slots;
    is_rough || n_slots > 2 && n_hits < LEAST_HITS * n_slots
}

fn is_fine(length_ns: u64, span: Duration) -> bool {
    span.as_nanos() > u128::from(length_ns) * u128::from(MOST_SLICES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::data::bin::Tally;

    const SECOND: i64 = 1_000_000_000;

    /// Cuts a run of hits at such instants for an axis as long as itself.
    fn timeline(hits: impl IntoIterator<Item = i64>) -> Timeline<Tally> {
        let hits: Vec<i64> = hits.into_iter().collect();
        let mut slots: Slots<Tally> = Slots::new(MOST_SLICES as usize);
        for at_ns in &hits {
            let (tally, offset_ns) = slots.at(*at_ns);
            tally.releases.add(offset_ns);
        }
        let (from_ns, to_ns) = (i128::from(hits[0]), i128::from(hits[hits.len() - 1]) + 1);
        let bounds = Bounds { from_ns, to_ns, n_hits: hits.len() as u64 };
        Timeline::new(&slots, bounds, Duration::from_nanos((to_ns - from_ns) as u64))
    }

    #[test]
    fn slices_have_enough_hits_where_enough_slices_remain() {
        let table = [
            // A hit a second: 200 slots of a second become at least 20 slices.
            (SECOND, 200, 8.0, 25),
            // 200 hits per second for 40 s: half a second holds enough.
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
        let mut slots: Slots<Tally> = Slots::new(MOST_SLICES as usize);
        [0, SECOND].into_iter().for_each(|at_ns| slots.at(at_ns).0.due += 1);
        let bounds = Bounds { from_ns: 0, to_ns: i128::from(SECOND), n_hits: 1_000_000 };
        let found = Timeline::new(&slots, bounds, Duration::from_secs(3_600));
        assert_eq!((found.length, found.slices.len()), (Duration::from_secs(16), 1));
    }
}
