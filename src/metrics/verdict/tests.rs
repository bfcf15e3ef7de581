//! Each rule at its limit, and whole runs.

use super::*;
use crate::metrics::samples::{Sample, fold};
use crate::plan::Plan;

const US: Duration = Duration::from_micros(1);
const MS: Duration = Duration::from_millis(1);

/// Returns a run that breaks no rule: on loopback, a latency of 100 µs, and late by 80 µs.
fn run() -> Run {
    Run {
        requests: 10_000,
        answered: 10_000,
        late: (99, 80 * US),
        latency: 100 * US,
        length: Some((1_000 * MS, 1_000 * MS)),
        planned: 10_000,
        shortages: Shortages::default(),
        facts: Facts {
            engine_cpu: vec![0.3, 0.4],
            stolen: Some(0.01),
            throttled: Some(0.0),
            descriptors: Some(1024),
            ..Facts::default()
        },
    }
}

/// Returns a run whose lag makes no reason, but is felt.
fn felt(facts: Facts) -> Run {
    Run { late: (99, 2 * MS), facts, ..run() }
}

/// Checks what all rules find.
#[track_caller]
fn check(intent: &str, run: &Run, expected: &[&str]) {
    let found: Vec<_> = RULES.iter().filter_map(|rule| (rule.broken)(run)).collect();
    assert_eq!(found, expected, "{intent}");
}

#[test]
fn lag_is_held_against_latency_between_two_limits() {
    let late = |lag, latency| Run { late: (99, lag), latency, ..run() };
    let table = [
        ("microseconds never matter", late(900 * US, 10 * US), None),
        ("nor does a tick of the scheduler", late(5 * MS, 100 * US), None),
        ("more does", late(6 * MS, 100 * US), Some("6ms, more than the 5ms")),
        ("unless latency is long", late(6 * MS, 60 * MS), None),
        ("of which it may be a tenth", late(21 * MS, 200 * MS), Some("21ms, more than the 20ms")),
        ("few hits tell little", Run { requests: 19, planned: 19, ..late(99 * MS, US) }, None),
        ("but not all", late(101 * MS, 5_000 * MS), Some("101ms, more than the 100ms")),
    ];
    for (intent, run, expected) in table {
        let text = expected.map(|text| format!("p99 of lag is {text} that do no harm here"));
        check(intent, &run, text.as_deref().as_slice());
    }
}

#[test]
fn the_judged_percentile_has_ten_hits_beyond_it() {
    let table = [(1_000, 99), (999, 90), (100, 90), (99, 50), (1, 50), (u64::MAX / 100, 99)];
    for (hits, percentile) in table {
        assert_eq!(judged_percentile(hits), percentile, "{hits}");
    }
}

#[test]
fn the_end_of_the_release_is_held_against_the_plan() {
    let took = |planned, ms: u32| Run { length: Some((planned * MS, ms * MS)), ..run() };
    let text = "the last hit was 101ms behind a plan of 10s";
    check("a tenth of a second is no matter", &took(1_000, 1_100), &[]);
    check("nor is a hundredth of the plan", &took(20_000, 20_200), &[]);
    check("more than both is", &took(10_000, 10_101), &[text]);
    check("an early end is none", &took(10_000, 9_000), &[]);
    check("several attacks have no one plan", &Run { length: None, ..run() }, &[]);
}

#[test]
fn hits_that_were_not_made_are_counted() {
    let planned = |planned| Run { planned, ..run() };
    check("all were", &planned(10_000), &[]);
    check("one was not", &planned(10_001), &["1 of 10001 planned hits were not made"]);
    check("nobody knows", &planned(0), &[]);
}

#[test]
fn a_busy_machine_is_a_reason_where_it_was_felt() {
    let cpu = |share| Facts { engine_cpu: vec![0.1, share], ..Facts::default() };
    let stolen = |share| Facts { stolen: Some(share), ..Facts::default() };
    let throttled = |share| Facts { throttled: Some(share), ..Facts::default() };
    let table = [
        (cpu(0.89), None),
        (cpu(0.9), Some("an engine thread was busy 90% of its time")),
        (stolen(0.04), None),
        (stolen(0.05), Some("the host gave 5% of the CPU time to others")),
        (throttled(0.009), None),
        (throttled(0.01), Some("a CPU quota held the generator up 1% of the time")),
        (Facts::default(), None),
    ];
    for (facts, expected) in table {
        let intent = format!("{facts:?}");
        check(&intent, &Run { facts: facts.clone(), ..run() }, &[]);
        check(&intent, &felt(facts), expected.as_slice());
    }
}

#[test]
fn hits_that_had_to_wait_name_what_they_waited_for() {
    let place = |waited_for_place| Facts { waited_for_place, ..Facts::default() };
    let reader = |waited_for_reader| Facts { waited_for_reader, ..Facts::default() };
    let target = |waited_for_target| Facts { waited_for_target, ..Facts::default() };
    let table = [
        (place(100), None),
        (place(101), Some("hits waited 101 times for a place in flight")),
        (reader(100), None),
        (reader(101), Some("hits waited 101 times for the stream's reader")),
        (target(100), None),
        (target(101), Some("hits waited 101 times for a target to be read")),
    ];
    for (facts, expected) in table {
        let intent = format!("{facts:?}");
        check(&intent, &Run { facts: facts.clone(), ..run() }, &[]);
        check(&intent, &felt(facts), expected.as_slice());
    }
}

#[test]
fn a_shortage_is_a_reason_however_few_it_hit() {
    let short = |descriptors, ports| Run { shortages: Shortages { descriptors, ports }, ..run() };
    let limited = "1 hits failed for want of file descriptors of 1024";
    check("descriptors", &short(1, 0), &[limited]);
    let unlimited = Run { facts: Facts::default(), ..short(2, 0) };
    check("no limit known", &unlimited, &["2 hits failed for want of file descriptors"]);
    check("ports", &short(0, 3), &["3 hits failed for want of local ports"]);
    check("an address that never answers", &Run { answered: 0, ..short(0, 3) }, &[]);
}

/// Returns `n` hits, a ms apart, with a latency of 100 µs; each k-th is late by so much.
fn hits(n: u64, each: u64, lag: Duration) -> Vec<Sample> {
    let sample = |k: u64| Sample {
        code: 200,
        timestamp_ns: k as i64 * 1_000_000,
        latency_ns: 100_000,
        lag_ns: Some(if k.is_multiple_of(each) { lag.as_nanos() as u64 } else { 50_000 }),
        ..Sample::default()
    };
    (0..n).map(sample).collect()
}

fn plan(rate: &str, requests: u64) -> Plan {
    Plan { rate: rate.parse().unwrap(), requests, ..Plan::default() }
}

#[test]
fn a_run_that_is_late_now_and_then_is_valid() {
    let mut metrics = fold(&hits(2_000, 150, 8 * MS), None);
    metrics.add_plan(&plan("1000/1s", 2_000));
    metrics.add_facts(&Facts::default());
    let verdict = metrics.verdict().unwrap();
    assert_eq!((verdict.name(), verdict.to_string().as_str()), ("valid", "valid"));
}

#[test]
fn a_run_that_fell_behind_says_so_on_one_line() {
    let mut metrics = fold(&hits(2_000, 50, 8 * MS), None);
    metrics.add_plan(&plan("1100/1s", 2_500));
    metrics.add_facts(&Facts { waited_for_place: 900, ..Facts::default() });
    let expected = "generator-limited: p99 of lag is 8ms, more than the 5ms that do no harm here; \
        the last hit was 181.727ms behind a plan of 1.817s; 500 of 2500 planned hits were not made; \
        hits waited 900 times for a place in flight; raise -max-workers, or lower -rate";
    assert_eq!(metrics.verdict().unwrap().to_string(), expected);
}

#[test]
fn hits_yet_to_come_and_hits_called_off_are_not_missed() {
    let unfinished = || {
        let mut metrics = fold(&hits(500, 500, MS), None);
        metrics.add_plan(&plan("1000/1s", 2_000));
        metrics
    };
    assert!(unfinished().verdict().unwrap().is_valid());
    let mut interrupted = unfinished();
    interrupted.add_facts(&Facts { interrupted: true, ..Facts::default() });
    assert!(interrupted.verdict().unwrap().is_valid());
    let mut over = unfinished();
    over.add_facts(&Facts::default());
    assert!(!over.verdict().unwrap().is_valid());
}

#[test]
fn there_is_no_verdict_where_nothing_was_scheduled() {
    let unscheduled: Vec<_> =
        hits(50, 1, MS).into_iter().map(|hit| Sample { lag_ns: None, ..hit }).collect();
    let mut metrics = fold(&unscheduled, None);
    metrics.add_facts(&Facts { engine_cpu: vec![1.0], ..Facts::default() });
    assert_eq!(metrics.verdict(), None);
    assert_eq!(Metrics::default().verdict(), None);
}

#[test]
fn a_hit_that_a_stop_finds_overdue_is_late() {
    let stopped = |overdue_ns| Run { facts: Facts { overdue_ns, ..run().facts }, ..run() };
    check("not much", &stopped(100_000_000), &[]);
    let held_up =
        Run { facts: Facts { waited_for_place: 101, ..stopped(2_900_000_000).facts }, ..run() };
    let found = [
        "the next hit was 2.9s overdue when the attack was stopped",
        "hits waited 101 times for a place in flight",
    ];
    check("held up until the stop", &held_up, &found);
}
