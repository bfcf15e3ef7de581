//! The log of `drumfire serve -arrivals`, and the distance of each arrival from its slot.

use std::path::Path;

use anyhow::Context;

/// One request as the server saw it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize)]
pub struct Arrival {
    /// Number of the hit; None if the generator does not number its requests.
    pub seq: Option<u64>,
    /// When the head was read, in ns since 1970 UTC.
    pub timestamp_ns: i64,
    /// Time from then until the response, in ns; None if there was none or it was not logged.
    #[serde(default)]
    pub delay_ns: Option<u64>,
}

/// Returns the arrivals in a file, sorted by time.
///
/// # Errors
///
/// The file cannot be read, or is not an arrivals log.
pub fn read(file: &Path) -> anyhow::Result<Vec<Arrival>> {
    let arrivals = csv::Reader::from_path(file)
        .and_then(|mut rows| rows.deserialize().collect::<csv::Result<Vec<Arrival>>>());
    let mut arrivals =
        arrivals.with_context(|| format!("read arrivals from {}", file.display()))?;
    arrivals.sort_by_key(|arrival| arrival.timestamp_ns);
    Ok(arrivals)
}

/// Returns the distance of each arrival from its slot, in ns, negative if early; sorted.
///
/// `slot_of` returns the slot of a hit by its number, in ns since 1970 UTC. Arrivals without a
/// number or a slot are left out.
pub fn errors(arrivals: &[Arrival], slot_of: impl Fn(u64) -> Option<i64>) -> Vec<i64> {
    let error = |arrival: &Arrival| Some(arrival.timestamp_ns - slot_of(arrival.seq?)?);
    let mut errors: Vec<i64> = arrivals.iter().filter_map(error).collect();
    errors.sort_unstable();
    errors
}

/// Returns the distance of each arrival from its slot, in ns, if only the rate of the plan is
/// known; sorted.
///
/// ```text
/// error(k) = t(k) - t(0) - k / r - b
/// ```
///
/// - `t(k)`: time of the k-th arrival, in ns; `arrivals` is sorted by time
/// - `r`: rate, in hits per ns
/// - `b`: offset for which 1 % of all errors are below 0, in ns
///
/// So the most punctual arrivals determine the grid, and a delay that all arrivals share does not
/// count. If a request is missing, all later ones count as late.
pub fn errors_on_fitted_grid(arrivals: &[Arrival], hits_per_second: u64) -> Vec<i64> {
    let Some(first) = arrivals.first() else { return Vec::new() };
    let slot = |k: usize| (k as i128 * 1_000_000_000 / i128::from(hits_per_second)) as i64;
    let offset =
        |(k, arrival): (usize, &Arrival)| arrival.timestamp_ns - first.timestamp_ns - slot(k);
    let mut errors: Vec<i64> = arrivals.iter().enumerate().map(offset).collect();
    errors.sort_unstable();
    let base = errors[errors.len() / 100];
    errors.iter_mut().for_each(|error| *error -= base);
    errors
}

/// Number of arrivals per stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counts {
    /// Mean number.
    pub mean: f64,
    /// Mean square of the distance from the mean: 0 for a regular stream, equal to the mean if
    /// arrivals are independent.
    pub variance: f64,
    /// Greatest number.
    pub greatest: u32,
}

/// Counts arrivals in each of `n_ms` milliseconds from an instant; others are left out.
pub fn count_per_ms(arrivals: &[Arrival], begin_ns: i64, n_ms: usize) -> Counts {
    let mut counts = vec![0_u32; n_ms];
    for arrival in arrivals {
        let ms = usize::try_from((arrival.timestamp_ns - begin_ns).div_euclid(1_000_000));
        if let Some(count) = ms.ok().and_then(|ms| counts.get_mut(ms)) {
            *count += 1;
        }
    }
    let mean_of = |sum: f64| sum / n_ms.max(1) as f64;
    let mean = mean_of(counts.iter().map(|n| f64::from(*n)).sum());
    let variance = mean_of(counts.iter().map(|n| (f64::from(*n) - mean).powi(2)).sum());
    Counts { mean, variance, greatest: counts.into_iter().max().unwrap_or(0) }
}
