//! Helpers of the benches, tested here since a bench runs no tests.

#[path = "../../../benches/support/others.rs"]
mod others;
#[path = "../../../benches/support/quantile.rs"]
mod quantile;
#[path = "../../../benches/support/table.rs"]
mod table;

use std::time::Duration;

use crate::support::arrivals::{
    Arrival, Counts, count_per_ms, errors, errors_on_fitted_grid, read,
};
use others::Usage;
use quantile::quantile;
use table::markdown;

fn at(seq: Option<u64>, timestamp_ns: i64) -> Arrival {
    Arrival { seq, timestamp_ns, delay_ns: None }
}

#[test]
fn arrivals_are_sorted_by_time_with_and_without_delays() {
    let old = "seq,timestamp_ns\n1,30\n0,20\n,25\n";
    let new = "seq,timestamp_ns,delay_ns\n1,30,7\n0,20,\n,25,9\n";
    for (text, delays) in [(old, [None; 3]), (new, [None, Some(9), Some(7)])] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("arrivals.csv");
        std::fs::write(&file, text).unwrap();
        let expected = [at(Some(0), 20), at(None, 25), at(Some(1), 30)];
        let expected =
            std::array::from_fn::<_, 3, _>(|n| Arrival { delay_ns: delays[n], ..expected[n] });
        assert_eq!(read(&file).unwrap(), expected);
    }
}

#[test]
fn an_error_counts_from_the_slot_of_the_number() {
    let arrivals = [at(Some(1), 1_900), at(Some(0), 2_100), at(None, 2_200), at(Some(9), 2_300)];
    let slot_of = |seq| (seq < 2).then_some(1_000 * (seq as i64 + 1));
    assert_eq!(errors(&arrivals, slot_of), [-100, 1_100]);
}

#[test]
fn the_fitted_grid_follows_the_most_punctual_arrivals() {
    // 1000/s, each 50 us late, except that one in a hundred is early and one very late.
    let mut arrivals: Vec<_> = (0..200).map(|k| at(None, k * 1_000_000 + 50_000)).collect();
    arrivals[0].timestamp_ns -= 40_000;
    arrivals[100].timestamp_ns -= 20_000;
    arrivals[150].timestamp_ns += 700_000;
    let errors = errors_on_fitted_grid(&arrivals, 1_000);
    assert_eq!((errors[0], errors[1], errors[2]), (-40_000, -20_000, 0));
    assert_eq!((errors[198], errors[199]), (0, 700_000));
    assert!(errors_on_fitted_grid(&[], 1_000).is_empty());
}

#[test]
fn arrivals_are_counted_by_ms_within_the_run() {
    let times = [-1, 0, 999_999, 1_000_000, 2_000_000, 2_500_000, 2_999_999, 4_000_000];
    let arrivals = times.map(|time| at(None, 7_000_000 + time));
    // 2, 1, 3 and 0 arrivals.
    let expected = Counts { mean: 1.5, variance: 1.25, greatest: 3 };
    assert_eq!(count_per_ms(&arrivals, 7_000_000, 4), expected);
}

#[test]
fn a_quantile_is_one_of_the_values() {
    let ten: Vec<i64> = (1..=10).collect();
    for (q, expected) in [(0.0, 1), (0.1, 1), (0.11, 2), (0.5, 5), (0.99, 10), (1.0, 10)] {
        assert_eq!(quantile(&ten, q), expected, "{q}");
    }
    assert_eq!(quantile(&[], 0.5), 0);
}

#[test]
fn columns_of_a_table_are_as_wide_as_their_widest_cell() {
    let rows = [vec!["a".into(), "1".into()], vec!["µµµµ".into(), "1000".into()]];
    let expected = "\
| who  |  n/s |
|------|-----:|
| a    |    1 |
| µµµµ | 1000 |
";
    assert_eq!(markdown(&["who", "n/s"], 1, &rows), expected);
}

#[test]
fn cpu_time_of_others_is_neither_idle_nor_our_own() {
    let start = drumfire::clock::now();
    let read = |after_ms: u64, idle: u64, iowait: u64, own: u64| {
        // Fields of cpu: user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice.
        let stat = format!("cpu  9 9 9 {idle} {iowait} 9 9 9 0 0\ncpu0 1 2\ncpu1 1 2\nintr 7\n");
        let own = format!("7 (a ) b) R 1 7 7 0 -1 4194304 90 0 0 0 {own} 1 2 3 20 0");
        Usage::read(start + Duration::from_millis(after_ms), &stat, &own).unwrap()
    };
    let then = read(0, 1_000, 5, 50);
    // Of 2 * 100 ticks, 110 were idle and 40 were ours.
    let now = read(1_000, 1_100, 15, 90);
    assert_eq!(now.taken_by_others_since(then), 0.5);
    assert_eq!(Usage::now().is_some(), cfg!(target_os = "linux"));
}
