//! The verdict: reports, exit codes, and the closing message of `attack`.

use std::io;
use std::time::Duration;

use drumfire::codec::{self, Metadata};
use drumfire::facts::Facts;
use drumfire::plan::Plan;
use drumfire::record::{Batch, BatchBuilder, Columns, Record};
use rustix::process::Signal;
use serde_json::Value;

use crate::support::harness::{Run, drumfire};
use crate::support::results::{Shared, records};
use crate::support::servers::serve;

/// The message for a hundred hits with a lag of 30 ms each.
const LATE: &str = "generator-limited: p90 lag is 30ms, above the 5ms tolerance for this run; \
                    an engine thread was busy 95% of its time; \
                    raise -threads if cores are free, or lower -rate";

/// Returns a hundred hits of 1 ms with this lag.
fn hits(lag_ms: u64) -> Batch {
    let mut builder = BatchBuilder::new();
    for seq in 0..100 {
        builder.push(&Record {
            seq,
            code: 200,
            timestamp_ns: seq as i64 * 1_000_000,
            latency: Duration::from_millis(1),
            lag: Some(Duration::from_millis(lag_ms)),
            ..Record::default()
        });
    }
    builder.finish()
}

/// Returns the stream of an attack with these hits.
fn stream(lag_ms: u64) -> Vec<u8> {
    let plan = Plan { rate: "1000/1s".parse().unwrap(), requests: 100, ..Plan::default() };
    let facts = Facts { engine_cpu: vec![0.95], ..Facts::default() };
    let output = Shared::default();
    let encoder = |note| codec::encoder(codec::Format::Arrow, output.clone(), Some(&note)).unwrap();
    let mut records = encoder(Metadata::Plan(plan));
    records.write(&hits(lag_ms)).unwrap();
    records.finish().unwrap();
    encoder(Metadata::Facts(facts)).finish().unwrap();
    output.bytes()
}

/// Checks the exit code and standard error.
#[track_caller]
fn check(run: Run, status: i32, stderr: &str) -> String {
    let output = run.run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(status), stderr));
    output.text().to_owned()
}

#[test]
fn the_exit_code_of_require_valid_depends_on_the_verdict() {
    let unknown = "drumfire report: no verdict for -require-valid: expected a stream with lag, \
                   as attack writes it unless -rate is 0\n";
    let table = [
        (stream(0), 0, String::new()),
        (stream(30), 98, format!("drumfire report: {LATE}\n")),
        ([stream(0), stream(30)].concat(), 98, format!("drumfire report: {LATE}\n")),
        (include_bytes!("../../golden/mix.gob").to_vec(), 1, unknown.to_owned()),
        (Vec::new(), 1, unknown.to_owned()),
    ];
    for (stream, status, stderr) in table {
        let plain = check(drumfire("report").stdin(stream.clone()), 0, "");
        assert_eq!(check(drumfire("report -require-valid").stdin(stream), status, &stderr), plain);
    }
}

#[test]
fn a_cut_stream_is_reported_before_the_verdict() {
    let stream = stream(30);
    let output = drumfire("report -require-valid").stdin(&stream[..stream.len() - 8]).run();
    assert_eq!(output.status, Some(1));
    assert!(output.stderr.contains("the stream is cut after 100 records"), "{}", output.stderr);
}

#[test]
fn every_report_for_people_and_the_json_show_the_verdict() {
    let run = |line: &str, lag_ms| check(drumfire(line).stdin(stream(lag_ms)), 0, "");
    for line in ["report", "report -type=html", "plot", "plot -type=svg"] {
        assert!(run(line, 30).contains("generator-limited"), "{line}");
        assert!(run(line, 0).contains("valid"), "{line}");
    }
    let json =
        |lag_ms| -> Value { serde_json::from_str(&run("report -type=json", lag_ms)).unwrap() };
    assert_eq!(
        (&json(0)["verdict"], &json(0)["verdict_reasons"]),
        (&"valid".into(), &Value::Array(vec![]))
    );
    assert_eq!(json(30)["verdict"], "generator-limited");
    assert_eq!(json(30)["verdict_reasons"].as_array().map(Vec::len), Some(2));
}

#[test]
fn an_attack_that_cannot_keep_up_says_why_and_records_it() {
    let server = serve(&["-latency=100ms"]);
    let attack = |flags: &str| {
        drumfire(&format!("attack -rate=1000 -requests=20 -max-workers=1 {flags}"))
            .stdin(format!("GET {}/\n", server.url))
    };
    let output = attack("").run();
    assert_eq!(output.status, Some(0));
    let (first, last) =
        ("drumfire attack: generator-limited: ", "; raise -max-workers, or lower -rate\n");
    let line = &output.stderr;
    assert!(line.starts_with(first) && line.ends_with(last) && line.lines().count() == 1, "{line}");
    assert_eq!(records(&output.stdout).len(), 20);
    let report = drumfire("report -require-valid").stdin(output.stdout).run();
    assert_eq!(report.status, Some(98));
    assert_eq!(report.stderr, line.replace("drumfire attack", "drumfire report"));
    check_quiet(attack("-quiet"));
}

#[track_caller]
fn check_quiet(attack: Run) {
    let output = attack.run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
}

#[test]
fn an_attack_without_a_schedule_has_no_verdict() {
    let server = serve(&[]);
    let attack = drumfire("attack -rate=0 -max-workers=1 -requests=20");
    let output = attack.stdin(format!("GET {}/\n", server.url)).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    let report = check(drumfire("report").stdin(output.stdout), 0, "");
    assert!(report.contains("Plan") && !report.contains("Verdict"), "{report}");
}

#[test]
fn a_stopped_attack_says_how_far_it_came() {
    let server = serve(&[]);
    let mut attack =
        drumfire("attack -rate=100 -duration=1h").stdin(format!("GET {}/\n", server.url)).spawn();
    attack.await_stdout(4_000);
    attack.signal(Signal::INT);
    let output = attack.wait();
    assert_eq!(output.status, Some(0));
    let made = records(&output.stdout).len();
    let line = format!("drumfire attack: interrupted: stopped after {made} of 360000 planned hits");
    assert!(output.stderr.starts_with(&line), "{}", output.stderr);
}

#[test]
fn the_facts_follow_the_records_of_an_attack() {
    let server = serve(&[]);
    let attack = drumfire("attack -quiet -rate=100 -requests=20");
    let output = attack.stdin(format!("GET {}/\n", server.url)).run();
    let mut decoder = codec::decoder(io::Cursor::new(output.stdout), Columns::All).unwrap();
    while decoder.next_batch().unwrap().is_some() {}
    let [Metadata::Plan(plan), Metadata::Facts(facts)] = decoder.metadata() else {
        panic!("{:?}", decoder.metadata());
    };
    assert_eq!((plan.requests, facts.interrupted), (20, false));
    assert!(facts.descriptors.is_none_or(|limit| limit > 0), "{facts:?}");
    if cfg!(target_os = "linux") {
        assert!(matches!(facts.engine_cpu[..], [share] if share > 0.0), "{facts:?}");
    }
}
