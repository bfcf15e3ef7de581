//! docs/migrating/locust.md: each example does what the text says.

use std::collections::BTreeMap;
use std::fs;

use tempfile::TempDir;

use crate::support::attacks::planned_hits;
use crate::support::harness::{Output, program};
use crate::support::markdown::Document;
use crate::support::results::records;
use crate::support::servers::serve;

/// The server that the lines of the document attack.
const HOST: &str = "http://127.0.0.1:8080";

/// Returns the part of the document below a heading, up to the next heading.
fn section(heading: &str) -> String {
    let document = fs::read_to_string("docs/migrating/locust.md").unwrap();
    let (_, rest) = document.split_once(&format!("# {heading}\n")).unwrap();
    let is_heading = |line: &str| line.starts_with("## ") || line.starts_with("###");
    let lines: Vec<_> = rest.lines().take_while(|line| !is_heading(line)).collect();
    lines.join("\n") + "\n"
}

/// Returns the blocks of one kind in a part of the document.
fn blocks(section: &str, kind: &str) -> Vec<String> {
    let blocks = Document::parse(section).blocks.into_iter();
    blocks.filter(|block| block.info == kind).map(|block| block.text).collect()
}

/// Runs the example below a heading in its own directory; compares the hits by name.
#[track_caller]
fn check(heading: &str, files: &[&str], expected: &[(&str, usize)]) {
    let server = serve(&[]);
    let folder = tempfile::tempdir().unwrap();
    let section = section(heading);
    let written = blocks(&section, "");
    assert_eq!(written.len(), files.len(), "{heading}");
    for (file, text) in files.iter().zip(written) {
        assert!(section.contains(&format!("`{file}`")), "{heading} does not name {file}");
        fs::write(folder.path().join(file), text).unwrap();
    }
    let line = blocks(&section, "sh").concat().replace(HOST, &server.url);
    let line = line.replace("drumfire attack", "\"$0\" attack -quiet");
    let sh = program("sh").args(["-ec", &line, env!("CARGO_BIN_EXE_drumfire")]);
    let Output { status, stderr, .. } = sh.dir(folder.path()).run();
    assert_eq!((status, stderr.as_str()), (Some(0), ""), "{heading}");

    let mut counts = BTreeMap::<_, usize>::new();
    let stream = fs::read(folder.path().join("results.arrow")).unwrap();
    records(&stream).into_iter().for_each(|hit| *counts.entry(hit.name).or_default() += 1);
    let counts: Vec<_> = counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(counts, expected, "{heading}");
    for (name, count) in expected {
        assert!(section.contains(&count.to_string()), "{heading} does not say {count} of {name}");
    }
}

#[test]
fn weights_are_as_the_document_says() {
    check("Two tasks, @task(3) and @task(6)", &["tasks.txt"], &[("task1", 30), ("task2", 60)]);
    check(
        "A dict of tasks, {my_task: 3, another_task: 1}",
        &["dict.txt"],
        &[("another_task", 25), ("my_task", 75)],
    );
    check(
        "The quickstart: hello_world, and view_items as @task(3)",
        &["quickstart.txt"],
        &[("/hello", 3), ("/item", 90), ("/world", 3)],
    );
    check(
        "Two kinds of users, weight = 3 and weight = 1",
        &["users.txt"],
        &[("mobile.feed", 20), ("web.index", 40), ("web.stats", 20)],
    );
}

#[test]
fn each_row_of_a_feed_is_used_once_as_the_document_says() {
    check(
        "A user's name and password from a CSV file, each used once",
        &["users.csv", "login.txt"],
        &[("login", 3)],
    );
}

#[test]
fn rates_give_the_hits_that_the_document_states() {
    let lines = blocks(&section("Users and their rate"), "sh plan").concat();
    assert_eq!(lines.lines().count(), 3);
    for line in lines.lines() {
        let (command, hits) = line.split_once("   # ").unwrap();
        let hits = hits.strip_suffix(" hits").unwrap().replace(' ', "");
        assert_eq!(planned_hits(command).to_string(), hits, "{command}");
    }
}

/// Runs the lines of a part of the document on results of a fast server, and returns the directory
/// with the output.
fn with_results(heading: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let hit = |seq: u64| {
        let timestamp_ns = 1_700_000_000_000_000_000 + seq * 10_000_000;
        format!("{timestamp_ns},200,5000000,0,5,,aGVsbG8=,home,{seq},GET,http://a.test/,\n")
    };
    let results: String = (0..10).map(hit).collect();
    fs::write(folder.path().join("results.arrow"), results).unwrap();
    let lines =
        blocks(&section(heading), "sh").concat().replace("drumfire report", "\"$0\" report");
    let sh = program("sh").args(["-ec", &lines, env!("CARGO_BIN_EXE_drumfire")]);
    let Output { status, stderr, .. } = sh.dir(folder.path()).run();
    assert_eq!((status, stderr.as_str()), (Some(0), ""), "{heading}");
    folder
}

#[test]
fn statistics_and_failures_have_the_columns_of_locust() {
    let folder = with_results("Statistics and failures");
    let head = |file: &str| {
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        text.lines().next().unwrap().to_owned()
    };
    assert!(head("stats.csv").starts_with("Type,Name,Request Count,Failure Count,Median"));
    assert_eq!(head("failures.csv"), "Method,Name,Error,Occurrences");
}

#[test]
fn the_thresholds_of_a_listener_are_thresholds_of_report() {
    with_results("The exit code");
}
