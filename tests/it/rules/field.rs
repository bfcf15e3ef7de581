//! Helpers of the bench against other tools, tested here since a bench runs no tests.

#[path = "../../../benches/field/results/figures.rs"]
mod figures;
#[path = "../../../benches/field/results/outcome.rs"]
mod outcome;
#[allow(dead_code, reason = "the bench takes samples")]
#[path = "../../../benches/field/results/samples.rs"]
mod samples;
#[path = "../../../benches/field/results/schedule.rs"]
mod schedule;
#[allow(dead_code, reason = "the bench draws rows of all kinds")]
#[path = "../../../benches/field/results/table.rs"]
mod table;
#[allow(dead_code, reason = "the bench calls the tools")]
#[path = "../../../benches/field/runner/tools.rs"]
mod tools;

use crate::support::arrivals::{self, Arrival};
use figures::Spread;
use outcome::{Outcome, read};
use samples::{Key, Sample, Samples};
use schedule::{LATE_NS, last_late_ns};
use table::{Better, Goal, Row, Unit};
use tools::Tool;

/// The output of each tool, reduced to the lines that are read.
const SAID: [(Tool, &str, [f64; 3]); 10] = [
    (
        Tool::Drumfire,
        r#"{"requests":200,"rate":50.5,"throughput":49.5,"success":0.985}"#,
        [197.0, 3.0, 49.5],
    ),
    (
        Tool::Wrk,
        "  1248 requests in 1.10s, 424.12KB read\nRequests/sec:   1134.69\n",
        [1248.0, 0.0, 1134.69],
    ),
    (
        Tool::Wrk,
        "  1255 requests in 1.00s, 637.49KB read
  Socket errors: connect 1, read 20, write 300, timeout 4000
  Non-2xx or 3xx responses: 55
Requests/sec:   1254.57
",
        [1200.0, 4376.0, 1254.57],
    ),
    (
        Tool::Oha,
        r#"{"summary":{"successRate":0.9,"requestsPerSec":8.5},
            "statusCodeDistribution":{"200":17,"503":2},
            "errorDistribution":{"aborted due to deadline":9,"connection refused":3}}"#,
        [17.0, 5.0, 8.5],
    ),
    (
        Tool::Hey,
        "  Requests/sec:\t940.3
Status code distribution:
  [200]\t900 responses
  [404]\t41 responses

Error distribution:
  [4]\tGet \"http://127.0.0.1:9/\": dial tcp 127.0.0.1:9: connect: connection refused
",
        [900.0, 45.0, 940.3],
    ),
    (
        Tool::Hey,
        "  Requests/sec:\t7.5\nStatus code distribution:\n  [404]\t15 responses\n",
        [0.0, 15.0, 7.5],
    ),
    (
        Tool::Ab,
        "Complete requests:      50\nFailed requests:        0\n\
         Requests per second:    1292.72 [#/sec] (mean)\n",
        [50.0, 0.0, 1292.72],
    ),
    (
        Tool::Ab,
        "Complete requests:      50\nFailed requests:        3\nNon-2xx responses:      4\n\
         Requests per second:    90.00 [#/sec] (mean)\n",
        [46.0, 4.0, 90.0],
    ),
    (
        Tool::H2load,
        "finished in 43.94ms, 1137.86 req/s, 113.67KB/s
requests: 50 total, 50 started, 50 done, 48 succeeded, 2 failed, 0 errored, 0 timeout
",
        [48.0, 2.0, 1137.86],
    ),
    (Tool::K6, r#"{"answered":90,"failed":2,"per_second":22.5}"#, [90.0, 2.0, 22.5]),
];

#[test]
fn the_output_of_each_tool_is_understood() {
    for (tool, said, [answered, failed, per_second]) in SAID {
        let expected = Outcome { answered, failed, per_second };
        assert_eq!(read(tool, said).unwrap(), expected, "{said}");
    }
    let problem = read(Tool::Wrk, "unable to connect").unwrap_err().to_string();
    assert_eq!(problem, "no figures in what wrk said: unable to connect");
    let outcome = Outcome { answered: 3.0, failed: 1.0, per_second: 1.0 };
    assert!((outcome.success() - 0.75).abs() < 1e-9);
}

#[test]
fn a_median_is_the_middle_of_the_turns() {
    for (figures, expected) in [
        (vec![], None),
        (vec![3.0], Some((3.0, 3.0, 3.0))),
        (vec![9.0, 1.0, 2.0], Some((1.0, 2.0, 9.0))),
        (vec![4.0, 1.0, 2.0, 9.0], Some((1.0, 3.0, 9.0))),
    ] {
        let expected = expected.map(|(low, median, high)| Spread { low, median, high });
        assert_eq!(Spread::of(figures), expected);
    }
    let halved = Spread { low: 2.0, median: 3.0, high: 8.0 }.over(2.0);
    assert_eq!(halved, Spread { low: 1.0, median: 1.5, high: 4.0 });
}

/// One arrival per ms. Those during a stall from 100 ms on, `ms` long, all come at its end.
fn stalled(ms: i64) -> Vec<Arrival> {
    let at = |k: i64| if (100..100 + ms).contains(&k) { 100 + ms } else { k };
    let arrival = |k| Arrival { seq: None, timestamp_ns: at(k) * 1_000_000, delay_ns: None };
    (0..300).map(arrival).collect()
}

#[test]
fn the_last_late_arrival_is_when_the_schedule_is_met_again() {
    let last_late = |arrivals: &[Arrival]| last_late_ns(arrivals, 1_000_000, 100_000_000);
    assert_eq!(last_late(&stalled(0)), None);
    assert_eq!(last_late(&stalled(LATE_NS / 1_000_000)), None);
    assert_eq!(last_late(&stalled(50)), Some(150_000_000));
    // If ten of them are lost, no later one is on schedule.
    let mut lost = stalled(50);
    lost.drain(110..120);
    assert_eq!(last_late(&lost), Some(299_000_000));
    assert_eq!(last_late(&[]), None);
}

const KEY: Key = Key { measure: "closed", setting: "", figure: "per_second" };

/// Two turns of drumfire, and one each of wrk and oha.
fn samples() -> Samples {
    let figures =
        [(Tool::Drumfire, 90.0), (Tool::Drumfire, 94.0), (Tool::Wrk, 100.0), (Tool::Oha, 80.0)];
    let sample = |(tool, figure)| Sample {
        measure: KEY.measure,
        setting: KEY.setting.to_owned(),
        tool,
        turn: 1,
        command: String::new(),
        figures: [(KEY.figure, figure)].into(),
        others: None,
    };
    Samples { samples: figures.map(sample).into(), mishaps: Vec::new() }
}

#[track_caller]
fn check(unit: Unit, better: Better, goals: &[Goal], expected: [&str; 5]) {
    let row = Row::new("closed loop", unit, better);
    let cells = row.measured(&samples(), KEY, Tool::Drumfire).goals(goals).cells();
    assert_eq!(cells[0], "closed loop");
    assert_eq!(cells[1..], expected);
}

#[test]
fn a_row_has_goal_median_spread_best_peer_ratio_and_result() {
    let more = |goals: &[Goal], expected| check(Unit::PerSecond, Better::More, goals, expected);
    let less = |goals: &[Goal], expected| check(Unit::Micros, Better::Less, goals, expected);
    more(
        &[Goal::AtLeastOf(Tool::Wrk, 0.9), Goal::AtLeastOf(Tool::Oha, 1.1)],
        ["≥ 0.9 of wrk, ≥ 1.1 of oha", "92/s (90..94)", "wrk 100/s", "0.920", "yes"],
    );
    // A single missed goal is enough.
    more(
        &[Goal::AtLeast(93.0), Goal::AtLeast(1.0)],
        ["≥ 93/s, ≥ 1/s", "92/s (90..94)", "wrk 100/s", "0.920", "**no**"],
    );
    // Unknown without the peer.
    more(
        &[Goal::AtLeastOf(Tool::Vegeta, 2.0), Goal::AtLeast(1.0)],
        ["≥ 2 of vegeta, ≥ 1/s", "92/s (90..94)", "wrk 100/s", "0.920", "?"],
    );
    less(
        &[Goal::AtMostOf(Tool::Oha, 1.0 / 25.0)],
        ["≤ 1/25 of oha", "92.0 µs (90.0..94.0)", "oha 80.0 µs", "1.15", "**no**"],
    );
    less(
        &[Goal::AtMost(92.0)],
        ["≤ 92.0 µs", "92.0 µs (90.0..94.0)", "oha 80.0 µs", "1.15", "yes"],
    );
}

#[test]
fn all_but_one_of_a_million_is_not_all() {
    let spread = Spread::of(vec![1.0 - 1e-6]);
    let row = Row::new("arrived", Unit::Share, Better::More);
    let cells = row.ours(spread).goals(&[Goal::Exactly(1.0)]).cells();
    assert_eq!(cells[1..], ["= 100 %", "99.9999 %", "–", "–", "**no**"]);
}
