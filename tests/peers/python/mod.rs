//! Python libraries as readers, which must find the numbers of the report.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::setup::installed::python;
use crate::support::harness::{drumfire, program};
use crate::support::servers::serve;

const PYARROW: &str = include_str!("with_pyarrow.py");
const PANDAS: &str = include_str!("with_pandas.py");
const POLARS: &str = include_str!("with_polars.py");
const DUCKDB: &str = include_str!("with_duckdb.py");
const MANY_STREAMS: &str = include_str!("many_streams.py");
const TEXTS: &str = include_str!("texts.py");
const CSV: &str = include_str!("with_csv.py");
const JSON: &str = include_str!("with_json.py");

/// The numbers that a reader finds in a stream.
#[derive(Debug)]
struct Figures {
    requests: u64,
    errors: u64,
    /// The median latency in ns, which all libraries define in the same way.
    p50: f64,
}

/// Attacks a server with some failures; returns the stream.
fn attack(name: &str) -> Vec<u8> {
    let server = serve(&["-latency=1ms..4ms", "-errors=5%"]);
    let list = format!("# @name one\nGET {}/1\n\n# @name two\nPOST {0}/2\n", server.url);
    let output = drumfire("attack -quiet -rate=1000 -requests=400").arg(format!("-name={name}"));
    let output = output.stdin(list).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    output.stdout
}

/// Returns a directory with the stream as `results.arrow`.
fn directory(stream: &[u8]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("results.arrow"), stream).unwrap();
    dir
}

/// Runs a script in a directory and returns the words of its output.
fn words(script: &str, dir: &TempDir) -> Vec<String> {
    let output = program(python()).args(["-c", script]).dir(dir.path()).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""), "{script}");
    output.text().split_whitespace().map(str::to_owned).collect()
}

/// Runs a script in a directory and returns its output.
fn run(script: &str, dir: &TempDir) -> Figures {
    let words = words(script, dir);
    let [requests, errors, p50] = words.try_into().expect("three figures");
    Figures {
        requests: requests.parse().unwrap(),
        errors: errors.parse().unwrap(),
        p50: p50.parse().unwrap(),
    }
}

fn reported(stream: Vec<u8>) -> Figures {
    let output = drumfire("report -type=json").stdin(stream).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let succeeded = report["status_codes"]["200"].as_u64().unwrap();
    let requests = report["requests"].as_u64().unwrap();
    let p50 = report["latencies"]["50th"].as_f64().unwrap();
    Figures { requests, errors: requests - succeeded, p50 }
}

/// Checks that a script finds the numbers of the report.
#[track_caller]
fn check(script: &str, dir: &TempDir, stream: Vec<u8>) {
    let (found, expected) = (run(script, dir), reported(stream));
    assert_eq!((found.requests, found.errors), (expected.requests, expected.errors));
    assert!(expected.errors > 0, "the stream has both kinds");
    // The report's histogram has three digits, and DuckDB has no ns.
    assert!((found.p50 / expected.p50 - 1.0).abs() < 0.002, "{found:?}, {expected:?}");
}

/// Checks a script on the stream of an attack.
#[track_caller]
fn check_stream(script: &str) {
    let stream = attack("one");
    check(script, &directory(&stream), stream);
}

#[test]
fn pyarrow_reads_a_stream() {
    check_stream(PYARROW);
}

#[test]
fn pandas_reads_a_stream() {
    check_stream(PANDAS);
}

#[test]
fn polars_reads_a_stream() {
    check_stream(POLARS);
}

#[test]
fn duckdb_reads_a_stream() {
    check_stream(DUCKDB);
}

#[test]
fn urls_and_headers_are_strings_in_every_library() {
    let server = serve(&[]);
    let list = format!("GET {}/1\nPOST {0}/2\nGET http://127.0.0.1:1/\n", server.url);
    // Long enough that the dictionaries of URLs and dates grow during the run.
    let output = drumfire("attack -rate=300 -requests=600").stdin(list).run();
    assert_eq!(output.status, Some(0));
    let [one, two] = [1, 2].map(|n| format!("{}/{n}", server.url));
    let expected = ["400", one.as_str(), "text/plain", two.as_str(), "text/plain"];
    assert_eq!(words(TEXTS, &directory(&output.stdout)), expected);
}

#[test]
fn a_library_reads_the_first_of_concatenated_streams() {
    let stream = attack("one");
    let dir = directory(&stream.repeat(2));
    check(PYARROW, &dir, stream.clone());
    check(POLARS, &dir, stream);
}

#[test]
fn concatenated_streams_are_read_one_at_a_time() {
    let both = [attack("one"), attack("two")].concat();
    check(MANY_STREAMS, &directory(&both), both);
}

#[test]
fn encode_makes_one_stream_from_files() {
    let (first, second) = (attack("one"), attack("two"));
    let parts = [&first, &second].map(|stream| directory(stream));
    let files = parts.each_ref().map(|dir| dir.path().join("results.arrow"));
    let one = drumfire("encode -to=arrow").args(files).run();
    assert_eq!((one.status, one.stderr.as_str()), (Some(0), ""));
    let dir = directory(&one.stdout);
    check(PYARROW, &dir, [first, second].concat());
}

#[test]
fn csv_and_json_are_read_by_the_standard_library() {
    let stream = attack("one");
    let dir = directory(&stream);
    for (format, script) in [("csv", CSV), ("json", JSON)] {
        let output = drumfire("encode -to").arg(format).stdin(stream.clone()).run();
        assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
        fs::write(dir.path().join(format!("results.{format}")), output.stdout).unwrap();
        check(script, &dir, stream.clone());
    }
}
