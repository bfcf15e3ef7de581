//! Chooses the hits to mark if there are more hits than marks.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::plot::data::lttb::{self, Place};

/// One in this many marks is reserved for outliers.
const OUTLIERS: usize = 4;

/// Size of a neighborhood, in multiples of the hits that a mark represents.
const NEIGHBOURHOOD: usize = 16;

/// Returns at most `threshold` of the points, sorted by time, as the given points must be. If there
/// are at most that many, or if `threshold` is 0, returns all.
///
/// The first and the last point are kept, the highest, and from a threshold of 4 the lowest. A
/// quarter of the marks is reserved for outliers, measured by the height above the upper quartile
/// of their neighborhood. Largest-Triangle-Three-Buckets chooses the others, but it keeps one point
/// per bucket and so would lose one of two adjacent outliers.
///
/// # Errors
///
/// [`Error::Value`] if the threshold is 1 or 2 and there are more points.
pub fn choose(places: Vec<Place>, threshold: usize) -> Result<Vec<Place>, Error> {
    if threshold == 0 || places.len() <= threshold {
        return Ok(places);
    }
    if threshold < 3 {
        return Err(Error::Value {
            what: "threshold",
            input: threshold.to_string(),
            expected: "0 for every point, or at least 3 (-threshold)",
        });
    }
    let outliers = outliers(&places, threshold);
    let (mut chosen, mut crowd) = (Vec::with_capacity(threshold), Vec::with_capacity(places.len()));
    for (idx, place) in places.into_iter().enumerate() {
        if outliers.contains(&idx) { chosen.push(place) } else { crowd.push(place) }
    }
    chosen.extend(lttb::downsample(crowd, threshold - outliers.len()));
    chosen.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    Ok(chosen)
}

/// Returns the indices of the points that are kept for their height, without the two ends.
fn outliers(places: &[Place], threshold: usize) -> BTreeSet<usize> {
    let inner = 1..places.len() - 1;
    let by_height = |a: &usize, b: &usize| places[*a].1.total_cmp(&places[*b].1);
    let extremes = [inner.clone().max_by(by_height), inner.clone().min_by(by_height)];
    let above = above_neighbours(places, (threshold / NEIGHBOURHOOD).max(1));
    let mut standing_out: Vec<usize> = inner.filter(|idx| above[*idx] > 0.0).collect();
    standing_out.sort_unstable_by(|a, b| above[*b].total_cmp(&above[*a]).then(a.cmp(b)));
    let most = (threshold / OUTLIERS).max(2).min(threshold - 2);
    let mut kept = BTreeSet::new();
    for idx in extremes.into_iter().flatten().chain(standing_out) {
        if kept.len() < most {
            kept.insert(idx);
        }
    }
    kept
}

/// Returns the height of each point above the upper quartile of its neighborhood and the two
/// adjacent ones; the points are divided into `count` neighborhoods of nearly equal size. At the
/// start or the end of a slow period, no point is an outlier.
fn above_neighbours(places: &[Place], count: usize) -> Vec<f64> {
    let edge = |idx: usize| idx * places.len() / count;
    let neighbourhoods = || (0..count).map(|idx| &places[edge(idx)..edge(idx + 1)]);
    let quartiles: Vec<f64> = neighbourhoods().map(upper_quartile).collect();
    let beside = |idx: usize| &quartiles[idx.saturating_sub(1)..(idx + 2).min(count)];
    let mut above = Vec::with_capacity(places.len());
    for (idx, neighbours) in neighbourhoods().enumerate() {
        let usual = beside(idx).iter().copied().fold(f64::NEG_INFINITY, f64::max);
        above.extend(neighbours.iter().map(|place| place.1 - usual));
    }
    above
}

/// Returns the upper quartile of the heights; there must be at least one.
fn upper_quartile(places: &[Place]) -> f64 {
    let mut heights: Vec<f64> = places.iter().map(|place| place.1).collect();
    let rank = heights.len() * 3 / 4;
    *heights.select_nth_unstable_by(rank, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `len` points one second apart, with random heights between 0 and 1.
    fn crowd(len: usize) -> Vec<Place> {
        (0..len).map(|idx| (idx as f64, (idx * 7_919 % 1_009) as f64 / 1_009.0)).collect()
    }

    #[test]
    fn every_threshold_keeps_length_order_ends_and_extremes() {
        let mut places = crowd(300);
        places[151].1 = 9.0;
        places[152].1 = -9.0;
        for threshold in 3..300 {
            let chosen = choose(places.clone(), threshold).unwrap();
            assert_eq!(chosen.len(), threshold);
            assert_eq!((chosen[0], chosen[threshold - 1]), (places[0], places[299]));
            assert!(chosen.windows(2).all(|pair| pair[0].0 < pair[1].0), "{threshold}");
            assert!(chosen.iter().all(|place| places.contains(place)), "{threshold}");
            assert!(chosen.contains(&places[151]), "{threshold}");
            assert!(threshold == 3 || chosen.contains(&places[152]), "{threshold}");
        }
    }

    #[test]
    fn adjacent_outliers_are_all_kept() {
        let mut places = crowd(100_000);
        let slow: Vec<usize> = (1..=20).flat_map(|pair| [pair * 4_700, pair * 4_700 + 3]).collect();
        for (nth, idx) in slow.iter().enumerate() {
            places[*idx].1 = if nth % 2 == 0 { 4.0 } else { 3.3 };
        }
        let chosen = choose(places.clone(), 4_000).unwrap();
        assert!(slow.iter().all(|idx| chosen.contains(&places[*idx])));
    }

    #[test]
    fn outliers_of_a_fast_period_are_kept_next_to_a_slow_one() {
        let mut places = crowd(100_000);
        places[50_100..60_300].iter_mut().for_each(|place| place.1 += 5.0);
        let slow = [20_000, 20_001, 20_002, 80_500];
        slow.iter().for_each(|idx| places[*idx].1 = 3.0);
        let chosen = choose(places.clone(), 4_000).unwrap();
        assert!(slow.iter().all(|idx| chosen.contains(&places[*idx])));
    }

    #[test]
    fn as_many_places_as_wanted_stay_as_they_are() {
        let places = crowd(10);
        for threshold in [0, 10, 11] {
            assert_eq!(choose(places.clone(), threshold).unwrap(), places, "{threshold}");
        }
    }

    #[test]
    fn equal_places_are_thinned_too() {
        assert_eq!(choose(vec![(1.0, 2.0); 50], 7).unwrap(), [(1.0, 2.0); 7]);
    }

    #[test]
    fn thresholds_below_three_are_refused_only_for_more_places() {
        for threshold in [1, 2] {
            assert_eq!(
                choose(crowd(3), threshold).unwrap_err().to_string(),
                format!(
                    "bad threshold '{threshold}': expected 0 for every point, \
                     or at least 3 (-threshold)"
                )
            );
            assert_eq!(choose(crowd(threshold), threshold).unwrap(), crowd(threshold));
        }
    }
}
