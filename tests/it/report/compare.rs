//! `compare`: verdicts, regression limits and exit codes, on runs with a known difference.

#[path = "../../../benches/support/synthetic.rs"]
mod synthetic;

use std::fs;
use std::path::{Path, PathBuf};

use drumfire::compare::{Comparison, Run, Verdict};
use drumfire::metrics::{Metrics, Statistic};
use drumfire::schedule::seed::Seed;

use crate::support::harness::{Output, drumfire};
use synthetic::{Latencies, Shape};

/// Writes a CSV stream of hits that are 1 ms apart and take 1 to 2 ms, times `scale`, and returns
/// its path.
fn stream(dir: &Path, name: &str, hits: u64, scale: u64) -> PathBuf {
    let line = |n: u64| {
        let (timestamp, latency) = (n * 1_000_000, scale * (1_000_000 + n * 7_919 % 1_000_003));
        let code = if n.is_multiple_of(500) { 500 } else { 200 };
        format!("{timestamp},{code},{latency},0,0,,,,{n},GET,http://h/{},\n", n % 2)
    };
    let path = dir.join(name);
    fs::write(&path, (0..hits).map(line).collect::<String>()).unwrap();
    path
}

/// Compares, with further arguments, a run of 4000 hits with one that is `scale` times as slow.
fn compare(scale: u64, args: &[&str]) -> Output {
    let dir = tempfile::tempdir().unwrap();
    let base = stream(dir.path(), "base.csv", 4_000, 1);
    let new = stream(dir.path(), "new.csv", 4_000, scale);
    drumfire("compare").args(args).arg(base).arg(new).run()
}

/// Returns the verdicts of a text report: those of the whole run, followed by those of the groups.
fn verdicts(text: &str) -> Vec<&str> {
    let figures = Statistic::ALL.map(Statistic::name);
    let rows = text.lines().filter(|line| figures.iter().any(|name| line.starts_with(name)));
    rows.filter_map(|row| row.rsplit("  ").next()).map(str::trim).collect()
}

#[test]
fn a_run_twice_as_slow_is_worse_in_every_latency() {
    let output = compare(2, &[]);
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    let expected = ["worse", "worse", "worse", "worse", "worse", "same", "same"];
    assert_eq!(verdicts(output.text()), expected, "{}", output.text());
}

#[test]
fn groups_are_compared_below_the_whole() {
    let output = compare(1, &["-by=url"]);
    assert_eq!(verdicts(output.text()), ["same"; 21], "{}", output.text());
    for url in ["http://h/0", "http://h/1"] {
        assert!(output.text().contains(&format!("\n\n{url}\n")), "{}", output.text());
    }
}

#[test]
fn one_side_may_be_stdin_and_either_may_be_several_files() {
    let dir = tempfile::tempdir().unwrap();
    let [base, more] = ["base.csv", "more.csv"].map(|name| stream(dir.path(), name, 4_000, 1));
    let both = format!("{},{}", base.display(), more.display());
    let output = drumfire("compare").arg(both).arg("-").stdin(fs::read(&base).unwrap()).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    assert!(output.text().starts_with("base  8000 requests, "), "{}", output.text());
    assert!(output.text().contains("\nnew   4000 requests, "), "{}", output.text());
}

#[test]
fn a_failed_limit_is_exit_99_and_one_that_cannot_be_evaluated_does_not_pass() {
    let missed = "drumfire compare: p99>+5%: p99 went from 1.99ms to 3.98ms\n";
    let unknown = "drumfire compare: cannot evaluate http://h/2:p50>+5%: no group of this name is \
                   in both runs; use another name or -by\n";
    let urls = "drumfire compare: http*:p50>+5%: p50 of 'http://h/0' went from 1.495ms to 2.989ms; \
                http*:p50>+5%: p50 of 'http://h/1' went from 1.495ms to 2.99ms\n";
    let table: [(u64, &[&str], i32, &str); 6] = [
        (1, &["-fail-on=p99>+5%"], 0, ""),
        (2, &["-fail-on=p99>+5%"], 99, missed),
        (2, &["-fail-on=success<-1%", "-fail-on=p99>+5%"], 99, missed),
        (2, &["-fail-on=p99>+150%"], 0, ""),
        (2, &["-by=url", "-fail-on=http://h/2:p50>+5%"], 1, unknown),
        (2, &["-by=url", "-fail-on=http*:p50>+5%"], 99, urls),
    ];
    for (scale, args, status, stderr) in table {
        let output = compare(scale, args);
        assert_eq!((output.status, output.stderr.as_str()), (Some(status), stderr), "{args:?}");
    }
}

#[test]
fn too_few_samples_are_reported_and_fail_a_limit() {
    let dir = tempfile::tempdir().unwrap();
    let [base, new] =
        [("a.csv", 500), ("b.csv", 900)].map(|(name, hits)| stream(dir.path(), name, hits, 1));
    let output = drumfire("compare -fail-on=p99>+5%").arg(base).arg(new).run();
    let talk = "drumfire compare: cannot evaluate p99>+5%: too few samples of p99; attack longer\n";
    assert_eq!((output.status, output.stderr.as_str()), (Some(1), talk));
    assert_eq!(verdicts(output.text())[3], "too few samples", "{}", output.text());
    assert!(output.text().contains("\nunknown  p99>+5%"), "{}", output.text());
}

#[test]
fn json_and_markdown_have_the_content_of_the_text() {
    let json: serde_json::Value =
        serde_json::from_str(compare(2, &["-type=json", "-fail-on=p50>+5%"]).text()).unwrap();
    assert_eq!(json["figures"]["p50"]["verdict"], "worse");
    assert_eq!(json["figures"]["success"]["interval"].as_array().map(Vec::len), Some(2));
    assert_eq!(json["fail_on"][0]["outcome"], "fail");
    assert_eq!(
        (json["pass"].as_bool(), json["base"]["requests"].as_u64()),
        (Some(false), Some(4_000))
    );
    let markdown = compare(2, &["-type=markdown", "-by=url"]);
    let rows = markdown.text().lines().filter(|line| line.ends_with("| worse |")).count();
    assert_eq!(rows, 15, "{}", markdown.text());
}

#[test]
fn inputs_that_cannot_be_compared_are_refused() {
    let table = [
        (
            "compare /none1 /none2",
            1,
            "open /none1: no such file or directory\n\
             drumfire compare: open /none2: no such file or directory\n",
        ),
        (
            "compare - stdin",
            2,
            "standard input can be read only once: name a file as BASE or as NEW\nsee 'drumfire compare -h'\n",
        ),
        (
            "compare Cargo.toml -",
            1,
            "Cargo.toml: not a stream of results: expected Arrow, gob, JSON or CSV as attack or encode write them\n",
        ),
    ];
    for (line, status, talk) in table {
        let output = drumfire(line).run();
        assert_eq!(
            (output.status, output.stderr),
            (Some(status), format!("drumfire compare: {talk}"))
        );
        assert_eq!(output.stdout, b"", "{line}");
    }
}

/// Returns the verdicts on two runs.
fn judged(base: &Metrics, new: &Metrics) -> Vec<Verdict> {
    let [base, new] = [base, new].map(|whole| Run { name: "", whole, groups: None });
    Comparison::of(base, new, Seed(1)).rows().iter().map(|row| row.verdict()).collect()
}

/// `make verdicts` checks 100 seeds and more kinds of runs.
#[test]
fn two_halves_are_the_same_and_a_slower_median_is_worse() {
    for (shape, seed) in [(Shape::LogNormal(0.8), 1), (Shape::Bimodal, 2)] {
        let mut latencies = Latencies::new(shape, seed);
        let [base, other, slower] = [1.0, 1.0, 1.1].map(|scale| latencies.run(20_000, scale));
        assert_eq!(judged(&base, &other), [Verdict::Same; 7], "{shape:?}");
        assert_eq!(judged(&base, &slower)[0], Verdict::Worse, "{shape:?}");
    }
}
