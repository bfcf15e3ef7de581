//! Bootstrap: how far the figures of a run may be from those of the next one.
//!
//! Latencies that lie close in time depend on each other: a queue, a pause for garbage or a slow
//! neighbour meets many hits in a row. So it is not hits that are drawn anew but blocks of slices of
//! time, as long as the run's own correlation asks for. docs/method/quantiles-and-intervals.md has the whole of it.

mod block_length;
mod interval;
mod sums;
pub mod slices;

pub use interval::{Confidence, Interval};

use std::iter;
use std::ops::Range;

use rand::RngExt;

use crate::metrics::bootstrap::slices::Slices;
use crate::metrics::{Figure, Metrics};
use crate::schedule::seed::{Purpose, Seed};
use block_length::block_length;
use sums::Sums;

/// Resamples of a run: at 1000 an end of an interval is off by a twentieth of its length at most.
///
/// Source: Bradley Efron, Robert J. Tibshirani, An Introduction to the Bootstrap, 1993, section 19.3.
const RESAMPLES: usize = 1000;

/// Blocks in a run, at least; where fewer would be left, its correlation is too long to be seen.
const FEWEST_BLOCKS: usize = 8;

/// Hits beyond a quantile that it needs to be more than a few hits' accident.
const HITS_BEYOND: f64 = 10.0;

/// Hits beyond a quantile that know nothing of each other, or would say as much as those there are.
const INDEPENDENT_BEYOND: f64 = 5.0;

/// The share of the hits that lies beyond what is no quantile, as far as the two limits go.
const HALF: f64 = 0.5;

/// The figures of a run, and what they might have been.
#[derive(Clone, Debug)]
pub struct Resampled {
    /// Of each figure, in the order of [`Figure::ALL`].
    figures: Vec<Spread>,
    /// Blocks that the run falls into, >= 1.
    n_blocks: f64,
}

/// One figure, and what it might have been.
#[derive(Clone, Debug)]
struct Spread {
    /// As the run has it.
    value: f64,
    /// What it is in each resample, less what it is in the run.
    deviations: Vec<f64>,
    /// Variance of the deviations, >= 0; of success at least that of as many hits that know nothing
    /// of each other.
    variance: f64,
    /// Whether the run is long enough to tell.
    is_enough: bool,
}

impl Resampled {
    /// Returns the figures of a run and [`RESAMPLES`] resamples of it; the same for the same seed.
    /// None without slices and without records.
    pub(super) fn of(metrics: &Metrics, slices: &Slices, seed: Seed) -> Option<Self> {
        let sums = Sums::of(slices, metrics.span()?.end_ns);
        let pushes = Figure::ALL.map(|figure| sums.pushes(figure));
        let longest = sums.n_slices() / FEWEST_BLOCKS;
        let wanted = pushes.iter().map(|pushes| block_length(pushes)).fold(1.0, f64::max);
        let length = (wanted.ceil() as usize).min(longest).max(1);
        let draws = draws(sums.n_slices(), length, seed);
        let spread = |(figure, pushes): (Figure, Vec<f64>)| {
            let in_run = sums.figure(figure, &sums.whole());
            let deviations: Vec<f64> =
                draws.iter().map(|draw| sums.figure(figure, draw) - in_run).collect();
            Spread {
                value: figure.of(metrics),
                variance: mean_square(&deviations).max(least_variance(figure, metrics)),
                deviations,
                is_enough: longest > 0 && is_enough(figure, &sums, &pushes, length),
            }
        };
        Some(Self {
            figures: Figure::ALL.into_iter().zip(pushes).map(spread).collect(),
            n_blocks: sums.n_slices() as f64 / length as f64,
        })
    }

    /// Returns the interval of a figure; None where the run has too few samples to tell.
    pub fn interval(&self, figure: Figure) -> Option<Interval> {
        interval::of_one(self, figure)
    }

    /// Returns the interval of what a figure of another run is more than that of this one; None where
    /// either has too few samples to tell.
    pub fn difference(
        &self,
        other: &Self,
        figure: Figure,
        confidence: Confidence,
    ) -> Option<Interval> {
        interval::of_difference(self, other, figure, confidence)
    }

    fn spread(&self, figure: Figure) -> Option<&Spread> {
        let place = Figure::ALL.iter().position(|other| *other == figure);
        place.map(|place| &self.figures[place]).filter(|spread| spread.is_enough)
    }
}

/// Draws resamples of a run: each as many blocks of adjoining slices as make up the run, wherever
/// they begin. Behind the last slice stands the first again, so that each is drawn as often as any.
///
/// Source: Dimitris N. Politis, Joseph P. Romano, A Circular Block-Resampling Procedure for Stationary
/// Data, in Exploring the Limits of Bootstrap, 1992.
fn draws(n_slices: usize, length: usize, seed: Seed) -> Vec<Vec<Range<usize>>> {
    let rngs = seed.rngs(Purpose::Resamples);
    let draw = |number| {
        let mut random = rngs.for_hit(number);
        let starts = (0..n_slices.div_ceil(length)).map(|_| random.random_range(0..n_slices));
        starts.flat_map(|start| stretches(start, length, n_slices)).collect()
    };
    (0..RESAMPLES as u64).map(draw).collect()
}

/// Returns the stretches of slices that a block covers; the second is empty unless it begins anew.
fn stretches(start: usize, length: usize, n_slices: usize) -> impl Iterator<Item = Range<usize>> {
    let end = start + length;
    let again = (end > n_slices).then(|| 0..end - n_slices);
    iter::once(start..end.min(n_slices)).chain(again)
}

fn mean_square(deviations: &[f64]) -> f64 {
    let n = deviations.len() as f64;
    let mean = deviations.iter().sum::<f64>() / n;
    deviations.iter().map(|deviation| (deviation - mean).powi(2)).sum::<f64>() / n
}

/// Returns the least variance that a figure may seem to have. Where few hits fail, or none, resamples
/// say too little of those that might have failed; then one more success and one more failure count.
///
/// Source: Alan Agresti, Brian Caffo, Simple and Effective Confidence Intervals for Proportions and
/// Differences of Proportions Result from Adding Two Successes and Two Failures, The American
/// Statistician 54 (4), 2000.
fn least_variance(figure: Figure, metrics: &Metrics) -> f64 {
    if figure != Figure::Success {
        return 0.0;
    }
    let hits = metrics.requests() as f64 + 2.0;
    let success = (metrics.successes() as f64 + 1.0) / hits;
    success * (1.0 - success) / hits
}

/// Returns whether enough hits lie beyond a figure for it to mean something, and enough of them know
/// nothing of each other.
fn is_enough(figure: Figure, sums: &Sums, pushes: &[f64], length: usize) -> bool {
    let beyond = figure.quantile().map_or(HALF, |quantile| quantile.min(1.0 - quantile));
    // Half a hit, so that no rounding of 1 - 0.99 refuses 1000 hits.
    sums.hits() * beyond + 0.5 > HITS_BEYOND
        && independent_hits(figure, sums, pushes, length) * beyond >= INDEPENDENT_BEYOND
}

/// Returns how many hits that know nothing of each other would tell a figure as well.
///
///   hits^2 * variance of a push / variance of the sum of all pushes
///
/// Source: Charles J. Geyer, Practical Markov Chain Monte Carlo, Statistical Science 7 (4), 1992,
/// section 3, with the variance of overlapping batch means.
fn independent_hits(figure: Figure, sums: &Sums, pushes: &[f64], length: usize) -> f64 {
    let hits = sums.hits();
    let n = pushes.len();
    let block = |start| -> f64 { (start..start + length).map(|place| pushes[place % n]).sum() };
    let variance = (0..n).map(|start| block(start).powi(2)).sum::<f64>() / length as f64;
    let of_hit = sums.variance(figure);
    if variance > 0.0 && of_hit > 0.0 { (hits * hits * of_hit / variance).min(hits) } else { hits }
}

#[cfg(test)]
mod tests;
