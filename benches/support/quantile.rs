//! Exact quantiles of values in memory, without a histogram.

/// Returns the value of rank `ceil(q * n)`, at least 1, of `n` sorted values: the smallest one that
/// at least the share `q` does not exceed. 0 if there are none.
pub fn quantile(sorted: &[i64], q: f64) -> i64 {
    let rank = (q * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or(0)
}
