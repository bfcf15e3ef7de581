//! Resamples of a run, made of blocks of its slices.

use std::iter;
use std::ops::Range;

use rand::RngExt;

use crate::metrics::bootstrap::block_length::block_length;
use crate::metrics::bootstrap::sums::Sums;
use crate::metrics::over_time::slices::Slices;
use crate::metrics::run_metrics::Metrics;
use crate::metrics::statistic::Statistic;
use crate::schedule::seed::{Purpose, Seed};

/// Resamples of a run. With 1000, an end of an interval is off by at most a twentieth of its
/// length.
///
/// Source: Bradley Efron, Robert J. Tibshirani, An Introduction to the Bootstrap, 1993, section
/// 19.3.
pub(super) const RESAMPLES: usize = 1000;

/// Blocks in a run, at least. If a run has fewer, its correlation is too long to be measured.
const MIN_BLOCKS: usize = 8;

/// Hits that must lie beyond a quantile, so that a few slow hits do not decide it.
const HITS_BEYOND: f64 = 10.0;

/// Independent hits, or their equivalent, that must lie beyond a quantile.
const INDEPENDENT_BEYOND: f64 = 5.0;

/// The share of hits that counts as beyond a statistic that is no quantile.
const HALF: f64 = 0.5;

/// The statistics of a run and of its resamples.
#[derive(Clone, Debug)]
pub struct Resampled {
    /// In the order of [`Statistic::ALL`].
    statistics: Vec<Sampled>,
    /// Blocks in the run, >= 1.
    pub(super) n_blocks: f64,
}

/// One statistic of a run and of its resamples.
#[derive(Clone, Debug)]
pub(super) struct Sampled {
    /// The value of the run.
    pub value: f64,
    /// The value of each resample minus that of the run.
    pub deviations: Vec<f64>,
    /// Variance of the deviations, >= 0; of success, at least the variance of independent hits.
    pub variance: f64,
    /// Whether the run is long enough for an interval.
    has_enough: bool,
}

impl Metrics {
    /// Returns resamples of the run, the same for the same seed. None without records, and unless
    /// the run is [sliced](Metrics::sliced).
    pub fn resampled(&self, seed: Seed) -> Option<Resampled> {
        Resampled::of(self, self.slices()?, seed)
    }
}

impl Resampled {
    fn of(metrics: &Metrics, slices: &Slices, seed: Seed) -> Option<Self> {
        let sums = Sums::of(slices, metrics.span()?.end_ns);
        let influences = Statistic::ALL.map(|statistic| sums.influences(statistic));
        let longest = sums.n_slices() / MIN_BLOCKS;
        let wanted = influences.iter().map(|series| block_length(series)).fold(1.0, f64::max);
        let length = (wanted.ceil() as usize).min(longest).max(1);
        let draws = draws(sums.n_slices(), length, seed);
        let sampled = |(statistic, influences): (Statistic, Vec<f64>)| {
            let in_run = sums.value(statistic, &sums.whole());
            let deviations: Vec<f64> =
                draws.iter().map(|draw| sums.value(statistic, draw) - in_run).collect();
            Sampled {
                value: statistic.of(metrics),
                variance: mean_square(&deviations).max(min_variance(statistic, metrics)),
                deviations,
                has_enough: longest > 0 && has_enough(statistic, &sums, &influences, length),
            }
        };
        let mut statistics: Vec<_> =
            Statistic::ALL.into_iter().zip(influences).map(sampled).collect();
        refuse_beyond_refused(&mut statistics);
        Some(Self { statistics, n_blocks: sums.n_slices() as f64 / length as f64 })
    }

    /// Returns a statistic; None if the run has too few samples for its interval.
    pub(super) fn sampled(&self, statistic: Statistic) -> Option<&Sampled> {
        let place = Statistic::ALL.iter().position(|other| *other == statistic);
        place.map(|place| &self.statistics[place]).filter(|sampled| sampled.has_enough)
    }
}

/// Refuses an interval for each quantile above one that has none: fewer hits lie beyond it.
fn refuse_beyond_refused(statistics: &mut [Sampled]) {
    let mut has_enough = true;
    // The quantiles of Statistic::ALL rise.
    for (sampled, statistic) in statistics.iter_mut().zip(Statistic::ALL) {
        if statistic.quantile().is_some() {
            has_enough &= sampled.has_enough;
            sampled.has_enough = has_enough;
        }
    }
}

/// Draws resamples of a run: each consists of as many blocks of adjacent slices as the run. Blocks
/// begin anywhere; the first slice follows the last, so that every slice is equally likely.
///
/// Source: Dimitris N. Politis, Joseph P. Romano, A Circular Block-Resampling Procedure for
/// Stationary Data, in Exploring the Limits of Bootstrap, 1992.
fn draws(n_slices: usize, length: usize, seed: Seed) -> Vec<Vec<Range<usize>>> {
    let rngs = seed.rngs(Purpose::Resamples);
    let draw = |number| {
        let mut random = rngs.for_hit(number);
        let starts = (0..n_slices.div_ceil(length)).map(|_| random.random_range(0..n_slices));
        starts.flat_map(|start| ranges(start, length, n_slices)).collect()
    };
    (0..RESAMPLES as u64).map(draw).collect()
}

/// Returns the ranges of slices that a block covers: two if it continues at the first slice.
fn ranges(start: usize, length: usize, n_slices: usize) -> impl Iterator<Item = Range<usize>> {
    let end = start + length;
    let wrapped = (end > n_slices).then(|| 0..end - n_slices);
    iter::once(start..end.min(n_slices)).chain(wrapped)
}

fn mean_square(deviations: &[f64]) -> f64 {
    let n = deviations.len() as f64;
    let mean = deviations.iter().sum::<f64>() / n;
    deviations.iter().map(|deviation| (deviation - mean).powi(2)).sum::<f64>() / n
}

/// Returns a lower bound of a statistic's variance, 0 except for success. If few hits fail,
/// resamples have too few failures; so the bound is that with one more success and one more
/// failure.
///
/// Source: Alan Agresti, Brian Caffo, Simple and Effective Confidence Intervals for Proportions and
/// Differences of Proportions Result from Adding Two Successes and Two Failures, The American
/// Statistician 54 (4), 2000.
fn min_variance(statistic: Statistic, metrics: &Metrics) -> f64 {
    if statistic != Statistic::Success {
        return 0.0;
    }
    let hits = metrics.requests() as f64 + 2.0;
    let success = (metrics.successes() as f64 + 1.0) / hits;
    success * (1.0 - success) / hits
}

/// Returns whether enough hits lie beyond a statistic, and enough of them are independent.
fn has_enough(statistic: Statistic, sums: &Sums, influences: &[f64], length: usize) -> bool {
    let beyond = statistic.quantile().map_or(HALF, |quantile| quantile.min(1.0 - quantile));
    // Half a hit, so that the rounding of 1 - 0.99 does not refuse 1000 hits.
    sums.hits() * beyond + 0.5 > HITS_BEYOND
        && independent_hits(statistic, sums, influences, length) * beyond >= INDEPENDENT_BEYOND
}

/// Returns the number of independent hits that would determine a statistic equally well.
///
///   hits^2 * variance of an influence / variance of the sum of all influences
///
/// Source: Charles J. Geyer, Practical Markov Chain Monte Carlo, Statistical Science 7 (4), 1992,
/// section 3, with the variance of overlapping batch means.
fn independent_hits(statistic: Statistic, sums: &Sums, influences: &[f64], length: usize) -> f64 {
    let hits = sums.hits();
    let n = influences.len();
    let block = |start| -> f64 { (start..start + length).map(|place| influences[place % n]).sum() };
    let variance = (0..n).map(|start| block(start).powi(2)).sum::<f64>() / length as f64;
    let of_hit = sums.variance(statistic);
    if variance > 0.0 && of_hit > 0.0 { (hits * hits * of_hit / variance).min(hits) } else { hits }
}
