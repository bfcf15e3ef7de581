//! Thresholds in docs/migrating/k6.md: each line runs, and passes or misses as expected.

use std::fs;

use crate::support::harness::{Output, program};
use crate::support::markdown::Document;
use crate::support::servers::serve;

const DOCUMENT: &str = include_str!("../../../docs/migrating/k6.md");

const TARGETS: &str = "# @name api.login\nGET /\n\n# @name static.logo\nGET /logo\n";

/// Returns the shell blocks with limits in the part of the document on thresholds.
fn lines() -> Vec<String> {
    let (_, part) = DOCUMENT.split_once("\n## Thresholds\n").unwrap();
    let part = part.split("\n## ").next().unwrap();
    let blocks = Document::parse(part).blocks.into_iter();
    let blocks = blocks.filter(|block| block.info == "sh" && !block.text.contains("> results"));
    blocks.map(|block| block.text).collect()
}

/// Runs the blocks on an attack of a server, and returns the result of each.
fn run(server: &[&str]) -> Vec<Output> {
    let server = serve(server);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("targets.txt"), TARGETS).unwrap();
    let sh = |line: &str| {
        let line = line.replace("http://127.0.0.1:8080", &server.url);
        let line = line.replace("drumfire ", "\"$0\" ");
        program("sh").args(["-ec", &line, env!("CARGO_BIN_EXE_drumfire")]).dir(folder.path()).run()
    };
    let attack = "drumfire attack -quiet -targets=targets.txt -base-url=http://127.0.0.1:8080 \
                  -rate=200 -requests=100 > results.arrow";
    assert_eq!(sh(attack).status, Some(0));
    lines().iter().map(|line| sh(line)).collect()
}

#[test]
fn each_threshold_passes_on_a_healthy_server() {
    let outputs = run(&[]);
    assert_eq!(outputs.len(), 5);
    for output in outputs {
        assert_eq!(output.status, Some(0), "{}{}", output.stderr, output.text());
    }
}

#[test]
fn thresholds_are_missed_on_a_failing_server() {
    let missed: Vec<_> = run(&["-errors=100%", "-latency=900ms"])
        .iter()
        .map(|output| (output.status, output.text().matches("\nMISSED  ").count()))
        .collect();
    assert_eq!(missed, [(Some(99), 2), (Some(99), 3), (Some(99), 7), (Some(99), 2), (Some(0), 0)]);
}
