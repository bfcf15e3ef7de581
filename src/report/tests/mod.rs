//! Whole reports: against Vegeta's own of the same streams, and against ours as they were
//! reviewed.
//!
//! tests/golden/*.out are the reports that Vegeta wrote of the streams beside them. Its quantiles
//! are estimates, so that they are masked there; ours are held against the exact ones within 0.1 %,
//! and against Vegeta's within 1 %.
//! tests/golden/*.golden are ours; `UPDATE_GOLDEN=1` rewrites them.

mod flows;
mod calls;
mod sockets;
mod pages;

use serde::Deserialize;

use crate::facts::Facts;
use crate::metrics::samples::{Sample, batch, check_quantile, fold, scheduled, steady};
use crate::metrics::{By, Groups};
use crate::plan::Plan;
use crate::report::*;
use crate::threshold::{RunParts, Threshold, ThresholdResults};
use crate::units::parse_duration;

/// The buckets of Vegeta's histograms.
const BUCKETS: &str = "[0,100µs,200µs,1ms,10ms]";

macro_rules! golden {
    ($name:literal) => {
        include_str!(concat!("../../../tests/golden/", $name))
    };
}

#[test]
fn a_stream_with_answers_of_many_kinds_reports_as_vegeta_reports_it() {
    for samples in [from_jsonl(golden!("mix.jsonl")), from_csv(golden!("mix.csv"))] {
        check("text", &samples, golden!("mix.text.out"), masked_text);
        check("json", &samples, golden!("mix.json.out"), masked_json);
        check("hist", &samples, golden!("mix.hist.out"), unmasked);
        check("hdrplot", &samples, golden!("mix.hdrplot.out"), masked_hdrplot);
    }
}

#[test]
fn a_stream_of_timeouts_reports_as_vegeta_reports_it() {
    let samples = from_jsonl(golden!("timeout.jsonl"));
    check("text", &samples, golden!("timeout.text.out"), masked_text);
    check("json", &samples, golden!("timeout.json.out"), masked_json);
    check("hist", &samples, golden!("timeout.hist.out"), unmasked);
    check("hdrplot", &samples, golden!("timeout.hdrplot.out"), masked_hdrplot);
}

#[test]
fn lag_response_and_plan_follow_vegetas_report() {
    for kind in ["text", "json"] {
        let kind_of = Kind::parse(kind, "").unwrap();
        check_golden(&format!("scheduled.{kind}"), &written(&kind_of, &planned()));
    }
}

#[test]
fn a_limited_run_prints_reasons_and_the_next_step() {
    let mut metrics = planned();
    metrics.add_facts(&Facts {
        stolen: Some(0.25),
        waited_for_place: 900,
        descriptors: Some(1024),
        ..Facts::default()
    });
    let late = |hit: &Sample| Sample { code: 200, lag_ns: Some(20_000_000), ..hit.clone() };
    let late: Vec<Sample> = scheduled()[..60].iter().map(late).collect();
    metrics.add_batch(&batch(&late));
    for kind in ["text", "json"] {
        let kind_of = Kind::parse(kind, "").unwrap();
        check_golden(&format!("limited.{kind}"), &written(&kind_of, &metrics));
    }
}

#[test]
fn a_plan_is_printed_without_any_lag() {
    let mut metrics = fold(&steady(), None);
    metrics.add_plan(&Plan { requests: 5000, ..Plan::default() });
    let text = written(&Kind::Text, &metrics);
    let further = text.split_once("500 x\n").unwrap().1;
    let rows = "\n\
        Plan          [requests, rate, duration]        5000, -, -\n\
        Errors        [count  error]                    1667  500 x\n";
    assert_eq!(further, rows);
    let json = written(&Kind::Json(None), &metrics);
    assert!(json.ends_with("},\"plan\":{\"requests\":5000}}\n"), "{json}");
}

/// Returns the scheduled run as that of two targets, one of them without a name.
fn of_two_targets() -> Vec<Sample> {
    let name = |n: usize| if n.is_multiple_of(3) { "" } else { "a<b\u{1b}" }.to_owned();
    let named = |(n, sample): (usize, Sample)| Sample { name: name(n), ..sample };
    scheduled().into_iter().enumerate().map(named).collect()
}

#[test]
fn groups_follow_the_figures_of_the_whole() {
    let batch = batch(&of_two_targets());
    let (whole, mut groups) = (planned(), Groups::new(By::Name, None));
    groups.add_batch(&batch);
    let contents = Contents { groups: Some(&groups), ..Contents::from(&whole) };
    for kind in ["text", "json"] {
        let kind_of = Kind::parse(kind, "").unwrap();
        check_golden(&format!("grouped.{kind}"), &written(&kind_of, contents));
    }
    let page = written(&Kind::Html, contents);
    for (name, requests) in [("a&lt;b\\u{1b}", 3333), ("(total)", 5000)] {
        let cells = format!(
            "<tr><th scope=\"row\">{name}</th>\
             <td><data value=\"{requests}\">{requests}</data></td>"
        );
        assert!(page.contains(&cells), "{page}");
    }
}

#[test]
fn thresholds_are_in_every_report_that_supports_them() {
    let mut groups = Groups::new(By::Name, None);
    groups.add_batch(&batch(&of_two_targets()));
    let whole = planned();
    let limits = ["p99<500ms", "*:success>=99%", "nosuch|x:errors<5", "lag.max<=69.3us"];
    let limits: Vec<Threshold> = limits.iter().map(|limit| limit.parse().unwrap()).collect();
    let thresholds =
        ThresholdResults::of(&limits, RunParts { groups: Some(&groups), ..(&whole).into() });
    let thresholds = Some(&thresholds);
    let contents = Contents { groups: Some(&groups), thresholds, ..Contents::from(&whole) };
    for kind in ["text", "json", "junit", "markdown"] {
        let kind_of = Kind::parse(kind, "").unwrap();
        check_golden(&format!("judged.{kind}"), &written(&kind_of, contents));
    }
}

#[test]
fn statistics_and_failures_have_the_columns_of_locust() {
    let whole = planned();
    let mut groups = Groups::new(By::Request, None);
    groups.add_batch(&batch(&of_two_targets()));
    let contents = Contents { groups: Some(&groups), ..Contents::from(&whole) };
    check_golden("grouped.csv", &written(&Kind::Csv, contents));
    check_golden("grouped.failures-csv", &written(&Kind::FailuresCsv, contents));
}

#[test]
fn a_limited_run_is_reported_even_if_all_thresholds_pass() {
    let late = |hit: Sample| Sample { lag_ns: Some(20_000_000), code: 200, ..hit };
    let late: Vec<Sample> = scheduled().into_iter().map(late).collect();
    let whole = fold(&late, None);
    let thresholds = ThresholdResults::of(&["p99<500ms".parse().unwrap()], (&whole).into());
    let contents = Contents { thresholds: Some(&thresholds), ..Contents::from(&whole) };
    assert!(thresholds.is_passed());
    for kind in [Kind::Text, Kind::Json(None), Kind::Html, Kind::Junit, Kind::Markdown] {
        let report = written(&kind, contents);
        assert!(report.contains("p99 lag is 20ms"), "{report}");
    }
}

#[test]
fn buckets_in_json_are_ordered_by_bound() {
    let json = report("json", "[0,5ms,10ms,1s]", &steady());
    let (_, rest) = json.split_once("},\"buckets\":{").unwrap();
    let (buckets, _) = rest.split_once("},\"bytes_in\":").unwrap();
    assert_eq!(buckets, r#""0":2496,"5000000":2500,"10000000":4,"1000000000":0"#);
}

#[test]
fn errors_are_counted_after_vegetas_lines() {
    let sample = |error: &str| Sample { error: error.to_owned(), ..Sample::default() };
    let port = |port| sample(&format!("read tcp 127.0.0.1:{port}->127.0.0.1:80: read: reset"));
    let mut samples = vec![sample("EOF\u{1b}")];
    samples.extend((40_000..40_012).map(port));
    let text = report("text", "", &samples);
    let (_, errors) = text.split_once("Error Set:\n").unwrap();
    let expected = "read tcp 127.0.0.1:80: read: reset\n\
        EOF\\u{1b}\n\
        \n\
        Errors        [count  error]                    12  read tcp 127.0.0.1:80: read: reset\n\
        \x20                                                1  EOF\\u{1b}\n";
    assert_eq!(errors, expected);
    let json = report("json", "", &samples);
    let (_, errors) = json.split_once("\"errors\":").unwrap();
    let expected = "[\"read tcp 127.0.0.1:80: read: reset\",\"EOF\\u001b\"],\"error_counts\":\
        {\"read tcp 127.0.0.1:80: read: reset\":12,\"EOF\\u001b\":1}}\n";
    assert_eq!(errors, expected);
}

// https://github.com/tsenart/vegeta/issues/277 and 461: errors are never null, no figure NaN.
#[test]
fn an_empty_stream_reports_zero_requests() {
    for kind in ["text", "json", "hist", "hdrplot", "junit", "markdown", "csv", "failures-csv"] {
        check_golden(&format!("empty.{kind}"), &report(kind, BUCKETS, &[]));
    }
}

#[test]
fn a_full_output_is_an_error() {
    for kind in ["text", "json", "hist[0]", "hdrplot", "html", "junit", "markdown", "csv"] {
        let kind_of = Kind::parse(kind, "").unwrap();
        let mut full: [u8; 4] = [0; 4];
        let error = write(&kind_of, &Metrics::default(), &mut full.as_mut_slice()).unwrap_err();
        assert_eq!(error.to_string(), "failed to write whole buffer", "{kind}");
    }
}

/// A report with its quantiles masked, and the quantiles: their rank in millionths, and ns.
struct Masked {
    report: String,
    quantiles: Vec<(u64, u64)>,
}

/// Holds a report against Vegeta's of the same stream, and its quantiles against the exact ones.
fn check(kind: &str, samples: &[Sample], vegeta: &str, mask: fn(&str) -> Masked) {
    let buckets = if kind == "hist" { BUCKETS } else { "" };
    let [ours, vegetas] = [&*report(kind, buckets, samples), vegeta].map(mask);
    assert_eq!(ours.report, vegetas.report);
    for ((millionths, ns), (_, estimate)) in ours.quantiles.into_iter().zip(vegetas.quantiles) {
        check_quantile(samples, millionths, ns);
        let off = ns.abs_diff(estimate);
        assert!(off <= estimate / 100, "{kind}, {millionths}/1000000: {ns}, Vegeta has {estimate}");
    }
}

/// Returns a report as `-type` and `-buckets` choose it.
fn report(kind: &str, buckets: &str, samples: &[Sample]) -> String {
    let kind = Kind::parse(kind, buckets).unwrap();
    let buckets = Some(buckets).filter(|buckets| !buckets.is_empty());
    written(&kind, &fold(samples, buckets))
}

fn written<'a>(kind: &Kind, contents: impl Into<Contents<'a>>) -> String {
    let mut out = Vec::new();
    write(kind, contents, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The scheduled run with its plan.
fn planned() -> Metrics {
    let mut metrics = fold(&scheduled(), None);
    metrics.add_plan(&Plan {
        rate: "10000/1s".parse().unwrap(),
        duration_ns: 500_000_000,
        requests: 5000,
        version: "0.1.0".to_owned(),
        host: "linux x86_64, 2 cores".to_owned(),
        command: "drumfire attack -rate=10000 -duration=500ms -header='X-Key: ***'".to_owned(),
        ..Plan::default()
    });
    metrics
}

/// Returns the body of a page, without its script.
pub(crate) fn body(page: &str) -> String {
    let (_, body) = page.split_once("</head>\n").unwrap();
    body.split("<script>").next().unwrap().to_owned()
}

/// Compares a report with the one that was reviewed, which it replaces where the environment says
/// so.
pub(crate) fn check_golden(name: &str, report: &str) {
    let path = format!("{}/tests/golden/{name}.golden", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, report).unwrap();
    }
    assert_eq!(report, std::fs::read_to_string(&path).unwrap(), "{name}");
}

fn unmasked(report: &str) -> Masked {
    Masked { report: report.to_owned(), quantiles: Vec::new() }
}

/// Masks four figures in the row of latencies, and leaves out the rows that Vegeta lacks.
fn masked_text(report: &str) -> Masked {
    let vegeta = report.split_once("\n\n").map(|(first, _)| format!("{first}\n"));
    let report = vegeta.as_deref().unwrap_or(report);
    let row = report.lines().find(|line| line.starts_with("Latencies")).unwrap();
    let mut figures: Vec<&str> = row[48..].split(", ").collect();
    let mut quantiles = Vec::new();
    for (figure, millionths) in figures[2..6].iter_mut().zip([500_000, 900_000, 950_000, 990_000]) {
        let ns = parse_duration(figure).unwrap().as_nanos();
        quantiles.push((millionths, ns.try_into().unwrap()));
        *figure = "?";
    }
    let masked_row = format!("{}{}", &row[..48], figures.join(", "));
    Masked { report: report.replace(row, &masked_row), quantiles }
}

/// Masks the numbers after four keys, and leaves out the key that Vegeta lacks.
fn masked_json(report: &str) -> Masked {
    let vegeta = report.split_once(",\"error_counts\":").map(|(first, _)| format!("{first}}}\n"));
    let mut masked = unmasked(vegeta.as_deref().unwrap_or(report));
    for percentile in [50, 90, 95, 99] {
        let key = format!("\"{percentile}th\":");
        let (before, rest) = masked.report.split_once(&key).unwrap();
        let (figure, after) = rest.split_once(',').unwrap();
        masked.quantiles.push((percentile * 10_000, figure.parse().unwrap()));
        masked.report = format!("{before}{key}?,{after}");
    }
    masked
}

/// Masks the values of all rows but those of the minimum and the maximum.
fn masked_hdrplot(report: &str) -> Masked {
    let mut masked = unmasked("");
    for line in report.lines() {
        let cells: Vec<&str> = line.split_whitespace().collect();
        match cells[1].replace('.', "").parse() {
            Ok(millionths) if (1..1_000_000).contains(&millionths) => {
                masked.quantiles.push((millionths, cells[0].replace('.', "").parse().unwrap()));
                masked.report.push_str(&line.replacen(cells[0], "?", 1));
            }
            _ => masked.report.push_str(line),
        }
        masked.report.push('\n');
    }
    masked
}

fn from_jsonl(text: &str) -> Vec<Sample> {
    #[derive(Deserialize)]
    struct Line {
        code: u16,
        timestamp: jiff::Timestamp,
        latency: u64,
        bytes_out: u64,
        bytes_in: u64,
        error: String,
    }
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let sample = |line: Line| Sample {
        code: line.code,
        timestamp_ns: line.timestamp.as_nanosecond().try_into().unwrap(),
        latency_ns: line.latency,
        bytes_out: line.bytes_out,
        bytes_in: line.bytes_in,
        error: line.error,
        ..Sample::default()
    };
    lines.map(sample).collect()
}

fn from_csv(text: &str) -> Vec<Sample> {
    let mut lines = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let sample = |line: csv::StringRecord| Sample {
        timestamp_ns: line[0].parse().unwrap(),
        code: line[1].parse().unwrap(),
        latency_ns: line[2].parse().unwrap(),
        bytes_out: line[3].parse().unwrap(),
        bytes_in: line[4].parse().unwrap(),
        error: line[5].to_owned(),
        ..Sample::default()
    };
    lines.records().map(|line| sample(line.unwrap())).collect()
}
