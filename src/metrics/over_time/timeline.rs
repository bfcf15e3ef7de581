//! Rate, latency and failures of a run over time, in few stretches.

use std::time::Duration;

use crate::metrics::histogram::coarse::Sketch;
use crate::metrics::over_time::bins::{Slot, Slots};
use crate::record::Rows;

/// Slots at most: several for each column of a terminal, so that stretches of whole slots come near to
/// the number that is asked for.
const MOST_SLOTS: usize = 512;

/// Hits that a stretch should have on average, so that its p99 is not always its slowest hit.
const GOOD_HITS: u64 = 25;

/// Stretches that are left for the sake of [`GOOD_HITS`] at least.
const GOOD_STRETCHES: u64 = 20;

/// Hits that a stretch must have on average, lest there be a rate between hits.
const LEAST_HITS: u64 = 4;

/// A run over time, by the instants at which its hits ended: while the run goes on, no others are
/// known of, and what was released last would always seem slow in coming.
///
/// Memory is bounded, however long the run: at most 512 slots of time, each with a [`Sketch`] of its
/// latencies, some 4 MB.
#[derive(Clone, Debug)]
pub struct Trace {
    slots: Slots<Moment>,
    /// First and last end of a hit, in ns since 1970 UTC; None without hits.
    ends_ns: Option<(i64, i64)>,
    n_hits: u64,
}

/// What is kept of the hits that ended in one slot of time.
#[derive(Clone, Debug, Default)]
struct Moment {
    n_hits: u64,
    n_failed: u64,
    latency: Sketch,
}

/// A run cut into stretches of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// In the order of time; they touch.
    pub stretches: Vec<Stretch>,
    /// Length of all but the first and the last, which may be shorter or longer.
    pub length: Duration,
    /// Length of all together.
    pub span: Duration,
}

/// The hits that ended in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// How many there are.
    pub n_hits: u64,
    /// How many of them were no success, <= `n_hits`.
    pub n_failed: u64,
    /// Hits a second, >= 0.
    pub rate: f64,
    /// Median and 99th percentile of their latencies, within 0.8 %; zero without hits.
    pub latency: [Duration; 2],
}

impl Default for Trace {
    fn default() -> Self {
        Self { slots: Slots::new(MOST_SLOTS), ends_ns: None, n_hits: 0 }
    }
}

impl Trace {
    /// Adds a run of records, in whatever order.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        let hits = rows.timestamps_ns().iter().zip(rows.latencies_ns()).zip(rows.outcomes());
        for ((timestamp_ns, latency_ns), outcome) in hits {
            let end_ns = timestamp_ns.saturating_add_unsigned(latency_ns);
            let (moment, _) = self.slots.at(end_ns);
            moment.n_hits += 1;
            moment.n_failed += u64::from(!outcome.is_success());
            moment.latency.add(latency_ns);
            let (first_ns, last_ns) = self.ends_ns.unwrap_or((end_ns, end_ns));
            self.ends_ns = Some((first_ns.min(end_ns), last_ns.max(end_ns)));
        }
        self.n_hits += rows.len() as u64;
    }

    /// Cuts the run into `most` stretches at most, and into fewer where they would have few hits; none
    /// without hits. All have the same number of slots, so that as the run grows only the last one
    /// changes, until all become longer.
    ///
    /// Little of the first stretch and of the last may lie within the run; it goes to its neighbour
    /// then, lest a rate be that of a moment.
    pub fn course(&self, most: usize) -> Course {
        let Some((first_ns, last_ns)) = self.ends_ns else {
            return Course::default();
        };
        let (first_ns, last_ns) = (i128::from(first_ns), i128::from(last_ns));
        // Up to when one more hit would have ended: two hits a second apart are one a second.
        let to_ns = last_ns + (last_ns - first_ns) / i128::from(self.n_hits.max(2) - 1);
        let n_slots = self.slots.len().div_ceil(self.n_stretches(most));
        let length_ns = i128::from(self.slots.length_ns()) * n_slots as i128;
        let mut pieces: Vec<Piece> = Vec::new();
        for (place, (from_ns, moment)) in self.slots.iter().enumerate() {
            if place % n_slots == 0 {
                let (from_ns, to_ns) = (from_ns.max(first_ns), (from_ns + length_ns).min(to_ns));
                pieces.push(Piece { length_ns: (to_ns - from_ns).max(0), ..Piece::default() });
            }
            let piece = pieces.last_mut().expect("the first slot begins a piece");
            piece.moment.absorb(moment.clone(), 0);
        }
        join_short_ends(&mut pieces, length_ns);
        Course {
            stretches: pieces.iter().map(Piece::stretch).collect(),
            length: duration(length_ns),
            span: duration(to_ns - first_ns),
        }
    }

    fn n_stretches(&self, most: usize) -> usize {
        let good = self.n_hits / GOOD_HITS;
        let few = (self.n_hits / LEAST_HITS).min(GOOD_STRETCHES);
        usize::try_from(good.max(few)).unwrap_or(usize::MAX).clamp(1, most.max(1))
    }
}

impl Slot for Moment {
    fn absorb(&mut self, next: Self, _later_ns: u64) {
        self.n_hits += next.n_hits;
        self.n_failed += next.n_failed;
        self.latency.merge(&next.latency);
    }
}

/// A stretch that is being made.
#[derive(Default)]
struct Piece {
    moment: Moment,
    /// How much of it lies within the run, >= 0.
    length_ns: i128,
}

impl Piece {
    fn absorb(&mut self, other: Self) {
        self.moment.absorb(other.moment, 0);
        self.length_ns += other.length_ns;
    }

    fn stretch(&self) -> Stretch {
        let Moment { n_hits, n_failed, latency } = &self.moment;
        Stretch {
            n_hits: *n_hits,
            n_failed: *n_failed,
            rate: *n_hits as f64 * 1e9 / (self.length_ns.max(1)) as f64,
            latency: [0.5, 0.99]
                .map(|quantile| Duration::from_nanos(latency.quantile_ns(quantile))),
        }
    }
}

/// Joins the first piece and the last with their neighbours where less than half of it lies within
/// the run.
fn join_short_ends(pieces: &mut Vec<Piece>, length_ns: i128) {
    let is_short = |piece: &Piece| 2 * piece.length_ns < length_ns;
    if pieces.len() > 1 && pieces.last().is_some_and(is_short) {
        let last = pieces.pop();
        pieces.last_mut().into_iter().zip(last).for_each(|(before, last)| before.absorb(last));
    }
    if pieces.len() > 1 && pieces.first().is_some_and(is_short) {
        let first = pieces.remove(0);
        pieces[0].absorb(first);
    }
}

fn duration(ns: i128) -> Duration {
    Duration::from_nanos(u64::try_from(ns).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::samples::{Sample, batch};

    const SECOND_NS: i64 = 1_000_000_000;

    fn of(hits: &[Sample]) -> Trace {
        let (batch, mut trace) = (batch(hits), Trace::default());
        trace.add_rows(&batch.rows(0..batch.len()));
        trace
    }

    /// Returns hits at equal distances from an odd instant on.
    fn steady(n_hits: i64, gap_ns: i64) -> Vec<Sample> {
        let hit = |n: i64| Sample {
            code: 200,
            timestamp_ns: 77_777_777 + n * gap_ns,
            latency_ns: 1_000_000,
            ..Sample::default()
        };
        (0..n_hits).map(hit).collect()
    }

    #[test]
    fn a_steady_rate_is_the_same_in_all_stretches() {
        for (n_hits, gap_ns) in [(50_000, 1_000_000), (3_000, SECOND_NS / 50), (90_000, 777_777)] {
            let rate = 1e9 / gap_ns as f64;
            for most in [12, 52, 170] {
                let course = of(&steady(n_hits, gap_ns)).course(most);
                let hits: u64 = course.stretches.iter().map(|stretch| stretch.n_hits).sum();
                assert_eq!(hits, n_hits as u64);
                let most = most.min(n_hits as usize / 25);
                assert!((most / 2..=most).contains(&course.stretches.len()), "{most}");
                for stretch in &course.stretches {
                    // A hit more or less, of the 25 that there are at least.
                    assert!((stretch.rate / rate - 1.0).abs() < 0.05, "{stretch:?}");
                }
            }
        }
    }

    #[test]
    fn stretches_are_few_where_hits_are() {
        let table = [(0, 0), (1, 1), (2, 1), (7, 1), (8, 2), (80, 20), (400, 20), (2_500, 52)];
        for (n_hits, most) in table {
            let n = of(&steady(n_hits, SECOND_NS / 50)).course(52).stretches.len();
            assert!((most * 2 / 3..=most).contains(&n), "{n_hits}: {n}");
        }
    }

    #[test]
    fn failures_and_latencies_stand_where_the_hit_ended() {
        let mut hits = steady(20_000, SECOND_NS / 1_000);
        // All that end in the second half of the 20 s fail, some of them by their body, and are slow.
        for (n, hit) in (0..).zip(&mut hits).skip(10_000) {
            hit.latency_ns = 5_000_000;
            let (code, error) = if n % 2 == 0 { (500, "") } else { (200, "EOF") };
            (hit.code, hit.error) = (code, error.to_owned());
        }
        let course = of(&hits).course(40);
        let (calm, rough): (Vec<&Stretch>, Vec<&Stretch>) =
            course.stretches.iter().partition(|stretch| stretch.n_failed == 0);
        assert!(calm.len().abs_diff(rough.len()) <= 2, "{} and {}", calm.len(), rough.len());
        assert_eq!(rough.iter().map(|stretch| stretch.n_failed).sum::<u64>(), 10_000);
        let near = |found: Duration, ms: f64| (found.as_secs_f64() * 1e3 / ms - 1.0).abs() < 0.01;
        assert!(
            calm.iter().all(|stretch| stretch.latency.map(|found| near(found, 1.0)) == [true; 2])
        );
        assert!(rough[1..].iter().all(|stretch| near(stretch.latency[0], 5.0)));
    }

    #[test]
    fn a_run_is_as_long_as_its_hits_took() {
        let course = of(&steady(21, SECOND_NS)).course(52);
        assert_eq!(course.span, Duration::from_secs(21));
        assert_eq!(of(&[]).course(52), Course::default());
        let ages =
            [i64::MIN, 0, i64::MAX].map(|at| Sample { timestamp_ns: at, ..Sample::default() });
        assert_eq!(of(&ages).course(52).stretches.iter().map(|s| s.n_hits).sum::<u64>(), 3);
    }
}
