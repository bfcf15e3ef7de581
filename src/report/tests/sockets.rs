//! Reports of WebSockets, and of requests without an answer.

use super::{body, check_golden, written};
use crate::failure_names::TIMEOUT_AWAITING_HEAD;
use crate::metrics::samples::chat::{chat, chat_facts, chat_plan};
use crate::metrics::samples::{Sample, batch, scheduled};
use crate::metrics::{By, Groups, Metrics};
use crate::record::{BatchBuilder, Extras, Record};
use crate::report::{Contents, Kind};
use crate::threshold::{RunParts, ThresholdResults};

fn chats() -> Metrics {
    let mut metrics = Metrics::default();
    metrics.add_plan(&chat_plan());
    metrics.add_batch(&chat());
    metrics.add_facts(&chat_facts());
    metrics
}

#[test]
fn sockets_deliveries_closes_and_recoveries_have_rows_and_keys() {
    let limits = [
        "connect.success>95%",
        "connect.p95<1s",
        "message.success>90%",
        "message.response.p95<500ms",
        "errors<100",
        "reach>=99.9%",
        "ping.p99<1s",
        "delivery.p50<100ms",
        "delivery.p99<1h",
    ];
    let limits = limits.map(|limit| limit.parse().unwrap());
    let whole = chats();
    let thresholds = ThresholdResults::of(&limits, RunParts::from(&whole));
    let contents = Contents { thresholds: Some(&thresholds), ..Contents::from(&whole) };
    for kind in ["text", "json", "markdown", "junit"] {
        let kind_of = Kind::parse(kind, "").unwrap();
        check_golden(&format!("sockets.{kind}"), &written(&kind_of, contents));
    }
    let page = body(&written(&Kind::Html, contents));
    let (_, rest) = page.split_once(">WebSockets</h2>").expect("the page has the section");
    let (tables, _) = rest.split_once(">Errors</h2>").expect("the page has errors");
    check_golden("sockets-tables.html", tables.trim_start());
    assert!(page.contains("20 planned, 13 lost, 12 reopened") && page.contains("Reach"), "{page}");
}

#[test]
fn deliveries_without_records_have_no_times() {
    let mut whole = Metrics::default();
    let mut builder = BatchBuilder::with(Extras { messaging: true, ..Extras::default() });
    let batch = chat();
    let is_main = |record: &Record<'_>| record.messaging.is_some_and(|it| it.kind.is_main());
    batch.records().filter(is_main).for_each(|record| builder.push(&record));
    whole.add_batch(&builder.finish());
    let row = |metrics: &Metrics| {
        let text = written(&Kind::Text, metrics);
        text.lines().find(|line| line.starts_with("Deliveries")).map(str::to_owned)
    };
    assert!(
        row(&whole).is_some_and(|row| row.ends_with("95.84%, -, -, -, -")),
        "{:?}",
        row(&whole)
    );
    assert!(row(&chats()).is_some_and(|row| row.ends_with("≥3s")), "{:?}", row(&chats()));
}

/// Returns a run of which 4 % got no answer within 30 s.
fn timeouts() -> Vec<Sample> {
    let mut samples = scheduled();
    for (n, sample) in samples.iter_mut().enumerate() {
        sample.name = ["home", "search"][n % 2].to_owned();
        if n % 25 == 1 {
            sample.code = 0;
            sample.latency_ns = 30_000_312_000;
            sample.error = format!("Get \"http://h/\": {TIMEOUT_AWAITING_HEAD}");
        }
    }
    samples
}

#[test]
fn percentiles_among_timeouts_are_lower_bounds() {
    let batch = batch(&timeouts());
    let (mut whole, mut groups) = (Metrics::default(), Groups::new(By::Name, None));
    whole.add_batch(&batch);
    groups.add_batch(&batch);
    let limits = ["p95<1s", "p99<1m", "response.p99<1m", "p99>1s", "max<=1h", "home:p99<1m"];
    let limits = limits.map(|limit| limit.parse().unwrap());
    let run = RunParts { groups: Some(&groups), ..RunParts::from(&whole) };
    let thresholds = ThresholdResults::of(&limits, run);
    let groups = Some(&groups);
    let contents = Contents { groups, thresholds: Some(&thresholds), ..Contents::from(&whole) };
    for kind in ["text", "json", "markdown", "hdrplot"] {
        let kind_of = Kind::parse(kind, "").unwrap();
        check_golden(&format!("censored.{kind}"), &written(&kind_of, contents));
    }
}

#[test]
fn the_lower_bounds_of_merged_streams_are_those_of_all_their_records() {
    let samples = timeouts();
    let fold = |samples: &[Sample]| {
        let mut metrics = Metrics::default();
        metrics.add_batch(&batch(samples));
        metrics
    };
    let whole = written(&Kind::Text, &fold(&samples));
    for cut in [1, 2, 1_000, samples.len() - 1] {
        let (one, other) = samples.split_at(cut);
        let mut merged = fold(one);
        merged.merge(&fold(other));
        assert_eq!(written(&Kind::Text, &merged), whole, "{cut}");
    }
}
