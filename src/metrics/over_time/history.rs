//! Rate, latency and failures over time of a run that may still be going on.

use std::time::Duration;

use crate::metrics::histogram::coarse::CoarseHistogram;
use crate::metrics::over_time::bins::{Bin, Bins};
use crate::metrics::over_time::timeline::{Bounds, Resolution, Slice, Timeline};
use crate::record::Rows;

/// Bins at most: several for each column of a terminal, so that slices of whole bins come near to
/// the number that is asked for.
const MAX_BINS: usize = 512;

/// How finely a terminal cuts a run.
const RESOLUTION: Resolution = Resolution { good_hits: 25, min_slices: 20 };

/// A run over time, by the instants at which its hits ended.
///
/// While a run goes on, only hits that have ended are known. By their releases, the last slice
/// would always look slow.
///
/// Memory is bounded, however long the run: at most 512 bins of time, each with a
/// [`CoarseHistogram`] of its latencies, about 4 MB.
#[derive(Clone, Debug)]
pub struct History {
    bins: Bins<Moment>,
    /// First and last end of a hit, in ns since 1970 UTC; None without hits.
    ends_ns: Option<(i64, i64)>,
    n_hits: u64,
}

/// The hits that ended in one bin or slice of time.
#[derive(Clone, Debug, Default)]
pub struct Moment {
    /// Number of hits.
    pub n_hits: u64,
    /// Number of hits that were no success, <= `n_hits`.
    pub n_failed: u64,
    latency: CoarseHistogram,
}

impl Moment {
    /// Returns a quantile of the latencies, in `[0, 1]`, within 0.8 %; zero without hits.
    pub fn latency(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.latency.quantile_ns(quantile))
    }
}

impl Slice<Moment> {
    /// Hits per second that ended in this slice, >= 0.
    pub fn rate(&self) -> f64 {
        self.kept.n_hits as f64 / self.seconds()
    }
}

impl Default for History {
    fn default() -> Self {
        Self { bins: Bins::for_chart(MAX_BINS), ends_ns: None, n_hits: 0 }
    }
}

impl History {
    /// Adds a run of records, in any order.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        let hits = rows.timestamps_ns().iter().zip(rows.latencies_ns()).zip(rows.outcomes());
        for ((timestamp_ns, latency_ns), outcome) in hits {
            let end_ns = timestamp_ns.saturating_add_unsigned(latency_ns);
            let (moment, _) = self.bins.at(end_ns);
            moment.n_hits += 1;
            moment.n_failed += u64::from(!outcome.is_success());
            moment.latency.add(latency_ns);
            let (first_ns, last_ns) = self.ends_ns.unwrap_or((end_ns, end_ns));
            self.ends_ns = Some((first_ns.min(end_ns), last_ns.max(end_ns)));
        }
        self.n_hits += rows.len() as u64;
    }

    /// Cuts the run into at most `max` slices, fewer if they would have few hits; none without
    /// hits.
    ///
    /// All slices have the same number of bins. So as the run grows, only the last slice changes,
    /// until all become longer.
    pub fn timeline(&self, max: usize) -> Timeline<Moment> {
        let Some((first_ns, last_ns)) = self.ends_ns else {
            return Timeline::default();
        };
        let (from_ns, last_ns) = (i128::from(first_ns), i128::from(last_ns));
        // Up to when one more hit would have ended: two hits a second apart are one per second.
        let to_ns = last_ns + (last_ns - from_ns) / i128::from(self.n_hits.max(2) - 1);
        let max_slices = usize::try_from(RESOLUTION.max_slices(self.n_hits)).unwrap_or(usize::MAX);
        let bins_each = self.bins.spanned().div_ceil(max_slices.clamp(1, max.max(1)));
        Timeline::cut(&self.bins, bins_each, Bounds { from_ns, to_ns })
    }
}

impl Bin for Moment {
    fn absorb(&mut self, next: Self, _later_ns: u64) {
        self.n_hits += next.n_hits;
        self.n_failed += next.n_failed;
        self.latency.merge(&next.latency);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::samples::{Sample, batch};

    const SECOND_NS: i64 = 1_000_000_000;

    fn of(hits: &[Sample]) -> History {
        let (batch, mut history) = (batch(hits), History::default());
        history.add_rows(&batch.rows(0..batch.len()));
        history
    }

    /// Returns hits at equal distances, the first at an odd instant.
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
    fn a_steady_rate_is_the_same_in_all_slices() {
        for (n_hits, gap_ns) in [(50_000, 1_000_000), (3_000, SECOND_NS / 50), (90_000, 777_777)] {
            let rate = 1e9 / gap_ns as f64;
            for most in [12, 52, 170] {
                let timeline = of(&steady(n_hits, gap_ns)).timeline(most);
                let hits: u64 = timeline.slices.iter().map(|slice| slice.kept.n_hits).sum();
                assert_eq!(hits, n_hits as u64);
                let most = most.min(n_hits as usize / 25);
                assert!((most / 2..=most).contains(&timeline.slices.len()), "{most}");
                for slice in &timeline.slices {
                    // One hit more or less, of at least 25.
                    assert!((slice.rate() / rate - 1.0).abs() < 0.05, "{slice:?}");
                }
            }
        }
    }

    #[test]
    fn slices_are_few_if_hits_are_few() {
        let table = [(0, 0), (1, 1), (2, 1), (7, 1), (8, 2), (80, 20), (400, 20), (2_500, 52)];
        for (n_hits, most) in table {
            let n = of(&steady(n_hits, SECOND_NS / 50)).timeline(52).slices.len();
            assert!((most * 2 / 3..=most).contains(&n), "{n_hits}: {n}");
        }
    }

    #[test]
    fn failures_and_latencies_count_at_the_end_of_the_hit() {
        let mut hits = steady(20_000, SECOND_NS / 1_000);
        // All that end in the second half of the 20 s fail, some of them by their body, and are
        // slow.
        for (n, hit) in (0..).zip(&mut hits).skip(10_000) {
            hit.latency_ns = 5_000_000;
            let (code, error) = if n % 2 == 0 { (500, "") } else { (200, "EOF") };
            (hit.code, hit.error) = (code, error.to_owned());
        }
        let timeline = of(&hits).timeline(40);
        let (calm, rough): (Vec<&Slice<Moment>>, Vec<&Slice<Moment>>) =
            timeline.slices.iter().partition(|slice| slice.kept.n_failed == 0);
        assert!(calm.len().abs_diff(rough.len()) <= 2, "{} and {}", calm.len(), rough.len());
        assert_eq!(rough.iter().map(|slice| slice.kept.n_failed).sum::<u64>(), 10_000);
        let near = |found: Duration, ms: f64| (found.as_secs_f64() * 1e3 / ms - 1.0).abs() < 0.01;
        assert!(
            calm.iter().all(|slice| [0.5, 0.99].iter().all(|q| near(slice.kept.latency(*q), 1.0)))
        );
        assert!(rough[1..].iter().all(|slice| near(slice.kept.latency(0.5), 5.0)));
    }

    #[test]
    fn a_run_is_as_long_as_its_hits_took() {
        let timeline = of(&steady(21, SECOND_NS)).timeline(52);
        assert_eq!(timeline.span, Duration::from_secs(21));
        assert!(of(&[]).timeline(52).slices.is_empty());
        let ages =
            [i64::MIN, 0, i64::MAX].map(|at| Sample { timestamp_ns: at, ..Sample::default() });
        assert_eq!(of(&ages).timeline(52).slices.iter().map(|s| s.kept.n_hits).sum::<u64>(), 3);
    }
}
