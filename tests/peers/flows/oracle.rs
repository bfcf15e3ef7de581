//! Cases: a server, a flow, and what hurl did with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use Difference::{Captures, Refused};
use serde::Deserialize;
use serde_json::Value;

use crate::flows::trial::Trial;
use crate::flows::{check_all, recorded};
use crate::support::harness::{Output, drumfire, files};
use crate::support::servers::serve;

/// Cases in which drumfire differs on purpose, how, and why.
const DIFFERENCES: &[(&str, Difference, &str)] = &[
    ("captures/redacted", Captures(r#"{"secret": "***", "path": "/echo/***"}"#), REDACTED),
    ("cookies/cleared-by-comment", Refused(4), "comments that hurl reads are refused"),
    ("filters/charset-decode", Refused(16), "only UTF-8 and Latin-1 are supported"),
    ("filters/count", Captures(r#"{"tags": 3, "objects": 3}"#), BEFORE_FAILURE),
    ("filters/jsonpath", Captures(r#"{"k": 2}"#), BEFORE_FAILURE),
    ("options/skip-web-socket", Refused(1), "a skipped step of a WebSocket is made"),
    ("queries/body-bytes", Refused(5), RAW_BYTES),
    ("queries/gzip", Refused(8), RAW_BYTES),
    ("requests/comments", Refused(4), "annotations must stand where they mean something"),
    (
        "requests/default-headers",
        Captures(r#"{"accept": "*/*", "type": "", "encoding": "gzip", "cookie": ""}"#),
        GZIP,
    ),
    (
        "requests/several-sections",
        Captures(
            r#"{"all": {"accept": "*/*", "authorization": "Basic Ym9iOnBhc3M=", "body": "z=3",
            "cookie": "c=4", "encoding": "gzip", "method": "POST", "one": "42", "path": "/echo/a",
            "query": "x=1&y=2", "type": "application/x-www-form-urlencoded"}}"#,
        ),
        GZIP,
    ),
    ("unset/in-assert", Refused(7), UNSET),
    ("unset/in-capture", Refused(4), UNSET),
    ("unset/in-response-header", Refused(7), UNSET),
    ("unset/in-url", Refused(4), UNSET),
];

const REDACTED: &str = "a redacted value reaches no output";
const BEFORE_FAILURE: &str = "captures before one that fails are shown";
const GZIP: &str = "requests ask for gzip, as in attacks without flows";
const RAW_BYTES: &str = "a body is kept either as sent or decompressed";
const UNSET: &str = "a variable that is never set is refused before the first request";

/// How drumfire differs in a case.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Difference {
    /// Nothing is sent, because of this line.
    Refused(u64),
    /// The captures are these.
    Captures(&'static str),
}

/// The result of a case.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
struct Outcome {
    success: bool,
    captures: BTreeMap<String, Value>,
    failed_lines: BTreeSet<u64>,
    /// Method, path and status of each request, as the server saw it.
    requests: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Case {
    case: String,
    #[serde(flatten)]
    expected: Outcome,
}

#[test]
fn each_case_is_recorded() {
    let results = fs::read_to_string(recorded("results.jsonl")).unwrap();
    let case = |line| serde_json::from_str::<Case>(line).unwrap().case;
    let names: BTreeSet<_> = results.lines().map(case).collect();
    let folders = files(&recorded("cases")).into_iter().filter(|name| name != "data");
    let of_folder = |folder: String| {
        let names = files(&recorded("cases").join(&folder)).into_iter();
        let names = names.filter_map(|name| name.strip_suffix(".hurl").map(str::to_owned));
        names.map(move |name| format!("{folder}/{name}"))
    };
    assert_eq!(folders.flat_map(of_folder).collect::<BTreeSet<_>>(), names);
    for (name, ..) in DIFFERENCES {
        assert!(names.contains(*name), "{name} is no case");
    }
}

#[test]
fn flows_do_what_hurl_does() {
    let results = fs::read_to_string(recorded("results.jsonl")).unwrap();
    let lines: Vec<_> = results.lines().collect();
    check_all(&lines, |line| {
        let name = serde_json::from_str::<Case>(line).unwrap().case;
        let (outcome, host, output) = run(&name);
        let mut expected =
            serde_json::from_str::<Case>(&line.replace("127.0.0.1:PORT", &host)).unwrap().expected;
        differ(&name, &mut expected);
        if outcome == expected {
            return Ok(());
        }
        let printed = String::from_utf8_lossy(&output.stdout);
        Err(format!(
            "{name}\n  expected {expected:?}\n  found    {outcome:?}\n{printed}{}",
            output.stderr
        ))
    });
}

/// Changes the result of a case to what is intended.
fn differ(name: &str, expected: &mut Outcome) {
    let Some((_, difference, reason)) = DIFFERENCES.iter().find(|(case, ..)| *case == name) else {
        return;
    };
    let recorded = expected.clone();
    match difference {
        Refused(line) => {
            *expected = Outcome { failed_lines: [*line].into(), ..Outcome::default() };
        }
        Captures(captures) => expected.captures = serde_json::from_str(captures).unwrap(),
    }
    assert_ne!(*expected, recorded, "{name} no longer differs: {reason}");
}

/// Runs a case. Returns what happened, the host of its server, and the output.
fn run(case: &str) -> (Outcome, String, Output) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("arrivals.csv");
    let routes = format!("-routes={}", recorded("routes.toml").display());
    let server = serve(&[&routes, &format!("-arrivals={}", log.display())]);
    let host = server.url.trim_start_matches("http://").to_owned();
    let file = recorded("cases").join(format!("{case}.hurl"));
    let variables = recorded("variables");
    let attack = drumfire("attack -try").arg(format!("-flow={}", file.display()));
    let attack = attack.arg(format!("-variables-file={}", variables.display()));
    let attack =
        attack.args([format!("-variable=base={}", server.url), format!("-variable=host={host}")]);
    let output = attack.run();
    server.interrupt();
    let Trial { captures, mut failed_lines } = Trial::read(str::from_utf8(&output.stdout).unwrap());
    failed_lines.extend(refused_line(&output.stderr, &file));
    assert!(matches!(output.status, Some(0 | 1)), "{case}: {output:?}");
    let success = output.status == Some(0);
    (Outcome { success, captures, failed_lines, requests: requests(&log) }, host, output)
}

/// Returns the line of a message that refuses a file. None for another message.
pub fn refused_line(message: &str, file: &Path) -> Option<u64> {
    let place = message.strip_prefix(&prefix(file))?;
    place.split(':').next()?.parse().ok()
}

/// Returns the start of a message about a file.
pub fn prefix(file: &Path) -> String {
    format!("drumfire attack: {}:", file.display())
}

#[derive(Deserialize)]
struct Arrival {
    timestamp_ns: i64,
    method: String,
    path: String,
    status: Option<u16>,
}

/// Returns method, path and status of each request, in order.
fn requests(log: &Path) -> Vec<String> {
    let mut rows = csv::Reader::from_path(log).unwrap();
    let mut arrivals: Vec<Arrival> = rows.deserialize().map(Result::unwrap).collect();
    arrivals.sort_by_key(|arrival| arrival.timestamp_ns);
    let shown = |it: &Arrival| {
        let status = it.status.map_or(String::new(), |status| format!(" {status}"));
        format!("{} {}{status}", it.method, it.path)
    };
    arrivals.iter().map(shown).collect()
}
