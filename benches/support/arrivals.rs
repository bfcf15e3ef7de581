//! What `drumfire serve -arrivals` noted, and how far each arrival was from its slot.

use std::path::Path;

use anyhow::Context;

/// One request as the server met it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize)]
pub struct Arrival {
    /// Number of the hit; None where the generator does not number its requests.
    pub seq: Option<u64>,
    /// When the head was read, in ns since 1970 UTC.
    pub timestamp_ns: i64,
    /// How long the server then took to answer, in ns; None where it did not, or did not note it.
    #[serde(default)]
    pub delay_ns: Option<u64>,
}

/// Returns the arrivals that a file holds, sorted by time.
///
/// # Errors
///
/// Where the file cannot be read, or is no log of arrivals.
pub fn read(file: &Path) -> anyhow::Result<Vec<Arrival>> {
    let arrivals = csv::Reader::from_path(file)
        .and_then(|mut rows| rows.deserialize().collect::<csv::Result<Vec<Arrival>>>());
    let mut arrivals =
        arrivals.with_context(|| format!("read arrivals from {}", file.display()))?;
    arrivals.sort_by_key(|arrival| arrival.timestamp_ns);
    Ok(arrivals)
}

/// Returns how long after its slot each arrival came, in ns and negative where before it; sorted.
///
/// `slot_of` tells the slot of a hit by its number, in ns since 1970 UTC. Arrivals that it does not
/// know, or that have no number, are left out.
pub fn errors(arrivals: &[Arrival], slot_of: impl Fn(u64) -> Option<i64>) -> Vec<i64> {
    let error = |arrival: &Arrival| Some(arrival.timestamp_ns - slot_of(arrival.seq?)?);
    let mut errors: Vec<i64> = arrivals.iter().filter_map(error).collect();
    errors.sort_unstable();
    errors
}

/// Returns how long after its slot each arrival came, in ns, where nothing but the rate is known
/// of the plan; sorted.
///
/// ```text
/// error(k) = t(k) - t(0) - k / r - b
/// ```
///
/// - `t(k)`: time of the k-th arrival, `arrivals` being sorted by time
/// - `r`: rate, in hits a ns
/// - `b`: what makes the error 0 that 1 % of all stay below
///
/// So the grid stands where the most punctual arrivals put it, and a delay common to all of them
/// counts for nothing. Where requests are missing, all behind them are told to be late.
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

/// How many arrivals stretches of time had.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counts {
    /// Mean number.
    pub mean: f64,
    /// Mean square of the distance from the mean: 0 for a regular stream, the mean itself for
    /// one whose arrivals know nothing of each other.
    pub variance: f64,
    /// Greatest number.
    pub greatest: u32,
}

/// Counts arrivals in each of `n_ms` milliseconds from an instant; those outside are left out.
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
