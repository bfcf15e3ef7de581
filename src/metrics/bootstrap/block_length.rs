//! The length of the blocks of a bootstrap, from the autocorrelation of a series.

/// Lags in a row without correlation, at least, after which the correlation is taken to have ended.
const MIN_LAGS: usize = 5;

/// Returns the block length, in terms of the series, with which a circular block bootstrap
/// estimates the variance of a mean best; in `[1, 3 * sqrt(n)]`.
///
///   b = (2 * G^2 / D)^(1/3) * n^(1/3)
///   G = sum of w(k / M) * |k| * R(k) over the lags k from -M to M
///   D = 4/3 * (sum of w(k / M) * R(k))^2
///
/// - `b`: the length, `n`: number of terms
/// - `R(k)`: autocovariance of the series at lag k
/// - `w(t)`: 1 up to 1/2, then a line down to 0 at 1
/// - `M`: twice the last lag with a correlation, at least 2
///
/// Source: Dimitris N. Politis, Halbert White, Automatic Block-Length Selection for the Dependent
/// Bootstrap, Econometric Reviews 23 (1), 2004, section 3; D as corrected by Andrew Patton,
/// Dimitris N. Politis, Halbert White, Econometric Reviews 28 (4), 2009.
pub(super) fn block_length(series: &[f64]) -> f64 {
    let n = series.len() as f64;
    let covariances = covariances(series);
    if covariances.len() < 2 * MIN_LAGS || covariances[0] <= 0.0 {
        return 1.0;
    }
    let max = (3.0 * n.sqrt()).max(1.0);
    let last = (2 * last_correlated(&covariances, n).max(1)).min(covariances.len() - 1);
    let (mut slope, mut spread) = (0.0, covariances[0]);
    for (lag, covariance) in covariances.iter().enumerate().take(last + 1).skip(1) {
        let weighted = 2.0 * weight(lag as f64 / last as f64) * covariance;
        slope += lag as f64 * weighted;
        spread += weighted;
    }
    let length = (1.5 * (slope / spread).powi(2) * n).cbrt();
    if length.is_finite() { length.clamp(1.0, max) } else { max }
}

/// Returns the autocovariances of a series at the lags from 0 to twice the longest relevant one.
fn covariances(series: &[f64]) -> Vec<f64> {
    let n = series.len();
    let mean = series.iter().sum::<f64>() / n.max(1) as f64;
    let off: Vec<f64> = series.iter().map(|term| term - mean).collect();
    let n_lags = (2 * (n.isqrt() + 1 + MIN_LAGS)).min(n);
    let at = |lag: usize| off.iter().zip(&off[lag..]).map(|(one, later)| one * later).sum::<f64>();
    (0..n_lags).map(|lag| at(lag) / n as f64).collect()
}

/// Returns the last lag before the first run of lags without significant correlation. Without this
/// run, returns the last lag with significant correlation, or 1.
fn last_correlated(covariances: &[f64], n: f64) -> usize {
    let noise = 2.0 * (n.log10() / n).sqrt() * covariances[0];
    let run = MIN_LAGS.max(n.log10().sqrt().ceil() as usize);
    let is_over = |lags: &[f64]| lags.iter().all(|covariance| covariance.abs() < noise);
    let longest = covariances.len() / 2;
    let over = covariances[1..longest.max(2)].windows(run).position(is_over);
    over.unwrap_or_else(|| (1..longest).rfind(|lag| covariances[*lag].abs() >= noise).unwrap_or(1))
}

fn weight(share: f64) -> f64 {
    (2.0 * (1.0 - share)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use rand::rngs::Xoshiro256PlusPlus;
    use rand::{RngExt, SeedableRng};

    use super::*;

    /// Returns the mean length for series of 256 terms, each of which keeps a share of the previous
    /// one.
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

    /// The formula with the covariances of this series, R(k) = kept^k, gives
    /// (6 * (kept / (1 - kept^2))^2 * 256)^(1/3).
    #[test]
    fn block_length_grows_with_the_correlation_of_a_series() {
        for (kept, exact) in [(0.3, 5.5), (0.5, 8.8), (0.7, 14.3), (0.8, 19.6)] {
            let found = mean_length(kept);
            assert!((0.7 * exact..1.3 * exact).contains(&found), "{kept}: {found}, not {exact}");
        }
        assert!(mean_length(0.0) < 4.0, "{}", mean_length(0.0));
    }

    #[test]
    fn a_series_without_variation_has_blocks_of_one() {
        for series in [&[][..], &[1.0], &[2.0; 100], &[1.0, 2.0, 1.0]] {
            assert_eq!(block_length(series), 1.0, "{series:?}");
        }
    }
}
