//! How many slices in a row belong together: the length of the blocks of a bootstrap.

/// Lags in a row that must show no correlation for it to be over: at least so many.
const FEWEST_LAGS: usize = 5;

/// Returns the length of the blocks of a circular block bootstrap, in terms of the series, that
/// makes its estimate of a mean's variance the best; in [1, 3 * sqrt(n)].
///
///   b = (2 * G^2 / D)^(1/3) * n^(1/3)
///   G = sum of w(k / M) * |k| * R(k) over the lags k from -M to M
///   D = 4/3 * (sum of w(k / M) * R(k))^2
///
/// - `b`: the length, `n`: number of terms
/// - `R(k)`: autocovariance of the series at lag k
/// - `w(t)`: 1 up to 1/2, from there on a line down to 0 at 1
/// - `M`: twice the last lag before the correlations vanish, at least 2
///
/// Source: Dimitris N. Politis, Halbert White, Automatic Block-Length Selection for the Dependent
/// Bootstrap, Econometric Reviews 23 (1), 2004, section 3; D as corrected by Andrew Patton, Dimitris
/// N. Politis, Halbert White, Econometric Reviews 28 (4), 2009.
pub(super) fn block_length(series: &[f64]) -> f64 {
    let n = series.len() as f64;
    let covariances = covariances(series);
    if covariances.len() < 2 * FEWEST_LAGS || covariances[0] <= 0.0 {
        return 1.0;
    }
    let most = (3.0 * n.sqrt()).max(1.0);
    let last = 2 * last_correlated(&covariances, n).max(1);
    let last = last.min(covariances.len() - 1);
    let (mut slope, mut spread) = (0.0, covariances[0]);
    for (lag, covariance) in covariances.iter().enumerate().take(last + 1).skip(1) {
        let weighed = 2.0 * weight(lag as f64 / last as f64) * covariance;
        slope += lag as f64 * weighed;
        spread += weighed;
    }
    let length = (1.5 * (slope / spread).powi(2) * n).cbrt();
    if length.is_finite() { length.clamp(1.0, most) } else { most }
}

/// Returns the autocovariances of a series at the lags from 0 to twice the longest that may matter.
fn covariances(series: &[f64]) -> Vec<f64> {
    let n = series.len();
    let mean = series.iter().sum::<f64>() / n.max(1) as f64;
    let off: Vec<f64> = series.iter().map(|term| term - mean).collect();
    let n_lags = (2 * (n.isqrt() + 1 + FEWEST_LAGS)).min(n);
    let at = |lag: usize| off.iter().zip(&off[lag..]).map(|(one, later)| one * later).sum::<f64>();
    (0..n_lags).map(|lag| at(lag) / n as f64).collect()
}

/// Returns the last lag before the first run of lags without a correlation that is more than chance;
/// where there is no such run, the last lag of all with one.
fn last_correlated(covariances: &[f64], n: f64) -> usize {
    let chance = 2.0 * (n.log10() / n).sqrt() * covariances[0];
    let run = FEWEST_LAGS.max(n.log10().sqrt().ceil() as usize);
    let is_over = |lags: &[f64]| lags.iter().all(|covariance| covariance.abs() < chance);
    let longest = covariances.len() / 2;
    let over = covariances[1..longest.max(2)].windows(run).position(is_over);
    over.unwrap_or_else(|| (1..longest).rfind(|lag| covariances[*lag].abs() >= chance).unwrap_or(1))
}

fn weight(share: f64) -> f64 {
    (2.0 * (1.0 - share)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use rand::rngs::Xoshiro256PlusPlus;
    use rand::{RngExt, SeedableRng};

    use super::*;

    /// Returns the mean of the lengths for series of 256 terms, of which each keeps such a share of
    /// the one before it.
    fn mean_length(kept: f64) -> f64 {
        let lengths = (0..50).map(|seed| {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
            let mut term = 0.0;
            let mut next = || {
                term = kept * term + random.random_range(-1.0..1.0);
                term
            };
            block_length(&(0..256).map(|_| next()).collect::<Vec<_>>())
        });
        lengths.sum::<f64>() / 50.0
    }

    /// The formula with the covariances of such a series, R(k) = kept^k, gives
    /// (6 * (kept / (1 - kept^2))^2 * 256)^(1/3).
    #[test]
    fn blocks_are_as_long_as_the_correlation_of_a_series_asks_for() {
        for (kept, exact) in [(0.3, 5.5), (0.5, 8.8), (0.7, 14.3), (0.8, 19.6)] {
            let found = mean_length(kept);
            assert!((0.7 * exact..1.3 * exact).contains(&found), "{kept}: {found}, not {exact}");
        }
        assert!(mean_length(0.0) < 4.0, "{}", mean_length(0.0));
    }

    #[test]
    fn a_series_that_says_nothing_has_blocks_of_one() {
        for series in [&[][..], &[1.0], &[2.0; 100], &[1.0, 2.0, 1.0]] {
            assert_eq!(block_length(series), 1.0, "{series:?}");
        }
    }
}
