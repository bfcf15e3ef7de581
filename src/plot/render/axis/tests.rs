//! Ticks and ends of the axes of charts.

use crate::plot::render::axis::*;

fn labels(axis: &Axis) -> String {
    let labels: Vec<&str> = axis.ticks.iter().map(|tick| tick.label.as_str()).collect();
    labels.join(" | ")
}

#[test]
fn time_axes_use_a_unit_that_fits_their_span() {
    let table = [
        (20e-6, "0 | 2 | 4 | 6 | 8 | 10 | 12 | 14 | 16 | 18 | 20", "microseconds"),
        (0.005, "0 | 0.5 | 1 | 1.5 | 2 | 2.5 | 3 | 3.5 | 4 | 4.5 | 5", "milliseconds"),
        (1.0, "0 | 0.1 | 0.2 | 0.3 | 0.4 | 0.5 | 0.6 | 0.7 | 0.8 | 0.9 | 1", "seconds"),
        (29.9, "0 | 5 | 10 | 15 | 20 | 25 | 30", "seconds"),
        (29.0, "0 | 5 | 10 | 15 | 20 | 25", "seconds"),
        (59.98, "0 | 10 | 20 | 30 | 40 | 50 | 60", "seconds"),
        (120.0, "0 | 15 | 30 | 45 | 60 | 75 | 90 | 105 | 120", "seconds"),
        (3599.0, "0 | 10 | 20 | 30 | 40 | 50 | 60", "minutes"),
        (86_400.0, "0 | 3 | 6 | 9 | 12 | 15 | 18 | 21 | 24", "hours"),
        (
            1.8e9,
            "0 | 50,000 | 100,000 | 150,000 | 200,000 | 250,000 | 300,000 | 350,000 | \
             400,000 | 450,000 | 500,000",
            "hours",
        ),
    ];
    for (span, expected, unit) in table {
        let axis = Axis::of_time(span, false);
        assert_eq!(labels(&axis), expected, "{span}");
        assert_eq!(axis.name, format!("{unit} since the first hit"));
        assert!(axis.to >= span && axis.to <= span * 1.05, "{span}");
        assert!(axis.ticks.iter().all(|tick| tick.at <= axis.to), "{span}");
    }
    assert_eq!(labels(&Axis::of_time(59.98, true)), "0 | 15 | 30 | 45 | 60");
}

#[test]
fn axes_of_durations_have_round_ends_and_marks() {
    let table = [
        (1_050_000, 1_300_000, "1 ms | 1.2 ms | 1.4 ms | 1.6 ms | 1.8 ms | 2 ms"),
        (340_000, 4_100_000, "200 µs | 500 µs | 1 ms | 2 ms | 5 ms"),
        (900_000, 6_100_000_000, "1 ms | 10 ms | 100 ms | 1 s | 10 s"),
        (1_000_000, 1_000_000, "500 µs | 1 ms | 1.5 ms | 2 ms"),
        (0, 0, "1 ns | 2 ns"),
        (30_000_000_000, 45_000_000_000, "20 s | 25 s | 30 s | 35 s | 40 s | 45 s | 50 s"),
        (1, 2_000_000_000_000, "1 ns | 100 ns | 10 µs | 1 ms | 100 ms | 10 s | 1,000 s"),
    ];
    for (least, most, expected) in table {
        let axis = Axis::of_durations(least, most, "latency");
        assert_eq!(labels(&axis), expected, "{least}..{most}");
        let (low, high) = (least.max(1) as f64, most.max(1) as f64);
        assert!(axis.from <= low && high <= axis.to, "{least}..{most}");
        let within = |tick: &Tick| (0.0..=1.0).contains(&axis.place(tick.at));
        assert!(axis.ticks.iter().all(within), "{least}..{most}");
    }
}

#[test]
fn the_longest_duration_has_an_axis() {
    for least in [0, u64::MAX] {
        let axis = Axis::of_durations(least, u64::MAX, "latency");
        assert!(axis.from < axis.to && axis.ticks.len() > 1, "{axis:?}");
    }
}

#[test]
fn axes_of_numbers_begin_at_zero_and_end_above_the_maximum() {
    let table = [
        (0.0, "0 | 0.2 | 0.4 | 0.6 | 0.8 | 1 | 1.2"),
        (0.05, "0 | 0.01 | 0.02 | 0.03 | 0.04 | 0.05 | 0.06"),
        (10.0, "0 | 2 | 4 | 6 | 8 | 10 | 12"),
        (2_999.0, "0 | 500 | 1,000 | 1,500 | 2,000 | 2,500 | 3,000 | 3,500"),
    ];
    for (most, expected) in table {
        let axis = Axis::of_numbers(most, Unit::PerSecond, "hits per second");
        assert_eq!(labels(&axis), expected, "{most}");
    }
}

#[test]
fn axes_of_rates_include_the_lowest_and_the_highest() {
    let table = [
        (0.5, 1_900.0, "0.5 | 1 | 2 | 5 | 10 | 20 | 50 | 100 | 200 | 500 | 1,000 | 2,000"),
        (0.0003, 0.0003, "0.0002 | 0.00025 | 0.0003 | 0.00035 | 0.0004 | 0.00045 | 0.0005"),
        (99.0, 101.0, "50 | 100 | 150 | 200"),
    ];
    for (least, most, expected) in table {
        let axis = Axis::of_logarithmic_rates(least, most, "hits per second");
        assert_eq!(labels(&axis), expected, "{least}..{most}");
    }
}

#[test]
fn each_nine_of_a_quantile_is_as_wide_as_the_one_before() {
    let axis = Axis::of_quantiles(5_000);
    assert_eq!(labels(&axis), "0 | 50 | 75 | 90 | 99 | 99.9 | 99.99");
    let place = |quantile| axis.place(quantile);
    let nine = place(0.9);
    assert!((place(0.99) - 2.0 * nine).abs() < 1e-9 && (place(0.999) - 3.0 * nine).abs() < 1e-9);
    assert!((place(1.0) - 1.0).abs() < 1e-9);
    assert_eq!(labels(&Axis::of_quantiles(0)), "0 | 50 | 75 | 90");
}

#[test]
fn ticks_that_do_not_fit_are_left_out() {
    let axis = Axis::of_durations(2_000, 9_000_000, "latency");
    assert_eq!(axis.thinned(12), axis);
    assert_eq!(labels(&axis.thinned(11)), "10 µs | 100 µs | 1 ms | 10 ms");
    assert_eq!(labels(&axis.thinned(3)), "10 µs | 1 ms");
    let numbers = Axis::of_numbers(10.0, Unit::Hits, "hits");
    assert_eq!(labels(&numbers.thinned(4)), "0 | 4 | 8 | 12");
}

#[test]
fn shares_end_at_the_whole() {
    for (most, last) in [(1.0, "100%"), (0.97, "100%"), (0.034, "4%"), (0.000_4, "0.05%")] {
        let axis = Axis::of_shares(most, "failed");
        assert!(axis.to >= most && axis.to <= 1.0, "{most}: {}", axis.to);
        assert_eq!(axis.ticks.last().unwrap().label, last, "{most}");
    }
}
