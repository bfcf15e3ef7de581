//! Whole folds compared with values that were computed elsewhere.

use crate::metrics::samples::{Sample, batch, check_quantile, fold, scheduled, steady};
use std::time::Duration;

use crate::facts::Facts;
use crate::metrics::*;
use crate::plan::Plan;
use crate::record::{BatchBuilder, Extras, FlowEnd, FlowStep, Kind, Messaging, Record};

const ERROR: &str = "Internal server error";

fn nanos(duration: Duration) -> u64 {
    duration.as_nanos().try_into().unwrap()
}

fn check_quantiles(samples: &[Sample]) {
    let metrics = fold(samples, None);
    for percentile in [0, 1, 10, 50, 90, 95, 99, 100] {
        let quantile = metrics.latency().quantile(percentile as f64 / 100.0);
        check_quantile(samples, percentile * 10_000, nanos(quantile));
    }
}

fn plan() -> Plan {
    Plan { rate: "50/1s".parse().unwrap(), duration_ns: 1, requests: 50, ..Plan::default() }
}

// The values are Vegeta's for the same records.
#[test]
fn a_steady_run_has_the_values_of_vegeta() {
    let metrics = fold(&steady(), Some("[0,1ms,5ms]"));
    let latency = metrics.latency();
    assert_eq!(latency.total_ns(), 25_031_083_000);
    assert_eq!(nanos(latency.mean()), 5_006_216);
    assert_eq!(nanos(latency.min()), 1);
    assert_eq!(nanos(latency.max()), 10_006_001);
    assert_eq!(nanos(metrics.duration()), 499_900_000);
    assert_eq!(nanos(metrics.wait()), 9_396_001);
    assert_eq!(metrics.requests(), 5000);
    assert_eq!(metrics.rate(), 10_002.000400080016);
    assert_eq!(metrics.throughput(), 6_544.327843642345);
    assert_eq!(metrics.success(), 0.6666);
    assert_eq!(metrics.bytes_in(), Bytes { total: 10_000, mean: 2.0 });
    assert_eq!(metrics.bytes_out(), Bytes { total: 5000, mean: 1.0 });
    assert_eq!(metrics.codes().collect::<Vec<_>>(), [(200, 3333), (500, 1667)]);
    assert_eq!(metrics.errors().collect::<Vec<_>>(), [("500 x", 1667)]);
    let buckets = metrics.buckets().unwrap();
    assert_eq!(buckets.iter().map(|(_, _, count)| count).collect::<Vec<_>>(), [499, 1997, 2504]);
    check_quantiles(&steady());
}

#[test]
fn latencies_from_a_nanosecond_to_an_hour_keep_their_precision() {
    let latencies = [1, 999_999_999, 59_999_999_999, 3_599_999_999_999];
    let samples = latencies.map(|latency_ns| Sample { latency_ns, ..Sample::default() });
    let metrics = fold(&samples, None);
    assert_eq!(nanos(metrics.latency().mean()), 915_249_999_999);
    assert_eq!(nanos(metrics.latency().min()), 1);
    assert_eq!(nanos(metrics.latency().max()), 3_599_999_999_999);
    check_quantiles(&samples);
}

// Vegeta's lib/metrics_test.go, TestMetrics_Add, except for its errors: there every second request
// has one regardless of its status, which no attack writes.
#[test]
fn ten_thousand_requests_have_the_values_of_vegetas_test() {
    let sample = |i: i64| Sample {
        code: [500, 200, 302][(i % 3) as usize],
        timestamp_ns: (i - 1) * 1_000_000_000,
        latency_ns: i as u64 * 1000,
        bytes_in: 1024,
        bytes_out: 512,
        error: if i % 3 == 0 { ERROR.to_owned() } else { String::new() },
        ..Sample::default()
    };
    let samples: Vec<Sample> = (1..=10_000).map(sample).collect();
    let metrics = fold(&samples, None);
    assert_eq!(nanos(metrics.latency().max()), 10_000_000);
    assert_eq!(nanos(metrics.latency().mean()), 5_000_500);
    assert_eq!(metrics.bytes_in(), Bytes { total: 10_240_000, mean: 1024.0 });
    assert_eq!(metrics.bytes_out(), Bytes { total: 5_120_000, mean: 512.0 });
    assert_eq!(metrics.duration(), Duration::from_secs(9999));
    assert_eq!(metrics.wait(), Duration::from_millis(10));
    assert_eq!(metrics.rate(), 1.000100010001);
    assert_eq!(metrics.throughput(), 0.6667660098349737);
    assert_eq!(metrics.success(), 0.6667);
    assert_eq!(metrics.codes().collect::<Vec<_>>(), [(200, 3334), (302, 3333), (500, 3333)]);
    assert_eq!(metrics.errors().collect::<Vec<_>>(), [(ERROR, 3333)]);
    check_quantiles(&samples);
}

#[test]
fn a_status_whose_body_failed_is_no_success() {
    let whole = Sample { code: 200, ..Sample::default() };
    let broken = Sample { error: "unexpected EOF".to_owned(), ..whole.clone() };
    let metrics = fold(&[whole, broken], None);
    assert_eq!(metrics.success(), 0.5);
    assert_eq!(metrics.codes().collect::<Vec<_>>(), [(200, 2)]);
}

// https://github.com/tsenart/vegeta/issues/208
#[test]
fn a_single_request_has_a_finite_rate() {
    let metrics = fold(&[Sample { code: 200, latency_ns: 5, ..Sample::default() }], None);
    assert_eq!((metrics.rate(), metrics.throughput(), metrics.success()), (1.0, 1.0, 1.0));
    assert_eq!((metrics.duration(), nanos(metrics.wait())), (Duration::ZERO, 5));
}

#[test]
fn an_empty_stream_has_zero_values() {
    let metrics = Metrics::default();
    assert_eq!(metrics.requests(), 0);
    assert_eq!((metrics.rate(), metrics.throughput(), metrics.success()), (0.0, 0.0, 0.0));
    assert_eq!(metrics.bytes_in(), Bytes { total: 0, mean: 0.0 });
    assert_eq!((metrics.duration(), metrics.wait()), (Duration::ZERO, Duration::ZERO));
    assert!(metrics.span().is_none() && metrics.lag().is_none() && metrics.response().is_none());
    assert_eq!((metrics.codes().count(), metrics.errors().count()), (0, 0));
}

#[test]
fn records_out_of_order_cover_the_same_span() {
    let mut samples = scheduled();
    let in_order = fold(&samples, None).span();
    samples.reverse();
    assert_eq!(fold(&samples, None).span(), in_order);
}

#[test]
fn extreme_timestamps_do_not_overflow() {
    let at = |timestamp_ns| Sample { timestamp_ns, latency_ns: u64::MAX, ..Sample::default() };
    let metrics = fold(&[at(i64::MIN), at(i64::MAX)], None);
    assert_eq!(nanos(metrics.duration()), u64::MAX);
    assert_eq!(metrics.wait(), Duration::ZERO);
    assert!(metrics.rate() > 0.0);
}

#[test]
fn only_records_with_a_lag_count_in_lag_and_response() {
    let sample = |latency_ns, lag_ns| Sample { latency_ns, lag_ns, ..Sample::default() };
    let metrics = fold(&[sample(100, Some(20)), sample(900, None), sample(300, Some(0))], None);
    let (lag, response) = (metrics.lag().unwrap(), metrics.response().unwrap().all());
    assert_eq!((lag.count(), lag.total_ns(), nanos(lag.max())), (2, 20, 20));
    assert_eq!((response.count(), nanos(response.min()), nanos(response.max())), (2, 120, 300));
    assert_eq!(metrics.requests(), 3);
}

#[test]
fn two_parts_merge_to_the_whole() {
    let samples = scheduled();
    let mut whole = fold(&samples, Some("[1ms]"));
    whole.add_plan(&plan());
    for place in [0, 1, 2500, 4999, 5000] {
        let (first, second) = samples.split_at(place);
        let mut merged = fold(first, Some("[1ms]"));
        let mut rest = fold(second, Some("[1ms]"));
        rest.add_plan(&plan());
        merged.merge(&rest);
        assert_eq!(merged, whole, "split at {place}");
    }
}

#[test]
fn runs_of_a_batch_count_as_the_whole() {
    let samples = scheduled();
    let batch = batch(&samples);
    let mut metrics = Metrics::new(Some(Buckets::parse("[1ms]").unwrap()));
    for range in [0..1, 1..1, 1..2500, 2500..4999, 4999..5000] {
        metrics.add_rows(&batch.rows(range));
    }
    assert_eq!(metrics, fold(&samples, Some("[1ms]")));
}

#[test]
fn facts_are_known_once_an_attack_recorded_them() {
    let mut metrics = Metrics::default();
    assert_eq!(metrics.facts(), None);
    let facts = Facts { descriptors: Some(1024), engine_cpu: vec![0.25], ..Facts::default() };
    metrics.add_facts(&facts);
    metrics.add_facts(&Facts { descriptors: Some(4096), ..Facts::default() });
    assert_eq!(metrics.facts(), Some(&facts));
}

#[test]
fn only_calls_messages_and_requests_are_in_the_main_metrics() {
    let mut metrics = Metrics::default();
    metrics.add_batch(&crate::metrics::samples::mixed_calls());
    assert_eq!((metrics.requests(), metrics.successes()), (300, 290));
    let kinds: Vec<_> = metrics
        .kinds()
        .map(|(kind, part)| (kind.word(), part.requests(), part.successes()))
        .collect();
    let expected =
        [("http", 100, 100), ("call", 100, 90), ("message", 100, 100), ("connect", 10, 9)];
    assert_eq!(kinds, expected);
    let plain = fold(&steady(), None);
    assert_eq!(plain.kinds().count(), 0);
    assert!(plain.kind(RecordKind::HTTP).is_some_and(|part| *part == plain));
}

#[test]
fn metrics_by_kind_do_not_depend_on_how_a_run_is_cut() {
    let batch = crate::metrics::samples::mixed_calls();
    let of = |cuts: &[usize]| {
        let mut metrics = Metrics::default().sliced();
        cuts.windows(2).for_each(|ends| metrics.add_rows(&batch.rows(ends[0]..ends[1])));
        metrics
    };
    let whole = of(&[0, batch.len()]);
    for cut in [0, 5, 10, 11, 12, 13, 100, batch.len()] {
        assert_eq!(of(&[0, cut, batch.len()]), whole, "{cut}");
        let [mut one, other] = [[0, cut], [cut, batch.len()]].map(|ends| of(&ends));
        one.merge(&other);
        let kinds = |metrics: &Metrics| {
            let count = |(kind, part): (RecordKind, &Metrics)| (kind, part.latency().clone());
            metrics.kinds().map(count).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&one), kinds(&whole), "{cut}");
        assert_eq!(one.calls(), whole.calls(), "{cut}");
    }
}

#[test]
fn a_flow_may_begin_and_end_with_a_step_of_any_kind() {
    let mut builder = BatchBuilder::with(Extras { flows: true, messaging: true });
    let kinds = [Some(Kind::Connect), None, Some(Kind::Message), Some(Kind::Close)];
    let end =
        FlowEnd { time: Duration::from_secs(2), thought: Duration::from_secs(1), failed: false };
    for flow_seq in 0..3 {
        for (flow_hit, kind) in (0..).zip(kinds) {
            let step = FlowStep {
                flow_seq,
                flow_hit,
                checks: Some(2),
                checks_failed: Some(0),
                ended: Some(end).filter(|_| flow_hit == 3),
                ..FlowStep::default()
            };
            let messaging = kind.map(|kind| Messaging { kind, ..Messaging::default() });
            builder.push(&Record { code: 101, flow: Some(step), messaging, ..Record::default() });
        }
    }
    let batch = builder.finish();
    let of = |cuts: &[usize]| {
        let mut metrics = Metrics::default();
        cuts.windows(2).for_each(|ends| metrics.add_rows(&batch.rows(ends[0]..ends[1])));
        metrics
    };
    let whole = of(&[0, 12]);
    let flows = whole.flows().unwrap();
    assert_eq!([flows.started(), flows.finished(), flows.unfinished()], [3, 3, 0]);
    assert_eq!(flows.time().max(), Duration::from_secs(1));
    assert_eq!(whole.checks().map(|checks| checks.total), Some(24));
    let connects = whole.kind(RecordKind(Some(Kind::Connect))).unwrap();
    assert_eq!(connects.checks().map(|checks| checks.total), Some(6));
    for cut in 0..=12 {
        assert_eq!(of(&[0, cut, 12]).flows(), Some(flows), "{cut}");
        let [mut one, other] = [[0, cut], [cut, 12]].map(|ends| of(&ends));
        one.merge(&other);
        assert_eq!(one.flows(), Some(flows), "{cut}");
    }
}
