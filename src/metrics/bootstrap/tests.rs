//! Confidence intervals of runs whose true values are known.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use crate::metrics::bootstrap::*;
use crate::metrics::samples::{Sample, batch};
use crate::metrics::{Metrics, Statistic};
use crate::schedule::seed::Seed;

/// Returns the metrics of a hit per millisecond.
fn run(hits: u64, latency_ns: impl Fn(u64) -> u64, fails: impl Fn(u64) -> bool) -> Metrics {
    let sample = |n: u64| Sample {
        code: if fails(n) { 500 } else { 200 },
        timestamp_ns: n as i64 * 1_000_000,
        latency_ns: latency_ns(n),
        ..Sample::default()
    };
    let mut metrics = Metrics::default().sliced();
    metrics.add_batch(&batch(&(0..hits).map(sample).collect::<Vec<_>>()));
    metrics
}

/// Returns 1 to 2 ms, pseudorandom and evenly distributed.
fn even(n: u64) -> u64 {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(n);
    random.random_range(1_000_000..2_000_000)
}

fn never(_: u64) -> bool {
    false
}

fn interval(metrics: &Metrics, statistic: Statistic) -> Option<ConfidenceInterval> {
    metrics.resampled(Seed(1)).and_then(|run| run.interval(statistic))
}

/// Fails unless the interval has half the width `reach` within a third, and lies around a value
/// within the random error.
#[track_caller]
fn check(metrics: &Metrics, statistic: Statistic, value: f64, reach: f64) {
    let ConfidenceInterval { low, high } = interval(metrics, statistic).unwrap();
    let off = f64::midpoint(low, high) - value;
    assert!(off.abs() < 1.5 * reach, "{statistic:?} {value} is far from {low} to {high}");
    let found = (high - low) / 2.0;
    assert!((reach * 0.67..reach * 1.33).contains(&found), "{statistic:?}: {found}, not {reach}");
}

#[test]
fn intervals_of_independent_hits_are_those_of_textbooks() {
    let metrics = run(10_000, even, |n| even(n + 10_000) < 1_100_000);
    // Twice the standard error, of a quantile sqrt(q * (1 - q) / n) / density.
    check(&metrics, Statistic::P50, 1.5e6, 2.0 * 5_000.0);
    check(&metrics, Statistic::P90, 1.9e6, 2.0 * 3_000.0);
    check(&metrics, Statistic::Mean, 1.5e6, 2.0 * 1e6 / 12_f64.sqrt() / 100.0);
    check(&metrics, Statistic::Success, 0.9, 2.0 * 0.003);
    check(&metrics, Statistic::Throughput, 900.0, 2.0 * 3.0);
}

#[test]
fn intervals_are_wider_if_hits_depend_on_each_other() {
    // Fifty hits in a row have one latency, so only a fiftieth of them is independent.
    let metrics = run(10_000, |n| even(n / 50), never);
    check(&metrics, Statistic::Mean, 1.5e6, 2.0 * 1e6 / 12_f64.sqrt() / 200_f64.sqrt());
}

#[test]
fn the_same_seed_gives_the_same_intervals_and_another_seed_others() {
    let metrics = run(2_000, even, never);
    let of = |seed| metrics.resampled(Seed(seed)).unwrap().interval(Statistic::Mean);
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn a_run_too_short_for_a_statistic_has_no_interval() {
    let table = [
        (even as fn(u64) -> u64, 0, Statistic::Mean, false),
        (even, 19, Statistic::P50, false),
        (even, 100, Statistic::P50, true),
        (even, 900, Statistic::P99, false),
        (even, 1_000, Statistic::P99, true),
        // Two levels of latency say nothing about a third, however many hits they have.
        (|n| even(n / 10_000), 20_000, Statistic::P50, false),
        (|n| even(n / 10_000), 20_000, Statistic::Mean, false),
    ];
    for (latency_ns, hits, statistic, has_interval) in table {
        let metrics = run(hits, latency_ns, never);
        assert_eq!(
            interval(&metrics, statistic).is_some(),
            has_interval,
            "{statistic:?} of {hits}"
        );
    }
}

#[test]
fn a_run_without_failures_is_not_certain_to_have_none() {
    let ConfidenceInterval { low, high } =
        interval(&run(1_000, even, never), Statistic::Success).unwrap();
    assert_eq!(high, 1.0);
    assert!((0.995..0.999).contains(&low), "{low}");
}

#[test]
fn a_constant_rate_does_not_seem_to_vary() {
    // 7 hits per second are spread unevenly over slices whose length is a power of two.
    let sample = |n: i64| Sample { code: 200, timestamp_ns: n * 142_857_143, ..Sample::default() };
    let mut metrics = Metrics::default().sliced();
    metrics.add_batch(&batch(&(0..5_000).map(sample).collect::<Vec<_>>()));
    let ConfidenceInterval { low, high } = interval(&metrics, Statistic::Throughput).unwrap();
    assert!(low > 6.99 && high < 7.01, "{low} to {high}");
}
