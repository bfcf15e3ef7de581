//! Requests and think times that are expected.

use std::time::Duration;

use super::*;

/// Mean, least and most requests, and mean think time in ms.
type Row = (Option<f64>, u64, Option<u64>, Option<u64>);

#[track_caller]
fn check(text: &str, expected: Row) {
    let estimate = read(text).unwrap().estimate();
    let thinking =
        estimate.thinking.map(|time| u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap());
    let (mean, close) =
        (estimate.requests, |mean: f64| (mean - expected.0.unwrap_or(0.0)).abs() < 1e-9);
    assert_eq!(mean.is_some(), expected.0.is_some(), "{text}");
    assert!(mean.is_none_or(close), "{text}: {mean:?}");
    let found = (expected.0, estimate.least, estimate.most, thinking);
    assert_eq!(found, expected, "{text}");
}

#[test]
fn requests_and_waits_add_up() {
    let get = "GET http://a/\n";
    let with = |options: &str| format!("{get}[Options]\n{options}\n");
    let loop_of = |rounds: &str, body: &str| format!("# @loop {rounds}\n{body}# @end\n");
    let table = [
        (get.to_owned(), (Some(1.0), 1, Some(1), Some(0))),
        (format!("{get}{get}"), (Some(2.0), 2, Some(2), Some(0))),
        (format!("# @think 1s..3s\n{get}# @think 500ms"), (Some(1.0), 1, Some(1), Some(2500))),
        (format!("# @think 1s\n# @chance 30%\n{get}"), (Some(0.3), 0, Some(1), Some(300))),
        (format!("{get}{}", with("skip: true")), (Some(1.0), 1, Some(1), Some(0))),
        (with("repeat: 3\ndelay: 100"), (Some(3.0), 3, Some(3), Some(300))),
        (with("retry: 4"), (Some(1.0), 1, Some(5), Some(0))),
        (with("repeat: {{base}}"), (None, 0, None, None)),
        (loop_of("10", get), (Some(10.0), 10, Some(10), Some(0))),
        (loop_of("5..20", get), (Some(12.5), 5, Some(20), Some(0))),
        (loop_of("0..1", &format!("{get}# @think 1s\n")), (Some(0.5), 0, Some(1), Some(500))),
        (loop_of("geom:8", get), (Some(8.0), 1, None, Some(0))),
        (loop_of("", get), (None, 1, None, None)),
        (loop_of("30s", get), (None, 1, None, None)),
        (loop_of("30s", &format!("{get}# @think 4s\n")), (Some(8.0), 1, None, Some(32_000))),
        (
            loop_of("30s", &format!("# @pace 10s\n{get}# @think 4s\n")),
            (Some(3.0), 1, None, Some(30_000)),
        ),
        (loop_of("2", &loop_of("3", get)), (Some(6.0), 6, Some(6), Some(0))),
        (
            format!("# @pick\n# @weight 3\n{get}# @weight 1\n{get}{get}# @think 4s\n{get}# @end"),
            (Some(1.5), 1, Some(3), Some(1000)),
        ),
    ];
    for (text, expected) in table {
        check(&text, expected);
    }
}

#[test]
fn numbers_beyond_their_types_are_unknown_or_the_largest() {
    let many = "# @loop 4294967295\n".repeat(3);
    let flow = read(&format!(
        "{many}GET http://a/\n[Options]\nrepeat: 4294967295\n# @end\n# @end\n# @end\n"
    ));
    let estimate = flow.unwrap().estimate();
    assert_eq!((estimate.least, estimate.most), (u64::MAX, None));
    let think = "# @think 2000000h\nGET http://a/\n";
    let flow =
        read(&format!("# @loop 4294967295\n# @loop 4294967295\n{think}# @end\n# @end\n")).unwrap();
    assert_eq!(flow.estimate().thinking, Some(Duration::MAX));
}
