//! The exported lines of given records.

use crate::export::prometheus::hits::MAX_SERIES;
use crate::export::prometheus::*;
use crate::record::{BatchBuilder, Extras, FlowEnd, FlowStep, Kind, Messaging, Record};

/// Returns a hit that succeeded, whose fields a test may replace.
pub fn record() -> Record<'static> {
    Record {
        attack: "",
        seq: 0,
        code: 200,
        timestamp_ns: 0,
        latency: Duration::from_millis(20),
        lag: Some(Duration::from_micros(60)),
        connect: None,
        first_byte: None,
        bytes_out: 3,
        bytes_in: 5,
        retries: 0,
        error: None,
        body: b"",
        name: "",
        method: "GET",
        url: "http://a/b?c=1",
        headers: None,
        flow: None,
        messaging: None,
    }
}

/// Returns the exported lines of records, sorted.
fn exported<'a>(records: impl IntoIterator<Item = Record<'a>>, form: Form) -> Vec<String> {
    let (mut feed, exporter) = exporter();
    let mut builder = BatchBuilder::with(Extras { flows: true, messaging: true });
    records.into_iter().for_each(|record| builder.push(&record));
    feed.add_batch(&builder.finish());
    exporter.set_state(7, Duration::from_millis(2));
    let mut lines: Vec<_> = exporter.text(form).lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Checks that lines which begin with one of `of` are the expected ones.
#[track_caller]
fn check<'a>(records: impl IntoIterator<Item = Record<'a>>, of: &[&str], expected: &str) {
    let mut lines = exported(records, Form::Plain);
    lines.retain(|line| of.iter().any(|start| line.starts_with(start)));
    assert_eq!(lines.join("\n"), expected);
}

fn failed(error: &'static str) -> Record<'static> {
    Record { code: 0, lag: None, bytes_in: 0, bytes_out: 0, error: Some(error), ..record() }
}

#[test]
fn hits_are_counted_by_method_url_and_status() {
    let named = Record { name: "order", method: "POST", url: "http://a/?d", ..record() };
    check(
        [record(), Record { url: "http://a/b?c=2", ..record() }, named, failed("EOF")],
        &["request_bytes", "request_seconds_count", "request_seconds_sum"],
        r#"request_bytes_in{method="GET",url="http://a/b",status="0"} 0
request_bytes_in{method="GET",url="http://a/b",status="200"} 10
request_bytes_in{method="POST",url="order",status="200"} 5
request_bytes_out{method="GET",url="http://a/b",status="0"} 0
request_bytes_out{method="GET",url="http://a/b",status="200"} 6
request_bytes_out{method="POST",url="order",status="200"} 3
request_seconds_count{method="GET",url="http://a/b",status="0"} 1
request_seconds_count{method="GET",url="http://a/b",status="200"} 2
request_seconds_count{method="POST",url="order",status="200"} 1
request_seconds_sum{method="GET",url="http://a/b",status="0"} 0.02
request_seconds_sum{method="GET",url="http://a/b",status="200"} 0.04
request_seconds_sum{method="POST",url="order",status="200"} 0.02"#,
    );
}

/// Returns a call with a status of gRPC, or None if the server sent none.
fn call(grpc_status: Option<u8>) -> Record<'static> {
    let is_good = grpc_status == Some(0);
    let messaging = Messaging {
        grpc_status,
        first_message: is_good.then_some(Duration::from_millis(2)),
        gap_max: is_good.then_some(Duration::from_millis(30)),
        messages_in: if is_good { 3 } else { 0 },
        messages_out: 1,
        ..Messaging::default()
    };
    let url = "grpc://me:pw@a/ai.Model/Tokens";
    let error = (!is_good).then_some("rpc error: code = Unavailable desc = busy");
    Record { method: "GRPC", url, error, messaging: Some(messaging), ..record() }
}

#[test]
fn calls_are_counted_by_the_name_of_their_status() {
    let connect = Messaging { kind: Kind::Connect, ..Messaging::default() };
    let connect = Record { messaging: Some(connect), ..call(None) };
    let broken = call(None);
    check(
        [call(Some(0)), call(Some(0)), call(Some(14)), broken, connect, record()],
        &["request_seconds_count", "drumfire_messages", "drumfire_first_message_seconds_sum"],
        r#"drumfire_first_message_seconds_sum{url="grpc://a/ai.Model/Tokens"} 0.004
drumfire_messages_in{url="grpc://a/ai.Model/Tokens"} 6
drumfire_messages_out{url="grpc://a/ai.Model/Tokens"} 4
request_seconds_count{method="GET",url="http://a/b",status="200"} 1
request_seconds_count{method="GRPC",url="grpc://a/ai.Model/Tokens",status="0",kind="call"} 1
request_seconds_count{method="GRPC",url="grpc://a/ai.Model/Tokens",status="0",kind="connect"} 1
request_seconds_count{method="GRPC",url="grpc://a/ai.Model/Tokens",status="OK",kind="call"} 2
request_seconds_count{method="GRPC",url="grpc://a/ai.Model/Tokens",status="Unavailable",kind="call"} 1"#,
    );
    check(
        [call(Some(14))],
        &["request_fail_count"],
        r#"request_fail_count{method="GRPC",url="grpc://a/ai.Model/Tokens",status="Unavailable",kind="call",message="rpc error: code = Unavailable desc = busy"} 1"#,
    );
    check([record()], &["drumfire_messages", "drumfire_gap"], "");
}

#[test]
fn open_sockets_are_counted_by_the_records_so_far() {
    let socket = |kind, code, error| Record {
        method: "WS",
        code,
        error,
        messaging: Some(Messaging { kind, ..Messaging::default() }),
        ..record()
    };
    let opened = || socket(Kind::Connect, 101, None);
    let refused = socket(Kind::Connect, 503, Some("websocket: bad handshake"));
    let again = socket(Kind::Reconnect, 101, None);
    let stream = Record { method: "GRPC", ..socket(Kind::Connect, 200, None) };
    check(
        [opened(), opened(), refused, socket(Kind::Close, 101, Some("EOF")), again, stream],
        &["drumfire_open_sockets"],
        "drumfire_open_sockets{} 2",
    );
    check([record()], &["drumfire_open_sockets"], "");
}

#[test]
fn failures_are_counted_by_cause() {
    let refused = "Get \"http://a/b?c=1\": dial tcp 127.0.0.1:1: connect: connection refused";
    let again = "Get \"http://a/b?c=2\": dial tcp 127.0.0.1:1: connect: connection refused";
    let odd = Record { code: 500, error: Some("500 say \"no\"\\\n"), ..record() };
    check(
        [record(), failed(refused), failed(again), failed("EOF"), odd],
        &["request_fail_count"],
        r#"request_fail_count{method="GET",url="http://a/b",status="0",message="EOF"} 1
request_fail_count{method="GET",url="http://a/b",status="0",message="dial tcp 127.0.0.1:1: connect: connection refused"} 2
request_fail_count{method="GET",url="http://a/b",status="500",message="500 say \"no\"\\\n"} 1"#,
    );
}

#[test]
fn latency_has_vegeta_s_buckets_and_lag_finer_ones() {
    check(
        [record(), failed("EOF")],
        &[
            "request_seconds_bucket{le=\"0.01\",method=\"GET\",url=\"http://a/b\",status=\"200\"",
            "request_seconds_bucket{le=\"0.025\"",
            "drumfire_",
        ],
        r#"drumfire_in_flight_requests 7
drumfire_lag_seconds_bucket{le="+Inf"} 1
drumfire_lag_seconds_bucket{le="0.00001"} 0
drumfire_lag_seconds_bucket{le="0.00005"} 0
drumfire_lag_seconds_bucket{le="0.0001"} 1
drumfire_lag_seconds_bucket{le="0.0005"} 1
drumfire_lag_seconds_bucket{le="0.001"} 1
drumfire_lag_seconds_bucket{le="0.005"} 1
drumfire_lag_seconds_bucket{le="0.01"} 1
drumfire_lag_seconds_bucket{le="0.05"} 1
drumfire_lag_seconds_bucket{le="0.1"} 1
drumfire_lag_seconds_bucket{le="0.5"} 1
drumfire_lag_seconds_bucket{le="1.0"} 1
drumfire_lag_seconds_bucket{le="5.0"} 1
drumfire_lag_seconds_count 1
drumfire_lag_seconds_sum 0.00006
drumfire_recent_lag_seconds 0.002
request_seconds_bucket{le="0.01",method="GET",url="http://a/b",status="200"} 0
request_seconds_bucket{le="0.025",method="GET",url="http://a/b",status="0"} 1
request_seconds_bucket{le="0.025",method="GET",url="http://a/b",status="200"} 1"#,
    );
}

/// Returns a request of a flow, with its number in it, and whether it ends the flow with success.
/// Each flow takes 5 s, of which it thinks 2 s.
fn step(flow: &'static str, flow_hit: u32, ended: Option<bool>) -> Record<'static> {
    let step = FlowStep {
        flow,
        flow_hit,
        checks: Some(2),
        checks_failed: Some(u16::from(ended == Some(false))),
        ended: ended.map(|is_success| FlowEnd {
            time: Duration::from_secs(5),
            thought: Duration::from_secs(2),
            failed: !is_success,
        }),
        ..FlowStep::default()
    };
    Record { flow: Some(step), ..record() }
}

#[test]
fn flows_and_checks_are_counted_by_flow() {
    let steps = [
        step("buy", 0, None),
        step("buy", 1, Some(true)),
        step("buy", 0, None),
        step("buy", 1, Some(false)),
        step("buy", 0, None),
        step("http://me:pw@h/", 0, Some(true)),
    ];
    check(
        steps.into_iter().chain([record()]),
        &["drumfire_flows", "drumfire_checks"],
        r#"drumfire_checks_failed{flow="buy"} 1
drumfire_checks_failed{flow="http://***@h/"} 0
drumfire_checks{flow="buy"} 10
drumfire_checks{flow="http://***@h/"} 2
drumfire_flows_failed{flow="buy"} 1
drumfire_flows_failed{flow="http://***@h/"} 0
drumfire_flows_finished{flow="buy"} 1
drumfire_flows_finished{flow="http://***@h/"} 1
drumfire_flows_in_flight{flow="buy"} 1
drumfire_flows_in_flight{flow="http://***@h/"} 0
drumfire_flows_started{flow="buy"} 3
drumfire_flows_started{flow="http://***@h/"} 1"#,
    );
    check([record()], &["drumfire_flow", "drumfire_checks"], "");
}

#[test]
fn the_time_of_flows_that_ended_is_without_think_time() {
    check(
        [step("buy", 0, Some(true)), step("buy", 0, Some(false)), step("buy", 0, None), record()],
        &[
            "drumfire_flow_seconds_count",
            "drumfire_flow_seconds_sum",
            "drumfire_flow_seconds_bucket{le=\"2.5\"",
            "drumfire_flow_seconds_bucket{le=\"5.0\"",
            "drumfire_flow_seconds_bucket{le=\"100.0\"",
        ],
        r#"drumfire_flow_seconds_bucket{le="100.0",flow="buy"} 2
drumfire_flow_seconds_bucket{le="2.5",flow="buy"} 0
drumfire_flow_seconds_bucket{le="5.0",flow="buy"} 2
drumfire_flow_seconds_count{flow="buy"} 2
drumfire_flow_seconds_sum{flow="buy"} 6.0"#,
    );
}

#[test]
fn series_are_bounded_and_the_others_are_counted_together() {
    let urls: Vec<String> = (0..MAX_SERIES + 50).map(|k| format!("http://a/{k}")).collect();
    let hits = || urls.iter().map(|url| Record { url, ..record() });
    let lines = exported(hits().chain(hits()), Form::Plain);
    let counts = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!(counts("request_bytes_in{"), MAX_SERIES + 1);
    let other = r#"request_seconds_count{method="other",url="other",status="200"} 100"#;
    assert!(lines.iter().any(|line| line == other));

    let errors: Vec<String> = (0..MAX_SERIES + 50).map(|k| format!("cause {k}")).collect();
    let hits = || errors.iter().map(|error| Record { error: Some(error), ..record() });
    let lines = exported(hits().chain(hits()), Form::Plain);
    let failures: Vec<_> =
        lines.iter().filter(|line| line.starts_with("request_fail_count{")).collect();
    assert_eq!(failures.len(), MAX_SERIES + 1);
    assert!(failures.iter().any(|line| line.ends_with("message=\"other\"} 100")));
}

#[test]
fn both_forms_state_the_type_of_each_metric() {
    for (form, count) in [(Form::Plain, "counter"), (Form::OpenMetrics, "unknown")] {
        let mut lines = exported([record(), failed("EOF")], form);
        lines.retain(|line| line.starts_with('#'));
        let expected = format!(
            "\
# EOF
# HELP drumfire_in_flight_requests Hits released and not yet ended.
# HELP drumfire_lag_seconds How late the generator itself released the hits.
# HELP drumfire_recent_lag_seconds Greatest lag of the hits that ended in the last fifth of a second.
# HELP request_bytes_in Body bytes received and kept.
# HELP request_bytes_out Body bytes sent.
# HELP request_fail_count Hits that failed.
# HELP request_seconds Latency of the hits.
# TYPE drumfire_in_flight_requests gauge
# TYPE drumfire_lag_seconds histogram
# TYPE drumfire_recent_lag_seconds gauge
# TYPE request_bytes_in {count}
# TYPE request_bytes_out {count}
# TYPE request_fail_count {count}
# TYPE request_seconds histogram"
        );
        assert_eq!(lines.join("\n"), expected);
    }
}
