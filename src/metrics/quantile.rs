//! The three definitions of a quantile, and the reason for each.
//!
//! | definition | used for | reason |
//! |---|---|---|
//! | [`hazen`] | reports, thresholds, comparisons | unbiased for small samples; Vegeta's values |
//! | [`nearest_rank`] | charts over time | a slice has few hits: no value that no hit had |
//! | [`within_cell`] | resamples of the bootstrap | continuous, so that resamples differ |
//!
//! Source: Rob J. Hyndman, Yanan Fan, Sample Quantiles in Statistical Packages, The American
//! Statistician 50 (4), 1996, for the first two: definitions 5 and 1.

use std::ops::Range;

/// Returns Hazen's quantile of `count` durations, given each by its rank in rising order, from 1:
/// the duration at position
///
///   quantile * count + 1/2
///
/// within `[1, count]`. Between two ranks it is on the line from one duration to the other.
///
/// - `quantile`: in `[0, 1]`
pub fn hazen(quantile: f64, count: u64, of_rank: impl Fn(u64) -> u64) -> u64 {
    let position = hazen_rank(quantile, count);
    let [below, above] = [position.floor(), position.ceil()].map(|rank| of_rank(rank as u64));
    let gained = above.saturating_sub(below) as f64 * position.fract();
    below.saturating_add(gained as u64).min(above)
}

/// Returns the position of Hazen's quantile among `count` durations in rising order, from 1.
///
/// - `quantile`: in `[0, 1]`
pub fn hazen_rank(quantile: f64, count: u64) -> f64 {
    (quantile * count as f64 + 0.5).clamp(1.0, count.max(1) as f64)
}

/// Returns the rank, from 1, of the shortest of `count` durations that is at least as long as a
/// share of all.
///
/// - `quantile`: the share, in `[0, 1]`
pub fn nearest_rank(quantile: f64, count: u64) -> u64 {
    ((quantile * count as f64).ceil() as u64).max(1)
}

/// Returns the quantile in ns of durations that lie evenly between the bounds of their cells.
///
/// - `rank`: quantile times number of durations
/// - `below`: number of durations in all lower cells
/// - `up_to`: number of durations in this cell and all lower ones, >= `rank` unless all cells have
///   fewer
/// - `bounds`: the shortest duration in the cell, and the shortest above it, in ns
pub fn within_cell(rank: f64, below: f64, up_to: f64, bounds: Range<f64>) -> f64 {
    let share = (rank - below) / (up_to - below);
    // A resample may have no hit in a cell of the run: the division is 0 by 0 then.
    if share.is_finite() {
        bounds.start + share * (bounds.end - bounds.start)
    } else {
        bounds.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_differ_for_few_durations() {
        let ten = |rank: u64| rank * 10;
        let table = [(0.0, 10, 1), (0.07, 12, 1), (0.5, 55, 5), (0.25, 30, 3), (1.0, 100, 10)];
        for (quantile, ns, rank) in table {
            assert_eq!(hazen(quantile, 10, ten), ns, "{quantile}");
            assert_eq!(nearest_rank(quantile, 10), rank, "{quantile}");
        }
    }

    #[test]
    fn a_cell_is_passed_evenly_and_as_a_whole_without_durations() {
        assert_eq!(within_cell(3.0, 2.0, 4.0, 100.0..200.0), 150.0);
        assert_eq!(within_cell(0.0, 0.0, 0.0, 100.0..200.0), 100.0);
    }
}
