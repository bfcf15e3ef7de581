//! What CI reads: the script in docs/guide/thresholds-and-ci.md, JUnit XML, and the JSON Schema.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use boon::{Compiler, Schemas};
use roxmltree::Node;
use serde_json::Value;

use crate::support::harness::{Output, drumfire, files, program};
use crate::support::markdown::Document;
use crate::support::patient::patient;
use crate::support::servers::serve;

const DOCUMENT: &str = include_str!("../../../docs/guide/thresholds-and-ci.md");
const MIX_GOB: &[u8] = include_bytes!("../../golden/mix.gob");

/// Returns the first block of the document after some words.
fn block(after: &str) -> String {
    let (_, rest) = DOCUMENT.split_once(after).unwrap();
    Document::parse(rest).blocks.swap_remove(0).text
}

/// Runs the script of the document in a directory, as its workflows do.
fn run(dir: &Path, server: &[&str]) -> Output {
    let server = serve(server);
    fs::create_dir_all(dir.join("load")).unwrap();
    for (path, words) in [
        ("load/targets.txt", "`load/targets.txt`"),
        ("load/limits.txt", "`load/limits.txt`"),
        ("load/run.sh", "`load/run.sh`"),
    ] {
        // The test does not depend on whether this machine can keep up.
        let text = patient(&block(words)).replace("-require-valid ", "");
        fs::write(dir.join(path), text).unwrap();
    }
    let bin = dir.join("bin");
    fs::create_dir_all(&bin).unwrap();
    symlink(env!("CARGO_BIN_EXE_drumfire"), bin.join("drumfire")).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let script = program("sh").args(["load/run.sh"]).dir(dir).env("PATH", path);
    script.env("HOST", server.url.as_str()).env("DURATION", "1s").run()
}

#[test]
fn the_script_leaves_the_files_of_its_workflows_and_sets_the_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    let output = run(dir.path(), &[]);
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    let left = files(&dir.path().join("results"));
    let expected = [
        "failures.csv",
        "report.html",
        "report.json",
        "report.junit",
        "report.markdown",
        "results.arrow",
        "stats.csv",
    ];
    assert_eq!(left, expected);
    let workflows = [block("`.github/workflows/load.yml`"), block("`.gitlab-ci.yml`")].concat();
    let taken = workflows.split("results/").skip(1);
    let taken: Vec<_> = taken.filter_map(|rest| rest.split_whitespace().next()).collect();
    assert_eq!(taken, ["report.markdown", "report.junit"]);
    // The width of the columns depends on whether this machine was too busy.
    let expected = ["pass", &patient("item:p95<=200ms"), "item"];
    let mut rows = output.text().lines().map(|line| line.split_whitespace().take(3));
    assert!(rows.any(|row| row.eq(expected)), "{}", output.text());
}

#[test]
fn the_script_fails_if_a_threshold_is_missed() {
    let dir = tempfile::tempdir().unwrap();
    let output = run(dir.path(), &["-errors=100%"]);
    assert_eq!(output.status, Some(99), "{}", output.stderr);
    let message = "drumfire report: 3 of 3 thresholds missed: success>=99.9%: 0%; p99<500ms: no \
                   request succeeded; item:p95<=200ms: item no request succeeded\n";
    assert!(output.stderr.ends_with(&patient(message)), "{}", output.stderr);
    let junit = fs::read_to_string(dir.path().join("results/report.junit")).unwrap();
    check_junit(&junit, 4, 3);
}

/// Checks a document as readers of JUnit XML do. The counts are those of the cases, and each
/// element has the attributes and the children in the schema of Jenkins' plugin.
fn check_junit(xml: &str, tests: usize, failures: usize) {
    let document = roxmltree::Document::parse(xml).unwrap();
    let suites = document.root_element();
    assert_eq!(suites.tag_name().name(), "testsuites");
    let suite = suites.first_element_child().unwrap();
    assert_eq!(suite.tag_name().name(), "testsuite");
    let children: Vec<_> = suite.children().filter(Node::is_element).collect();
    let (out, cases) = children.split_last().unwrap();
    assert_eq!(out.tag_name().name(), "system-out");
    assert!(cases.iter().all(|case| case.tag_name().name() == "testcase"));
    let with = |name: &str| {
        let has = |case: &&Node| case.children().any(|child| child.tag_name().name() == name);
        cases.iter().filter(has).count()
    };
    assert_eq!((cases.len(), with("failure")), (tests, failures));
    let count = |node: Node, name: &str| node.attribute(name).unwrap().parse::<usize>().unwrap();
    for node in [suites, suite] {
        assert_eq!(count(node, "tests"), tests);
        assert_eq!((count(node, "failures"), count(node, "errors")), (failures, 0));
        assert!(node.attribute("time").unwrap().parse::<f64>().is_ok());
    }
    assert_eq!(count(suite, "skipped"), with("skipped"));
    for case in cases {
        assert!(["name", "classname", "time"].iter().all(|name| case.has_attribute(*name)));
        let outcomes = case.children().filter(Node::is_element);
        assert!(outcomes.into_iter().all(|outcome| outcome.has_attribute("message")));
    }
}

#[test]
fn junit_has_a_case_for_each_threshold_with_any_name() {
    let limits = ["-threshold=success>=99%", "-threshold=<a&\"'\u{1b}>:p99<1s", "-threshold=p99>0"];
    let output = drumfire("report -type=junit").args(limits).stdin(MIX_GOB).run();
    assert_eq!(output.status, Some(99));
    check_junit(output.text(), 3, 2);
    check_junit(drumfire("report -type=junit").run().text(), 0, 0);
}

/// Returns the error of validating a report against the published schema.
fn problem(report: &str) -> Option<String> {
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler.enable_format_assertions();
    let schema = compiler.compile("docs/reference/report.schema.json", &mut schemas).unwrap();
    let report: Value = serde_json::from_str(report).unwrap();
    schemas.validate(&report, schema).err().map(|error| error.to_string())
}

#[test]
fn every_json_report_conforms_to_its_schema() {
    let goldens = files(Path::new("tests/golden"));
    let is_report = |name: &str| name.ends_with(".json.golden") && !name.starts_with("compare.");
    let goldens = goldens.iter().filter(|name| is_report(name));
    let mut n_checked = 0;
    for name in goldens {
        let report = fs::read_to_string(format!("tests/golden/{name}")).unwrap();
        assert_eq!(problem(&report), None, "{name}");
        n_checked += 1;
    }
    assert!(n_checked >= 5, "{n_checked}");
    for flags in ["", "-ci", "-buckets=[0,1ms]", "-by=url", "-by=code -threshold=lag.p99<1s"] {
        let output = drumfire(&format!("report -type=json {flags}")).stdin(MIX_GOB).run();
        assert_eq!(problem(output.text()), None, "{flags}");
    }
}

#[test]
fn the_schema_rejects_other_documents() {
    let report = drumfire("report -type=json").stdin(MIX_GOB).run();
    let table = [
        ("\"requests\":200", "\"requests\":\"200\""),
        ("\"requests\":200", "\"request\":200"),
        ("\"success\":", "\"verdict\":\"fine\",\"success\":"),
        ("\"errors\":[", "\"errors\":[1,"),
        ("\"50th\":", "\"50\":"),
    ];
    for (right, wrong) in table {
        let bad = report.text().replacen(right, wrong, 1);
        assert_ne!(bad, report.text());
        assert!(problem(&bad).is_some(), "{wrong}");
    }
}
