//! `report`: every input format, live refreshes, signals, and errors of bad input.

use std::fs;

use rustix::process::Signal;

use crate::support::harness::{Output, drumfire};
use crate::support::servers::serve;

const MIX_CSV: &str = include_str!("../../golden/mix.csv");
const MIX_JSON: &str = include_str!("../../golden/mix.jsonl");
const MIX_GOB: &[u8] = include_bytes!("../../golden/mix.gob");
const TIMEOUT_CSV: &str = include_str!("../../golden/timeout.csv");
const MIX_HIST: &str = include_str!("../../golden/mix.hist.out");

/// The kinds of reports.
const TYPES: [&str; 9] =
    ["text", "json", "hist[0,1ms]", "hdrplot", "html", "junit", "markdown", "csv", "failures-csv"];

/// Checks the exit code and standard error.
fn check(output: &Output, status: i32, stderr: &str) {
    assert_eq!((output.status, output.stderr.as_str()), (Some(status), stderr));
}

fn report(line: &str, stream: impl Into<Vec<u8>>) -> String {
    let output = drumfire(line).stdin(stream).run();
    check(&output, 0, "");
    output.text().to_owned()
}

/// Returns the number of requests in a text report.
fn requests(report: &str) -> &str {
    let row = report.lines().rfind(|line| line.starts_with("Requests")).unwrap();
    row.split_whitespace().nth(4).unwrap().trim_end_matches(',')
}

#[test]
fn a_report_is_the_same_from_every_format() {
    let arrow = drumfire("encode -to=arrow").stdin(MIX_CSV).run().stdout;
    for kind in TYPES {
        let line = format!("report -type={kind}");
        let expected = report(&line, MIX_CSV);
        assert_eq!(report(&line, MIX_JSON), expected, "{kind}");
        assert_eq!(report(&line, MIX_GOB), expected, "{kind}");
        assert_eq!(report(&line, arrow.clone()), expected, "{kind}");
    }
}

/// Returns the rows of a report's table of groups: the name and the number of requests of each.
fn groups(report: &str, key: &str) -> Vec<String> {
    let (_, table) = report.split_once(&format!("\n\n{key} ")).unwrap();
    let cells = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    table.lines().skip(1).map(cells).collect()
}

#[test]
fn requests_are_grouped_by_what_their_stream_records() {
    for stream in [MIX_CSV.as_bytes(), MIX_JSON.as_bytes(), MIX_GOB] {
        let by = |key: &str| groups(&report(&format!("report -by={key}"), stream), key);
        assert_eq!(by("method"), ["DELETE 22", "GET 155", "POST 23", "(total) 200"]);
        let codes = ["0 22", "200 67", "201 23", "204 22", "404 22", "500 22", "503 22"];
        assert_eq!(by("code"), [&codes[..], &["(total) 200"]].concat());
        assert_eq!(by("url").len(), 10);
    }
    let page = report("report -type=html -by=method", MIX_CSV);
    let cells = "<th scope=\"row\">POST</th><td><data value=\"23\">23</data></td>";
    assert!(page.contains(cells), "{page}");
}

#[test]
fn requests_without_a_name_are_one_group_and_cause_a_hint() {
    let output = drumfire("report -by=name").stdin(MIX_CSV).run();
    let message = "drumfire report: requests without a name are counted together as (unnamed): name \
                the targets by '# @name', or use -by url\n";
    check(&output, 0, message);
    assert_eq!(groups(output.text(), "name"), ["(unnamed) 200", "(total) 200"]);
}

#[test]
fn groups_are_refused_for_reports_without_a_place_for_them() {
    for kind in ["hist[0]", "hdrplot"] {
        let output = drumfire(&format!("report -by=url -type={kind}")).run();
        let message = format!(
            "drumfire report: -type={kind} shows no groups: expected another type with -by\nsee 'drumfire report -h'\n"
        );
        check(&output, 2, &message);
    }
    let message = "drumfire report: invalid value \"host\" for flag -by: expected one of name, \
                method, url, code, status, kind, flow\nsee 'drumfire report -h'\n";
    check(&drumfire("report -by=host").run(), 2, message);
}

#[test]
fn buckets_are_set_in_the_type_or_by_their_own_flag() {
    let buckets = "[0,100µs,200µs,1ms,10ms]";
    assert_eq!(report(&format!("report -type=hist{buckets}"), MIX_CSV), MIX_HIST);
    assert_eq!(report(&format!("report -type=hist -buckets={buckets}"), MIX_GOB), MIX_HIST);
    assert_eq!(report(&format!("report -type=hist[0] -buckets={buckets}"), MIX_CSV), MIX_HIST);
}

#[test]
fn a_page_has_the_charts_and_the_text() {
    let page = report("report -type=html", MIX_CSV);
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    assert_eq!(page.matches("<svg").count(), 6);
    assert!(page.contains("Requests      [total, rate, throughput]         200, "), "{page}");
}

#[test]
fn intervals_are_shown_on_request_if_the_run_is_long_enough() {
    let text = report("report -ci", MIX_CSV);
    let rows = text.lines().skip_while(|line| !line.starts_with("Intervals")).take(7);
    let metrics = ["p50", "p90", "p95", "p99", "mean", "success", "throughput"];
    for (row, metric) in rows.zip(metrics) {
        assert_eq!(row[14..48].trim_end(), format!("[95%: {metric}]"), "{row}");
        let has_interval = row[48..].contains(" to ");
        assert_eq!(has_interval, metric != "p99", "{row}");
    }
    let json = report("report -type=json -ci", MIX_CSV);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["intervals"]["p99"], serde_json::Value::Null, "of 200 hits");
    let median = json["latencies"]["50th"].as_f64().unwrap();
    let ends = [0, 1].map(|end| json["intervals"]["p50"][end].as_f64().unwrap());
    assert!(ends[0] < median && median < ends[1], "{median} {ends:?}");
    let output = drumfire("report -type=hist[0] -ci").stdin(MIX_CSV).run();
    let message = "drumfire report: -type=hist[0] shows no intervals: expected another type with \
                -ci\nsee 'drumfire report -h'\n";
    check(&output, 2, message);
}

#[test]
fn an_empty_stream_reports_no_requests() {
    for kind in TYPES {
        let document = report(&format!("report -type={kind}"), "");
        // The script after the numbers of a page contains the word for a number that is none.
        let figures = document.split("<script>").next().unwrap();
        assert!(!figures.contains("NaN") && !figures.contains("inf"), "{figures}");
    }
    assert_eq!(requests(&report("report", "")), "0");
}

#[test]
fn complete_records_are_reported_and_lost_ones_are_mentioned() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, cut] = ["whole.csv", "cut.csv"].map(|name| dir.path().join(name));
    fs::write(&whole, TIMEOUT_CSV).unwrap();
    fs::write(&cut, &MIX_CSV[..MIX_CSV.len() - 3]).unwrap();
    let output = drumfire("report").arg(&cut).arg(&whole).run();
    let message = format!(
        "drumfire report: {}: the stream is cut after 199 records: its last record is incomplete\n",
        cut.display()
    );
    check(&output, 1, &message);
    assert_eq!(requests(output.text()), "209");
}

#[test]
fn an_input_without_records_is_an_error_without_a_report() {
    let table = [
        ("report /nonesuch", 1, "open /nonesuch: no such file or directory\n"),
        (
            "report /none1 Cargo.toml /none2",
            1,
            "open /none1: no such file or directory\n\
             drumfire report: open /none2: no such file or directory\n",
        ),
        ("report /", 1, "/: is a directory\n"),
        (
            "report -type=bar",
            2,
            "bad report type 'bar': expected one of text, json, hist[0,1ms,10ms], hdrplot, html, junit, markdown, csv, failures-csv\n\
             see 'drumfire report -h'\n",
        ),
        (
            "report -every=5",
            2,
            "invalid value \"5\" for flag -every: expected a number with a unit, ns, us, ms, s, m \
             or h, as in 300ms or 1m30s\nsee 'drumfire report -h'\n",
        ),
        ("report -output /dev/full", 1, "write /dev/full: no space left on device\n"),
    ];
    for (line, status, message) in table {
        let output = drumfire(line).stdin(MIX_CSV).run();
        check(&output, status, &format!("drumfire report: {message}"));
        assert_eq!(output.text(), "", "{line}");
    }
}

#[test]
fn an_input_without_records_leaves_the_output_file_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.txt");
    fs::write(&path, "kept").unwrap();
    for (line, status) in [("report -type=bar", 2), ("report", 1), ("plot", 1), ("encode", 1)] {
        let output = drumfire(line).arg("-output").arg(&path).stdin("hello\n").run();
        assert_eq!(output.status, Some(status), "{line}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "kept", "{line}");
    }
}

#[test]
fn an_earlier_longer_document_is_replaced_entirely() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("document");
    for line in ["report", "report -type=json", "plot -type=svg", "encode", "encode -to=arrow"] {
        let expected = drumfire(line).stdin(TIMEOUT_CSV).run().stdout;
        fs::write(&path, "x".repeat(1_000_000)).unwrap();
        let output = drumfire(line).arg("-output").arg(&path).stdin(TIMEOUT_CSV).run();
        check(&output, 0, "");
        assert!(fs::read(&path).unwrap() == expected, "{line}");
    }
    assert_eq!(drumfire("encode -output").arg(&path).run().status, Some(0));
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
}

#[test]
fn json_streams_joined_without_a_newline_lose_nothing() {
    let [first, second] = [0, 1].map(|nth| MIX_JSON.lines().nth(nth).unwrap());
    let joined = format!("{first}{second}\n{first} {second}{first}");
    assert_eq!(requests(&report("report", joined.clone())), "5");
    let lines = [first, second, first, second, first].join("\n");
    let [joined, apart] = [joined, lines].map(|stream| drumfire("encode").stdin(stream).run());
    assert_eq!(joined.text(), apart.text());
}

#[test]
fn csv_streams_joined_without_a_newline_are_an_error() {
    let first = MIX_CSV.lines().next().unwrap();
    let output = drumfire("report").stdin(format!("{first}{MIX_CSV}")).run();
    let message = "drumfire report: stdin: bad record 1: expected 12 fields, found 23: two records \
                are on one line, as when a stream without a newline at its end is followed by \
                another stream\n";
    check(&output, 1, message);
}

#[test]
fn a_csv_response_without_its_headers_at_the_end_is_cut() {
    let row = |code| format!("1,{code},5,0,0,,,,0,GET,u,");
    let cut = "drumfire report: stdin: the stream is cut after 1 records: its last record is \
               incomplete\n";
    let table = [(200, "", 1, cut), (200, "\n", 0, ""), (0, "", 0, "")];
    for (code, end, status, message) in table {
        let output = drumfire("report").stdin(format!("{}\n{}{end}", row(0), row(code))).run();
        check(&output, status, message);
    }
}

#[test]
fn invalid_unicode_in_json_is_read_as_go_reads_it() {
    let line = |error: &[u8]| {
        let start = br#"{"seq":1,"seq":2,"timestamp":"2026-11-20T13:10:06Z","error":""#;
        [start, error, b"\"}\n"].concat()
    };
    for error in [&b"a\xffb"[..], br"a\udc00b", "a\u{fffd}b".as_bytes()] {
        let encoded = drumfire("encode").stdin(line(error)).run();
        check(&encoded, 0, "");
        assert!(encoded.text().contains(r#""error":"a\ufffdb""#), "{}", encoded.text());
        assert!(encoded.text().contains(r#""seq":2"#), "{}", encoded.text());
        assert!(report("report", line(error)).contains("Error Set:\na\u{fffd}b\n"));
    }
}

#[test]
fn control_characters_in_a_bad_stream_do_not_reach_the_terminal() {
    let output = drumfire("report").stdin("1,\u{1b}[31mX,5,0,0,,,,0,GET,u,\n").run();
    let message = "drumfire report: stdin: bad record 1: bad code '\\u{1b}[31mX': expected a whole \
                number that fits u16\n";
    check(&output, 1, message);
    let output = drumfire("report").arg("-type=\u{1b}[31m").run();
    assert!(output.stderr.contains("'\\u{1b}[31m'"), "{}", output.stderr);
}

#[test]
fn a_refresh_is_on_time_even_if_no_input_arrives() {
    let mut live = drumfire("report -every=20ms").spawn();
    assert_eq!(requests(&live.line("Requests")), "0");
    live.feed(format!("{}\n", MIX_CSV.lines().next().unwrap()));
    while requests(&live.line("Requests")) != "1" {}
    assert_eq!(requests(&live.line("Requests")), "1");
    live.end_input();
    let output = live.wait();
    check(&output, 0, "");
    assert_eq!(requests(output.text()), "1");
}

#[test]
fn a_file_ends_with_one_complete_report() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.txt");
    let mut live = drumfire("report -every=10ms -output").arg(&path).spawn();
    live.feed(MIX_CSV);
    while !fs::read_to_string(&path).is_ok_and(|text| text.contains("200, ")) {}
    live.end_input();
    let output = live.wait();
    check(&output, 0, "");
    assert_eq!(output.text(), "");
    assert_eq!(fs::read_to_string(&path).unwrap(), report("report", MIX_CSV));
}

#[test]
fn an_interrupt_waits_for_the_last_results_of_the_attack() {
    let mut live = drumfire("report -every=20ms").spawn();
    live.feed(TIMEOUT_CSV);
    while requests(&live.line("Requests")) != "10" {}
    live.signal(Signal::INT);
    live.feed(TIMEOUT_CSV);
    live.end_input();
    let output = live.wait();
    check(&output, 0, "");
    assert!(output.text().ends_with(&report("report", TIMEOUT_CSV.repeat(2))));
}

#[test]
fn a_signal_ends_with_a_report_of_what_was_read() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut live = drumfire("report -every=20ms").spawn();
        live.feed(TIMEOUT_CSV);
        while requests(&live.line("Requests")) != "10" {}
        live.signal(signal);
        let output = live.wait();
        let message = "interrupted after 10 records, before the end of the input";
        check(&output, 0, &format!("drumfire report: {message}\n"));
        assert!(output.text().ends_with(&report("report", TIMEOUT_CSV)), "{}", output.text());
    }
}

#[test]
fn an_interrupt_does_not_wait_for_the_rest_of_files() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("long.csv");
    fs::write(&path, MIX_CSV.repeat(2000)).unwrap();
    let mut live = drumfire("report -every=1ms").arg(&path).spawn();
    live.line("Requests");
    live.signal(Signal::INT);
    let output = live.wait();
    assert_eq!(output.status, Some(0));
    let remark = output.stderr.strip_prefix("drumfire report: interrupted after ").unwrap();
    let (records, _) = remark.split_once(' ').unwrap();
    assert_eq!(requests(output.text()), records);
    assert!(records.parse::<u64>().unwrap() < 400_000, "{records}");
}

#[test]
fn a_report_shows_the_command_of_its_attack_without_secrets() {
    let server = serve(&[]);
    let host = server.url.strip_prefix("http://").unwrap();
    let base_url = format!("-base-url=http://me:s3cret@{host}");
    let flags = ["-rate", "1000", "-requests=2", "-header=Authorization: s3cret", &base_url];
    let run = drumfire("attack").args(flags).stdin("GET /\n").run();
    let report = |stream| drumfire("report -type=json").stdin(stream).run();
    let first: serde_json::Value =
        serde_json::from_slice(&report(run.stdout.clone()).stdout).unwrap();
    let expected = format!(
        "drumfire attack -rate=1000 -requests=2 -header='Authorization: ***' \
         -base-url='http://***@{host}'"
    );
    assert_eq!(first["plan"]["command"], expected);
    assert_eq!(first["plan"]["version"], env!("CARGO_PKG_VERSION"));
    assert!(first["plan"]["host"].as_str().unwrap().ends_with(" cores"), "{first}");
    // With a second attack that has another command, the report shows none.
    let other = drumfire("attack -rate=1000 -requests=2").args([&base_url]).stdin("GET /\n").run();
    let both = report([run.stdout, other.stdout].concat());
    assert!(
        both.text().contains("\"requests\":4,\"rate\":\"1000/1s\",\"version\""),
        "{}",
        both.text()
    );
}
