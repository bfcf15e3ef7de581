//! The HTML pages of `report`, `plot` and `compare`. tests/peers opens them in a browser.

use std::fs;

use serde_json::Value;

use crate::support::harness::drumfire;

const MIX_CSV: &str = include_str!("../../golden/mix.csv");

/// Runs a command in a directory with two copies of a stream, and returns its output.
fn written(line: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    for name in ["old.csv", "new.csv"] {
        fs::write(dir.path().join(name), MIX_CSV).unwrap();
    }
    let output = drumfire(line).dir(dir.path()).run();
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    output.text().to_owned()
}

/// Returns the text between the first occurrence of two marks in a page.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = page.split_once(from).unwrap_or_else(|| panic!("{from} in {page}"));
    rest.split_once(to).unwrap_or_else(|| panic!("{to} in {rest}")).0
}

/// Returns the numbers of a part of a page, as programs read them.
fn figures(part: &str) -> Vec<f64> {
    let values = part.split("<data value=\"").skip(1);
    values.map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect()
}

/// Returns numbers of a JSON report: with the given keys, and latencies with the given keys.
fn numbers(json: &Value, keys: &[&str], latencies: &[&str]) -> Vec<f64> {
    let of = |json: &Value, key: &str| json[key].as_f64().unwrap();
    let latencies = latencies.iter().map(|key| of(&json["latencies"], key));
    keys.iter().map(|key| of(json, key)).chain(latencies).collect()
}

/// Returns the numbers of a JSON report that are in a row of a table.
fn expected(json: &Value) -> Vec<f64> {
    let latencies = ["min", "mean", "50th", "90th", "95th", "99th", "max"];
    let mut row = numbers(json, &["requests", "success", "rate"], &latencies);
    row.insert(1, row[0] - (row[0] * row[1]).round());
    row
}

#[test]
fn the_numbers_of_a_page_are_those_of_the_json_report() {
    let page = written("report -type=html -by=method old.csv");
    let json = written("report -type=json -by=method old.csv");
    let json: Value = serde_json::from_str(&json).unwrap();
    let tiles = figures(between(&page, "<dl class=\"tiles\">", "</dl>"));
    let keys = ["requests", "rate", "success"];
    assert_eq!(tiles, numbers(&json, &keys, &["50th", "95th", "99th"]));
    for (method, group) in json["groups"].as_object().unwrap() {
        let row = between(&page, &format!("<th scope=\"row\">{method}</th>"), "</tr>");
        assert_eq!(figures(row), expected(group), "{method}");
    }
}

#[test]
fn the_slowest_requests_are_listed_with_what_identifies_them() {
    let page = written("report -type=html old.csv");
    let table = between(&page, "<caption class=\"unseen\">The slowest requests", "</table>");
    assert_eq!(table.matches("<tr>").count(), 21, "the head, and twenty requests: {table}");
    let latencies: Vec<f64> = figures(table).into_iter().skip(1).step_by(5).collect();
    assert!(latencies.is_sorted_by(|slower, quicker| slower >= quicker), "{latencies:?}");
    let mut all: Vec<f64> =
        MIX_CSV.lines().map(|line| line.split(',').nth(2).unwrap().parse().unwrap()).collect();
    all.sort_by(|a, b| b.total_cmp(a));
    assert_eq!(latencies, all[..20]);
    assert!(table.contains(">GET http://127.0.0.1:8081/"), "{table}");
}

/// Returns the page of a stream whose hits all failed, each with a different error and name.
fn page_of_failures(error: impl Fn(usize) -> String) -> String {
    let quoted = |text: String| format!("\"{}\"", text.replace('"', "\"\""));
    let line = |n: usize| {
        let (at, error) = (n * 1_000_000, quoted(error(n)));
        format!("{at},0,5000000,0,0,{error},,{},{n},GET,http://h/{n},\n", "<".repeat(3_000))
    };
    let stream: String = (0..1_500).map(line).collect();
    let output = drumfire("report -type=html -by=url").stdin(stream).run();
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    output.text().to_owned()
}

#[test]
fn a_page_has_a_bounded_size_with_any_response() {
    let page = page_of_failures(|n| format!("Get \"http://h/{n}\": {}", "<&".repeat(6_000)));
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
    assert!(page.contains("(901 further texts)"), "1000 texts are kept, and 100 listed");
}

#[test]
fn a_page_contains_no_password() {
    let page = page_of_failures(|_| "Get \"http://bob:s3cret@h/\": connection refused".to_owned());
    assert!(!page.contains("s3cret"), "{page}");
    assert!(page.contains("http://***@h/"), "{page}");
}

#[test]
fn a_page_contains_the_command_that_creates_it() {
    let page = written("report -type html -threshold=p99<1h old.csv");
    let command = between(&page, "<dt>Page</dt><dd>", "</dd>");
    assert_eq!(command, "drumfire report -type=html -threshold=&#39;p99&lt;1h&#39; old.csv");
}

#[test]
fn several_runs_in_a_plot_have_a_table_and_no_common_numbers() {
    let page = written("plot old.csv new.csv");
    assert!(!page.contains("class=\"tiles\"") && !page.contains("Error Set:"), "{page}");
    let runs = between(&page, "<caption>Runs</caption>", "</table>");
    let json: Value = serde_json::from_str(&written("report -type=json old.csv")).unwrap();
    for run in ["mix (new.csv)", "mix (old.csv)"] {
        let row = between(runs, &format!("<th scope=\"row\">{run}</th>"), "</tr>");
        assert_eq!(figures(row), expected(&json), "{run}");
    }
    let report = written("report -type=html old.csv new.csv");
    assert!(report.contains("class=\"tiles\"") && report.contains("<caption>Runs</caption>"));
}

#[test]
fn the_title_is_that_of_the_attack_unless_set_by_the_flag() {
    let table = [
        ("report -type=html old.csv", "mix: drumfire report"),
        ("plot old.csv", "mix: drumfire plot"),
        ("plot old.csv new.csv", "drumfire plot"),
        ("plot -title=ours old.csv", "ours"),
    ];
    for (line, title) in table {
        let page = written(line);
        assert_eq!(between(&page, "<title>", "</title>"), title, "{line}");
    }
}

#[test]
fn a_comparison_has_both_sides_with_limits_and_charts() {
    let page = written("compare -type=html -by=method -fail-on=mean>+900% old.csv new.csv");
    assert!(page.contains("<p class=\"badge status good\"><b>PASS</b> 1 of 1"), "{page}");
    for side in ["base: old.csv", "new: new.csv"] {
        assert!(page.contains(&format!("<th scope=\"row\">{side}</th>")), "{page}");
    }
    let charts = page.split("<figure>").skip(1);
    assert!(charts.clone().any(|chart| chart.contains(">base: p50</text>")), "{page}");
    assert_eq!(charts.count(), 6);
    let command =
        "drumfire compare -type=html -by=method -fail-on=&#39;mean&gt;+900%&#39; old.csv new.csv";
    assert!(page.contains(command), "{page}");
    assert!(page.contains("<caption>POST</caption>"), "{page}");
}
