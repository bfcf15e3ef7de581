//! Each rule at its limit, and whole runs.

use std::time::Duration;

use crate::facts::{Facts, FlowFacts};
use crate::metrics::Metrics;
use crate::metrics::samples::{FlowSample, Sample, flow_batch, fold};
use crate::metrics::tally::exhaustion::Exhaustion;
use crate::metrics::verdict::evidence::{
    Effect, Evidence, LagPercentile, Release, checked_percentile,
};
use crate::metrics::verdict::rules::RULES;
use crate::plan::{Plan, PlannedFlow};
use crate::record::FlowStep;

const US: Duration = Duration::from_micros(1);
const MS: Duration = Duration::from_millis(1);

fn p99(value: Duration) -> LagPercentile {
    LagPercentile { percentile: 99, value }
}

/// Returns a run that breaks no rule: over loopback, with latencies of 100 µs and a lag of 80 µs.
fn run() -> Evidence {
    Evidence {
        requests: 10_000,
        answered: 10_000,
        lag: p99(80 * US),
        latency: 100 * US,
        effects: Vec::new(),
        release: Some(Release { planned: 1_000 * MS, actual: 1_000 * MS }),
        planned: 10_000,
        flows: None,
        exhaustion: Exhaustion::default(),
        facts: Facts {
            engine_cpu: vec![0.3, 0.4],
            stolen: Some(0.01),
            throttled: Some(0.0),
            descriptors: Some(1024),
            ..Facts::default()
        },
    }
}

/// Returns a run whose lag is tolerated, but noticeable.
fn lagging(facts: Facts) -> Evidence {
    Evidence { lag: p99(2 * MS), facts, ..run() }
}

/// Checks what all rules find.
#[track_caller]
fn check(intent: &str, run: &Evidence, expected: &[&str]) {
    let found: Vec<_> = RULES.iter().filter_map(|rule| (rule.broken)(run)).collect();
    assert_eq!(found, expected, "{intent}");
}

#[test]
fn lag_is_compared_with_latency_between_two_limits() {
    let late = |lag, latency| Evidence { lag: p99(lag), latency, ..run() };
    let table = [
        ("microseconds never matter", late(900 * US, 10 * US), None),
        ("nor does a tick of the scheduler", late(5 * MS, 100 * US), None),
        ("more does", late(6 * MS, 100 * US), Some("6ms, above the 5ms")),
        ("unless latency is long", late(6 * MS, 60 * MS), None),
        ("of which it may be half", late(20 * MS, 40 * MS), None),
        ("but not more", late(21 * MS, 40 * MS), Some("21ms, above the 20ms")),
        (
            "few hits prove little",
            Evidence { requests: 19, planned: 19, ..late(99 * MS, US) },
            None,
        ),
        ("but not all", late(101 * MS, 5_000 * MS), Some("101ms, above the 100ms")),
    ];
    for (intent, run, expected) in table {
        let text = expected.map(|text| format!("p99 lag is {text} tolerance for this run"));
        check(intent, &run, text.as_deref().as_slice());
    }
}

#[test]
fn lag_may_add_a_tenth_to_each_reported_percentile() {
    let adds = |percentile, added, latency| Evidence {
        effects: vec![Effect { percentile, latency, response: latency + added }],
        ..run()
    };
    check("a tick of the scheduler", &adds(50, 5 * MS, MS), &[]);
    check("a tenth", &adds(95, 20 * MS, 200 * MS), &[]);
    check("a tenth of a second", &adds(99, 100 * MS, 5_000 * MS), &[]);
    let text = "lag adds 6ms to the p50 of 20ms, above the 5ms tolerance for this run";
    check("more than a tick", &adds(50, 6 * MS, 20 * MS), &[text]);
    let text = "lag adds 21ms to the p95 of 200ms, above the 20ms tolerance for this run";
    check("more than a tenth", &adds(95, 21 * MS, 200 * MS), &[text]);
    let few = Evidence { requests: 19, planned: 19, ..adds(50, 99 * MS, MS) };
    check("few hits prove little", &few, &[]);
    let both = Evidence { lag: p99(6 * MS), ..adds(50, 6 * MS, 20 * MS) };
    check("lag is named once", &both, &["p99 lag is 6ms, above the 5ms tolerance for this run"]);
}

/// Latencies of a dashboard on a shared machine, from 1 to 100 ms. Every `each`-th hit is late.
fn dashboard(each: u64, lag: Duration) -> Metrics {
    let sample = |k: u64| Sample {
        code: 200,
        timestamp_ns: k as i64 * 8_000_000,
        latency_ns: (k * 37 % 100 + 1) * 1_000_000,
        lag_ns: Some(if k.is_multiple_of(each) { lag.as_nanos() as u64 } else { 50_000 }),
        ..Sample::default()
    };
    fold(&(0..2_000).map(sample).collect::<Vec<_>>(), None)
}

#[test]
fn lag_counts_by_what_it_does_to_the_reported_percentiles() {
    // The p99 of the lag is 9 ms, but that of the response time is the latency's.
    assert!(dashboard(50, 9 * MS).verdict().unwrap().is_valid());
    let verdict = dashboard(2, 30 * MS).verdict().unwrap().to_string();
    let found = "generator-limited: lag adds 15.024ms to the p50 of 50.495ms, above the 5.05ms";
    assert!(verdict.starts_with(found), "{verdict}");
    // With short latencies, the same lag is all that is measured.
    assert!(!fold(&hits(2_000, 50, 9 * MS), None).verdict().unwrap().is_valid());
}

#[test]
fn the_checked_percentile_has_ten_hits_beyond_it() {
    let table = [(1_000, 99), (999, 90), (100, 90), (99, 50), (1, 50), (u64::MAX / 100, 99)];
    for (hits, percentile) in table {
        assert_eq!(checked_percentile(hits), percentile, "{hits}");
    }
}

#[test]
fn the_last_release_is_compared_with_the_plan() {
    let took = |planned, ms: u32| Evidence {
        release: Some(Release { planned: planned * MS, actual: ms * MS }),
        ..run()
    };
    let text = "the last request was sent 101ms late, after a plan of 10s";
    check("a tenth of a second is no matter", &took(1_000, 1_100), &[]);
    check("nor is a hundredth of the plan", &took(20_000, 20_200), &[]);
    check("more than both is", &took(10_000, 10_101), &[text]);
    check("an early end is none", &took(10_000, 9_000), &[]);
    check("several attacks have no one plan", &Evidence { release: None, ..run() }, &[]);
}

#[test]
fn requests_that_were_not_sent_are_counted() {
    let planned = |planned| Evidence { planned, ..run() };
    check("all were", &planned(10_000), &[]);
    check("one was not", &planned(10_001), &["1 of 10001 planned requests were not sent"]);
    check("unknown", &planned(0), &[]);
}

#[test]
fn a_busy_machine_is_a_reason_if_lag_is_noticeable() {
    let cpu = |share| Facts { engine_cpu: vec![0.1, share], ..Facts::default() };
    let stolen = |share| Facts { stolen: Some(share), ..Facts::default() };
    let throttled = |share| Facts { throttled: Some(share), ..Facts::default() };
    let table = [
        (cpu(0.89), None),
        (cpu(0.9), Some("an engine thread was busy 90% of its time")),
        (stolen(0.04), None),
        (stolen(0.05), Some("the hypervisor gave 5% of the CPU time to other machines")),
        (throttled(0.009), None),
        (throttled(0.01), Some("a CPU quota throttled the generator 1% of the time")),
        (Facts::default(), None),
    ];
    for (facts, expected) in table {
        let intent = format!("{facts:?}");
        check(&intent, &Evidence { facts: facts.clone(), ..run() }, &[]);
        check(&intent, &lagging(facts), expected.as_slice());
    }
}

#[test]
fn the_verdict_names_what_requests_waited_for() {
    let place = |waited_for_place| Facts { waited_for_place, ..Facts::default() };
    let reader = |waited_for_reader| Facts { waited_for_reader, ..Facts::default() };
    let target = |waited_for_target| Facts { waited_for_target, ..Facts::default() };
    let table = [
        (place(100), None),
        (place(101), Some("requests waited 101 times for a free worker")),
        (reader(100), None),
        (reader(101), Some("requests waited 101 times for the reader of the stream")),
        (target(100), None),
        (target(101), Some("requests waited 101 times for a target to be read")),
    ];
    for (facts, expected) in table {
        let intent = format!("{facts:?}");
        check(&intent, &Evidence { facts: facts.clone(), ..run() }, &[]);
        check(&intent, &lagging(facts), expected.as_slice());
    }
}

#[test]
fn only_the_starts_of_flows_are_planned() {
    let flows = |started, planned| Evidence { flows: Some(started), planned, ..run() };
    check("all started", &flows(2_000, 2_000), &[]);
    check(
        "more requests than planned flows",
        &flows(9, 10),
        &["1 of 10 planned flows did not start"],
    );
    let late = Release { planned: 10_000 * MS, actual: 10_200 * MS };
    let found = ["the last flow started 200ms late, after a plan of 10s"];
    check("late", &Evidence { release: Some(late), ..flows(2_000, 2_000) }, &found);
    let waited = |waited_for_place| {
        let flows = Some(FlowFacts { waited_for_place, ..FlowFacts::default() });
        Evidence { flows: Some(1_000), planned: 0, ..lagging(Facts { flows, ..run().facts }) }
    };
    check("few waited", &waited(10), &[]);
    check("many waited", &waited(11), &["flows waited 11 times for others to end"]);
}

/// Returns flows of two requests, one flow each 100 ms. The second request is sent after 30 s of
/// thinking.
fn thoughtful_flows(n_flows: u64, late: Duration) -> Metrics {
    let step = |n: u64| {
        let (flow_seq, flow_hit) = (n / 2, n as u32 % 2);
        let delay = if flow_seq > 0 { late } else { Duration::ZERO };
        FlowSample {
            timestamp_ns: (flow_seq * 100 + u64::from(flow_hit) * 30_000) as i64 * 1_000_000
                + delay.as_nanos() as i64,
            latency_ns: 1_000_000,
            error: "",
            step: FlowStep { flow_seq, flow_hit, ..FlowStep::default() },
        }
    };
    let mut metrics = Metrics::default();
    metrics.add_batch(&flow_batch(&(0..2 * n_flows).map(step).collect::<Vec<_>>()));
    metrics
}

#[test]
fn thinking_makes_no_flow_late() {
    let verdict = |mut metrics: Metrics, flow_count| {
        let flows = Some(vec![PlannedFlow { name: "login".to_owned(), weight: 1, endless: false }]);
        let flow_count = Some(flow_count);
        metrics.add_plan(&Plan { flows, flow_count, ..plan("10/1s", 0) });
        metrics.add_facts(&Facts::default());
        metrics.verdict().unwrap().to_string()
    };
    assert_eq!(verdict(thoughtful_flows(200, Duration::ZERO), 200), "valid");
    let late = verdict(thoughtful_flows(200, 300 * MS), 201);
    let found = "generator-limited: the last flow started 300ms late, after a plan of 19.9s; \
        1 of 201 planned flows did not start; ";
    assert!(late.starts_with(found), "{late}");
}

#[test]
fn any_exhausted_resource_is_a_reason() {
    let short = |descriptors, ports| Evidence {
        exhaustion: Exhaustion { descriptors, ports, ..Exhaustion::default() },
        ..run()
    };
    let limited = "1 requests failed: no file descriptor was free, limit 1024";
    check("descriptors", &short(1, 0), &[limited]);
    let unlimited = Evidence { facts: Facts::default(), ..short(2, 0) };
    check("no limit known", &unlimited, &["2 requests failed: no file descriptor was free"]);
    check("ports", &short(0, 3), &["3 requests failed: no local port was free"]);
    check("an address that never answers", &Evidence { answered: 0, ..short(0, 3) }, &[]);
}

/// Returns `n` hits, one per ms, with a latency of 100 µs. Each `each`-th has the lag.
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
fn a_run_with_occasional_lag_is_valid() {
    let mut metrics = fold(&hits(2_000, 150, 8 * MS), None);
    metrics.add_plan(&plan("1000/1s", 2_000));
    metrics.add_facts(&Facts::default());
    let verdict = metrics.verdict().unwrap();
    assert_eq!((verdict.name(), verdict.to_string().as_str()), ("valid", "valid"));
}

#[test]
fn a_run_that_was_too_slow_has_a_verdict_on_one_line() {
    let mut metrics = fold(&hits(2_000, 50, 8 * MS), None);
    metrics.add_plan(&plan("1100/1s", 2_500));
    metrics.add_facts(&Facts { waited_for_place: 900, ..Facts::default() });
    let expected = "generator-limited: p99 lag is 8ms, above the 5ms tolerance for this run; \
        the last request was sent 181.727ms late, after a plan of 1.817s; \
        500 of 2500 planned requests were not sent; \
        requests waited 900 times for a free worker; raise -max-workers, or lower -rate";
    assert_eq!(metrics.verdict().unwrap().to_string(), expected);
}

#[test]
fn requests_still_to_come_or_canceled_are_not_missing() {
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
fn there_is_no_verdict_without_a_schedule() {
    let unscheduled: Vec<_> =
        hits(50, 1, MS).into_iter().map(|hit| Sample { lag_ns: None, ..hit }).collect();
    let mut metrics = fold(&unscheduled, None);
    metrics.add_facts(&Facts { engine_cpu: vec![1.0], ..Facts::default() });
    assert_eq!(metrics.verdict(), None);
    assert_eq!(Metrics::default().verdict(), None);
}

#[test]
fn a_request_overdue_at_a_stop_is_late() {
    let stopped = |overdue_ns| Evidence { facts: Facts { overdue_ns, ..run().facts }, ..run() };
    check("not much", &stopped(100_000_000), &[]);
    let delayed = Evidence {
        facts: Facts { waited_for_place: 101, ..stopped(2_900_000_000).facts },
        ..run()
    };
    let found = [
        "the next request was 2.9s overdue when the attack stopped",
        "requests waited 101 times for a free worker",
    ];
    check("delayed until the stop", &delayed, &found);
}
