//! Thresholds for flows and for checks.

use std::time::Duration;

use drumfire::codec::{self, Format, Metadata};
use drumfire::plan::{Plan, PlannedFlow};
use drumfire::record::{BatchBuilder, FlowEnd, FlowStep, Record};

use crate::support::harness::{Output, drumfire};
use crate::support::results::Shared;

/// Returns request `hit` of flow `seq`: 20 flows of `login`, with a step of 1 ms, and 20 flows of
/// `order`, whose second step takes 100 ms after 2 s of thinking. Every fifth `order` fails its
/// check, and the last one is cut.
fn request(seq: u64, hit: u32) -> Record<'static> {
    let is_order = seq % 2 == 1;
    let failed = is_order && hit == 1 && (seq / 2).is_multiple_of(5);
    let (time, thought) = if is_order { (2_101, 2_000) } else { (1, 0) };
    let ended = FlowEnd {
        time: Duration::from_millis(time),
        thought: Duration::from_millis(thought),
        failed,
    };
    let is_last = hit == 1 || !is_order;
    let step = FlowStep {
        flow: if is_order { "order" } else { "login" },
        flow_seq: seq,
        flow_hit: hit,
        checks: (hit == 1).then_some(2),
        checks_failed: (hit == 1).then_some(u16::from(failed)),
        ended: is_last.then_some(ended),
        ..FlowStep::default()
    };
    Record {
        code: 200,
        timestamp_ns: (seq * 100 + u64::from(hit) * 2_001) as i64 * 1_000_000,
        latency: Duration::from_millis(if hit == 1 { 100 } else { 1 }),
        lag: Some(Duration::ZERO),
        error: failed.then_some("check: status"),
        name: ["open", "order.pay"][hit as usize],
        method: "GET",
        url: "http://h/",
        flow: Some(step),
        ..Record::default()
    }
}

fn stream(has_checks: bool) -> Vec<u8> {
    let mut builder = BatchBuilder::with_flows();
    for seq in 0..40 {
        builder.push(&request(seq, 0));
        if seq % 2 == 1 && seq < 39 {
            let mut second = request(seq, 1);
            second.flow.as_mut().unwrap().checks = has_checks.then_some(2);
            builder.push(&second);
        }
    }
    let flow = |name: &str| PlannedFlow { name: name.to_owned(), weight: 1, endless: false };
    let plan = Plan {
        rate: "10/1s".parse().unwrap(),
        flows: Some(vec![flow("login"), flow("order")]),
        names: Some(["open", "order.pay"].map(str::to_owned).to_vec()),
        ..Plan::default()
    };
    let output = Shared::default();
    let mut encoder =
        codec::encoder(Format::Arrow, output.clone(), Some(&Metadata::Plan(plan))).unwrap();
    encoder.write(&builder.finish()).unwrap();
    encoder.finish().unwrap();
    output.bytes()
}

fn report(limits: &[&str], stream: Vec<u8>) -> Output {
    let limits = limits.iter().map(|limit| format!("-threshold={limit}"));
    drumfire("report").args(limits).stdin(stream).run()
}

/// Checks the rows of the table of thresholds, as result, name and value.
#[track_caller]
fn check(limit: &str, stream: Vec<u8>, expected: &[&str]) {
    let output = report(&[limit], stream);
    let text = output.text();
    let (_, table) = text.rsplit_once("\n\nresult").expect("the report has the table");
    let rows = table.lines().skip(1).map(|row| row.replacen(limit, "", 1));
    let rows: Vec<_> =
        rows.map(|row| row.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(rows, expected, "{limit}\n{}", output.stderr);
    let is_missed = expected.iter().any(|row| row.starts_with("MISSED"));
    assert_eq!(output.status, Some(if is_missed { 99 } else { 0 }));
}

#[test]
fn limits_on_flows_and_checks_are_evaluated() {
    let table: [(&str, &[&str]); 17] = [
        ("flow.p95<200ms", &["pass 101ms"]),
        ("flow.total.p95<2s", &["MISSED 2.101s"]),
        ("flow.total.min<2ms", &["pass 1ms"]),
        ("flow.success>=95%", &["MISSED 87.5%"]),
        ("flow.failed<=10%", &["pass 10%"]),
        ("flow.cut<1%", &["MISSED 2.5%"]),
        ("flow.errors<=5", &["pass 5"]),
        ("flow.started=40", &["pass 40"]),
        ("order:flow.success>=95%", &["MISSED order 75%"]),
        ("login:flow.success=100%", &["pass login 100%"]),
        ("*:flow.p95<=50ms", &["pass login 1ms", "MISSED order 101ms"]),
        ("checks>=89%", &["pass 89.47%"]),
        ("order:checks>=90%", &["MISSED order 89.47%"]),
        ("order.pay:p95<=100ms", &["pass order.pay 100ms"]),
        ("order.pay:http.p95<1ms", &["MISSED order.pay 100ms"]),
        ("order*:max<1s", &["pass order.pay 100ms"]),
        ("login:max<=1ms", &["pass login 1ms"]),
    ];
    for (limit, expected) in table {
        check(limit, stream(true), expected);
    }
}

#[test]
fn a_check_that_was_never_made_does_not_pass() {
    check("checks>=0%", stream(false), &["MISSED nothing was checked"]);
    check("open:checks>=0%", stream(true), &["MISSED open nothing was checked"]);
    let plain = include_bytes!("../../golden/mix.gob").to_vec();
    check("checks>=0%", plain.clone(), &["MISSED nothing was checked"]);
    check("flow.errors=0", plain.clone(), &["MISSED no request is in a flow"]);
    check("x:flow.errors=0", plain, &["MISSED no flow has this name"]);
}

#[test]
fn a_name_of_no_step_or_flow_is_refused() {
    let table = [
        ("ordr:flow.p95<1s", "no flow is named 'ordr' (did you mean order?)"),
        ("open:flow.p95<1s", "no flow is named 'open' (the names are login, order)"),
        ("ordr:p95<1s", "no step or flow is named 'ordr' (did you mean order?)"),
    ];
    for (limit, problem) in table {
        let output = report(&[limit], stream(true));
        let expected = format!(
            "drumfire report: bad threshold '{limit}': {problem}\nsee 'drumfire report -h'\n"
        );
        assert_eq!((output.status, output.stderr.as_str()), (Some(2), expected.as_str()));
    }
}
