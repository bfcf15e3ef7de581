//! Thresholds on the command line and in files: every report type, exit codes.

use std::fs;
use std::time::Duration;

use drumfire::codec::{self, Format, Metadata};
use drumfire::plan::Plan;
use drumfire::record::{BatchBuilder, Record};
use serde_json::{Value, json};

use crate::support::harness::{Output, drumfire};
use crate::support::results::Shared;

const MIX_GOB: &[u8] = include_bytes!("../../golden/mix.gob");

/// Returns the stream of an attack on two targets. 100 hits of `login` take 1 ms, 2 ms, … 100 ms,
/// and the last one fails; 100 hits of `home` take 1 ms. Each has a lag of `lag_ms`.
fn stream_of(lag_ms: u64, names: Option<&[&str]>) -> Vec<u8> {
    let mut builder = BatchBuilder::new();
    for seq in 0..200 {
        let is_login = seq % 2 == 0;
        let ms = if is_login { seq / 2 + 1 } else { 1 };
        builder.push(&Record {
            seq,
            code: if seq == 198 { 503 } else { 200 },
            timestamp_ns: seq as i64 * 10_000_000,
            latency: Duration::from_millis(ms),
            lag: Some(Duration::from_millis(lag_ms)),
            name: if is_login { "login" } else { "home" },
            method: "GET",
            url: "http://h/",
            ..Record::default()
        });
    }
    let names = names.map(|names| names.iter().map(ToString::to_string).collect());
    let plan = Plan { rate: "100/1s".parse().unwrap(), requests: 200, names, ..Plan::default() };
    let output = Shared::default();
    let mut encoder =
        codec::encoder(Format::Arrow, output.clone(), Some(&Metadata::Plan(plan))).unwrap();
    encoder.write(&builder.finish()).unwrap();
    encoder.finish().unwrap();
    output.bytes()
}

fn stream() -> Vec<u8> {
    stream_of(0, Some(&["home", "login"]))
}

/// Evaluates thresholds on a stream.
fn report(flags: &str, limits: &[&str], stream: impl Into<Vec<u8>>) -> Output {
    let limits = limits.iter().map(|limit| format!("-threshold={limit}"));
    drumfire(&format!("report {flags}")).args(limits).stdin(stream).run()
}

/// Checks the exit code and standard error, and returns the report.
#[track_caller]
fn check(output: Output, status: i32, talk: &str) -> String {
    let talk = if talk.is_empty() { String::new() } else { format!("drumfire report: {talk}\n") };
    assert_eq!((output.status, output.stderr.as_str()), (Some(status), talk.as_str()));
    output.text().to_owned()
}

/// Returns the lines of a report's table of thresholds, without the head.
fn table(report: &str) -> Vec<&str> {
    let (_, table) = report.split_once("\n\nresult  ").unwrap();
    table.lines().skip(1).collect()
}

#[test]
fn each_threshold_is_shown_with_what_was_found() {
    let limits = ["max<=50ms", "login:p50>50ms", "success>=99.5%", "*:errors<1", "lag.max<=0"];
    let text = check(
        report("", &limits, stream()),
        99,
        "2 of 6 thresholds missed: max<=50ms: 100ms; *:errors<1: login 1",
    );
    let expected = [
        "MISSED  max<=50ms              100ms",
        "pass    login:p50>50ms  login  50.5ms",
        "pass    success>=99.5%         99.5%",
        "pass    *:errors<1      home   0",
        "MISSED  *:errors<1      login  1",
        "pass    lag.max<=0             0s",
    ];
    assert_eq!(table(&text), expected);
    assert!(!text.contains("\nname  "), "the groups are not asked for: {text}");
}

#[test]
fn thresholds_that_pass_print_no_message() {
    let limits =
        ["max<=100ms", "login:requests=100", "h*e:success==100%", "rate>=100", "bytes_in=0"];
    let text = check(report("-by=name", &limits, stream()), 0, "");
    assert_eq!(table(&text).len(), 5);
    assert!(text.contains("\nname     requests "), "{text}");
}

#[test]
fn the_json_has_each_threshold_and_whether_all_passed() {
    let limits = ["p100<=100ms", "login:success>=99.9%", "response.min<1ms"];
    let output = report("-type=json", &limits, stream());
    assert_eq!(output.status, Some(99));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!([
        {"expr": "p100<=100ms", "value": 100_000_000, "pass": true},
        {"expr": "login:success>=99.9%", "name": "login", "value": 0.99, "pass": false},
        {"expr": "response.min<1ms", "value": 1_000_000, "pass": false},
    ]);
    assert_eq!((&json["thresholds"], &json["pass"]), (&expected, &json!(false)));
    assert!(json.get("groups").is_none());
    let output = report("-type=json", &limits[..1], stream());
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["pass"], true);
}

#[test]
fn a_page_has_the_thresholds_in_a_table() {
    let page = report("-type=html", &["max<=50ms", "<b>*:p50<1s"], stream_of(0, None));
    let row = "<tr><th scope=\"row\" class=\"bad\">MISSED</th><td>max&lt;=50ms</td>\
               <td>100ms</td></tr>";
    assert!(page.text().contains(row), "{}", page.text());
    assert!(page.text().contains("<td>&lt;b&gt;*:p50&lt;1s</td>"), "{}", page.text());
    assert!(page.text().contains("<b>FAIL</b> 2 of 2 thresholds failed</p>"), "{}", page.text());
}

#[test]
fn thresholds_apply_to_the_rows_of_any_grouping() {
    let limits = ["GET:requests=155", "DELETE:requests=22", "P?ST:success=100%"];
    let text = check(report("-by=method", &limits, MIX_GOB), 0, "");
    assert_eq!(table(&text).len(), 3);
    let limits = ["http://127.0.0.1:8081/ok:success=100%", "http://*/boom:success=0%"];
    check(report("-by=url", &limits, MIX_GOB), 0, "");
}

#[test]
fn a_threshold_without_a_value_is_missed() {
    let table = [
        (MIX_GOB, "login:p95<1s", "no request has this name"),
        (MIX_GOB, "lag.p99<1s", "the stream has no such values"),
        (&[], "errors<1", "no requests"),
        (&[], "p99<1s", "no requests"),
    ];
    for (stream, limit, reason) in table {
        let talk = format!("1 threshold of 1 missed: {limit}: {reason}");
        let text = check(report("", &[limit], stream), 99, &talk);
        assert!(text.ends_with(&format!("{reason}\n")), "{text}");
    }
    let json = report("-type=json", &["lag.p99<1s"], MIX_GOB);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    let problem = "the stream has no such values";
    let expected =
        json!([{"expr": "lag.p99<1s", "value": null, "pass": false, "problem": problem}]);
    assert_eq!(json["thresholds"], expected);
}

#[test]
fn a_name_of_no_target_is_refused_before_the_records_are_read() {
    let table = [
        (&["home", "login"][..], "logn:p95<1s", "'logn' (did you mean login?)"),
        (&["home", "login"], "x*:p95<1s", "'x*' (the names are home, login)"),
        (&[], "login:p95<1s", "'login' (none has a name: add '# @name' lines)"),
    ];
    for (names, limit, problem) in table {
        let output = report("", &[limit], stream_of(0, Some(names)));
        let talk = format!(
            "bad threshold '{limit}': no target is named {problem}\nsee 'drumfire report -h'"
        );
        assert_eq!(check(output, 2, &talk), "");
    }
    let unknown = stream_of(0, None);
    check(report("", &["login:p95<1s", "(unnamed):p95<1s"], stream()), 99, {
        "1 of 2 thresholds missed: (unnamed):p95<1s: no request has this name"
    });
    assert_eq!(report("", &["logn:p95<1s"], unknown).status, Some(99));
}

#[test]
fn a_name_may_be_known_from_any_of_several_inputs() {
    let dir = tempfile::tempdir().unwrap();
    let [one, other] = ["one", "other"].map(|name| dir.path().join(name));
    fs::write(&one, stream_of(0, Some(&["home"]))).unwrap();
    fs::write(&other, stream()).unwrap();
    let held = |limit: &str| {
        drumfire("report").arg(format!("-threshold={limit}")).arg(&one).arg(&other).run()
    };
    assert_eq!(held("login:p95<1s").status, Some(0));
    assert_eq!(held("logn:p95<1s").status, Some(2));
    fs::write(&other, MIX_GOB).unwrap();
    assert_eq!(held("logn:p95<1s").status, Some(99));
}

#[test]
fn a_generator_limited_run_never_passes_without_a_message() {
    let limits = ["max<=100ms"];
    let reason = "generator-limited: p90 lag is 50ms, above the 40.239ms tolerance for this run; \
                  free a core, lower -rate, or use several machines";
    let message = format!("the thresholds were checked on a run that was {reason}");
    let text = check(report("", &limits, stream_of(50, None)), 0, &message);
    assert!(table(&text)[1].starts_with("WARNING  "), "{text}");
    let page = report("-type=html", &limits, stream_of(50, None));
    assert!(page.text().contains(">the run is generator-limited</p>"), "{}", page.text());
    assert!(page.text().contains(">Generator: p90 lag is 50ms, above"), "{}", page.text());
    check(report("-require-valid", &limits, stream_of(50, None)), 98, reason);
    let missed = "1 threshold of 1 missed: max<1ms: 100ms";
    let talk = format!("{missed}\ndrumfire report: {reason}");
    check(report("-require-valid", &["max<1ms"], stream_of(50, None)), 98, &talk);
}

#[test]
fn thresholds_may_be_in_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("limits.txt");
    let held = |text: &str| {
        fs::write(&path, text).unwrap();
        let file = format!("-thresholds={}", path.display());
        drumfire("report -threshold=errors<5").arg(file).stdin(stream()).run()
    };
    let text = check(held("# release\np99<=100ms\nlogin:p95<=200ms  # for now\n"), 0, "");
    assert_eq!(table(&text).len(), 3);
    let both = drumfire("report -thresholds=limits.txt -thresholds=more.txt").dir(dir.path());
    fs::write(dir.path().join("more.txt"), "errors<5\n").unwrap();
    assert_eq!(table(&check(both.stdin(stream()).run(), 0, "")).len(), 3);
    let talk = format!(
        "{}: line 2: bad value '500': expected a duration with its unit, as in 500ms or 1.5s\n\
         see 'drumfire report -h'",
        path.display()
    );
    check(held("\np99<500\n"), 2, &talk);
    assert_eq!(held("# nothing\n").status, Some(2));
    let talk = "open /nonesuch: no such file or directory";
    check(drumfire("report -thresholds=/nonesuch").run(), 1, talk);
}

#[test]
fn a_malformed_threshold_is_refused_before_anything_is_read() {
    let table = [
        ("p99<500", "bad value '500': expected a duration with its unit, as in 500ms or 1.5s"),
        ("success>=99", "bad value '99': expected a share of at most 100%, as in 99.9% or 0.999"),
        (
            "p99 500ms",
            "expected [NAME:]METRIC OP VALUE, OP one of < <= > >= = !=, as in p99<500ms, \
                       success>=99%, login:p95<=200ms or flow.p95<3s",
        ),
    ];
    for (limit, expected) in table {
        let talk = format!(
            "invalid value \"{limit}\" for flag -threshold: {expected}\nsee 'drumfire report -h'"
        );
        check(report("", &[limit], stream()), 2, &talk);
    }
}
