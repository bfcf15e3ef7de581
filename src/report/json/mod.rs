//! The JSON report: Vegeta's object on one line, followed by the keys that only drumfire knows.

mod times;
mod flows;
mod calls;
mod sockets;

use std::collections::BTreeMap;
use std::io;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::markup::escape::is_unruly;
use crate::markup::go_json;
use crate::metrics::{BucketCounts, By, Bytes, GroupName, Metrics, Reason, RecordKind, Verdict};
use crate::plan::Plan;
use crate::report::Contents;
use crate::report::json::calls::CallFigures;
use crate::report::json::flows::{CheckFigures, FlowFigures, Loop};
use crate::report::json::sockets::{DeliveryFigures, SocketFigures};
use crate::report::json::times::{Censored, Latencies};
use crate::report::parts::intervals::Intervals;
use crate::threshold::{Measured, ThresholdResult, ThresholdResults};

/// Go's zero time, for an instant that no record provides.
const NO_TIME: &str = "0001-01-01T00:00:00Z";

/// Returns the report as one line with its newline.
pub(super) fn render(contents: Contents<'_>) -> io::Result<String> {
    let mut line = Vec::new();
    go_json::write(&mut line, &Report::from(contents))?;
    let line = String::from_utf8(line).map_err(io::Error::other)?;
    Ok(escape_controls(&line) + "\n")
}

/// Returns JSON in which control characters are replaced by `\u` escapes: a server's text may be
/// printed on a terminal. They occur only inside strings, and none needs a surrogate pair.
pub(crate) fn escape_controls(json: &str) -> String {
    let mut escape_controls = String::with_capacity(json.len() + 1);
    let mut rest = json;
    while let Some(place) = rest.find(is_unruly) {
        let (plain, unruly) = rest.split_at(place);
        let mut letters = unruly.chars();
        escape_controls += plain;
        escape_controls
            .extend(letters.next().map(|letter| format!("\\u{:04x}", u32::from(letter))));
        rest = letters.as_str();
    }
    escape_controls + rest
}

/// The keys of the report in output order. Durations are in ns.
///
/// Source: Vegeta, lib/metrics.go, Metrics, up to `errors`.
#[derive(Serialize)]
struct Report<'a> {
    latencies: Latencies,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "bucket_object")]
    buckets: Option<&'a BucketCounts>,
    bytes_in: ByteFigures,
    bytes_out: ByteFigures,
    earliest: String,
    latest: String,
    end: String,
    duration: u128,
    wait: u128,
    requests: u64,
    rate: f64,
    throughput: f64,
    success: f64,
    status_codes: BTreeMap<String, u64>,
    errors: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "count_object")]
    error_counts: Vec<(&'a str, u64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lag: Option<Latencies>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<Latencies>,
    #[serde(skip_serializing_if = "Option::is_none")]
    censored: Option<Censored>,
    #[serde(flatten)]
    calls: Option<CallFigures>,
    #[serde(flatten)]
    sockets: Option<SocketFigures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deliveries: Option<DeliveryFigures>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "group_object")]
    kinds: Option<Vec<(String, Report<'a>)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flows: Option<FlowFigures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<CheckFigures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intervals: Option<Intervals>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<Planned<'a>>,
    #[serde(rename = "loop", skip_serializing_if = "Option::is_none")]
    closed_loop: Option<Loop<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    retries: u64,
    #[serde(skip_serializing_if = "is_zero")]
    truncated_bodies: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict_reasons: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aborted: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "group_object")]
    groups: Option<Vec<(String, Report<'a>)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thresholds: Option<Vec<Held<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pass: Option<bool>,
}

impl<'a> From<Contents<'a>> for Report<'a> {
    fn from(contents: Contents<'a>) -> Self {
        let metrics = contents.whole;
        let verdict = metrics.verdict();
        let is_by_flow = contents.groups.is_some_and(|groups| groups.by() == By::Flow);
        let of_group = |(name, metrics): (GroupName, &'a Metrics)| {
            // The flows of a step are only those that begin or end with it.
            let flows = FlowFigures::of(metrics, contents.whole).filter(|_| is_by_flow);
            (name.text, Report { flows, ..metrics.into() })
        };
        let of_kind = |(kind, metrics): (RecordKind, &'a Metrics)| {
            (kind.word().to_owned(), Report::from(metrics))
        };
        let kinds: Vec<_> = metrics.kinds().map(of_kind).collect();
        Self {
            // Vegeta's numbers, without lower bounds.
            latencies: metrics.latency().into(),
            kinds: (!kinds.is_empty()).then_some(kinds),
            sockets: SocketFigures::of(metrics),
            flows: FlowFigures::of(metrics, metrics),
            plan: metrics.plan().map(Planned::from),
            closed_loop: Loop::of(metrics),
            verdict: verdict.as_ref().map(Verdict::name),
            verdict_reasons: verdict
                .map(|verdict| verdict.reasons().iter().map(Reason::to_string).collect()),
            truncated_bodies: metrics.truncated_bodies(),
            aborted: metrics.aborted(),
            groups: contents.groups.map(|groups| groups.iter().map(of_group).collect()),
            thresholds: contents
                .thresholds
                .map(|thresholds| thresholds.results().iter().map(Held::from).collect()),
            pass: contents.thresholds.map(ThresholdResults::is_passed),
            ..metrics.into()
        }
    }
}

/// The statistics alone, for example of a group: the plan and the verdict belong to the whole
/// attack.
impl<'a> From<&'a Metrics> for Report<'a> {
    fn from(metrics: &'a Metrics) -> Self {
        let span = metrics.span();
        Self {
            latencies: metrics.latencies().into(),
            buckets: metrics.buckets(),
            bytes_in: metrics.bytes_in().into(),
            bytes_out: metrics.bytes_out().into(),
            earliest: timestamp(span.map(|span| span.earliest_ns)),
            latest: timestamp(span.map(|span| span.latest_ns)),
            end: timestamp(span.map(|span| span.end_ns)),
            duration: metrics.duration().as_nanos(),
            wait: metrics.wait().as_nanos(),
            requests: metrics.requests(),
            rate: metrics.rate(),
            throughput: metrics.throughput(),
            success: metrics.success(),
            status_codes: metrics.codes().map(|(code, n)| (code.to_string(), n)).collect(),
            errors: metrics.errors().map(|(error, _)| error).collect(),
            error_counts: metrics.errors().collect(),
            lag: metrics.lag().map(Latencies::from),
            response: metrics.response().map(Latencies::from),
            censored: Censored::of(metrics),
            calls: CallFigures::of(metrics),
            sockets: None,
            deliveries: metrics.deliveries().map(DeliveryFigures::from),
            kinds: None,
            flows: None,
            checks: metrics.checks().map(CheckFigures::from),
            intervals: Intervals::of(metrics),
            plan: None,
            closed_loop: None,
            retries: metrics.retries(),
            truncated_bodies: 0,
            verdict: None,
            verdict_reasons: None,
            aborted: None,
            groups: None,
            thresholds: None,
            pass: None,
        }
    }
}

#[derive(Serialize)]
struct ByteFigures {
    total: u128,
    mean: f64,
}

impl From<Bytes> for ByteFigures {
    fn from(Bytes { total, mean }: Bytes) -> Self {
        Self { total, mean }
    }
}

/// The settings fixed by the plan; settings left open are omitted.
#[derive(Serialize)]
struct Planned<'a> {
    #[serde(skip_serializing_if = "is_zero")]
    requests: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    flows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    users: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_flows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    streams: Option<u32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    rate: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    stages: String,
    #[serde(skip_serializing_if = "is_zero")]
    duration: u64,
    #[serde(skip_serializing_if = "str::is_empty")]
    arrivals: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    command: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    host: &'a str,
}

impl<'a> From<&'a Plan> for Planned<'a> {
    fn from(plan: &'a Plan) -> Self {
        Self {
            requests: plan.requests,
            flows: plan.flow_count,
            users: plan.users.as_deref(),
            max_flows: plan.max_flows,
            streams: plan.streams.map(|streams| streams.count),
            rate: plan.rate.rate_text(),
            stages: plan.rate.stages_text(),
            duration: plan.duration_ns,
            arrivals: plan.arrivals.as_str(),
            seed: plan.seed,
            command: &plan.command,
            version: &plan.version,
            host: &plan.host,
        }
    }
}

/// A threshold, and the values it was compared with.
#[derive(Serialize)]
struct Held<'a> {
    expr: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    value: Option<f64>,
    /// Whether the true value is at least the one found.
    #[serde(skip_serializing_if = "is_false")]
    censored: bool,
    pass: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
}

impl<'a> From<&'a ThresholdResult> for Held<'a> {
    fn from(row: &'a ThresholdResult) -> Self {
        let problem = match row.measured {
            Measured::Value(..) => None,
            Measured::Missing(reason) => Some(reason),
        };
        let (expr, name) = (&row.expr, row.name.as_deref());
        let (value, censored) = (row.measured.value(), row.measured.is_lower_bound());
        Self { expr, name, value, censored, pass: row.is_passed(), problem }
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Writes an object from lower bound in ns to count, ordered by bound.
fn bucket_object<S: Serializer>(
    buckets: &Option<&BucketCounts>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let counts = buckets.iter().flat_map(|buckets| buckets.iter());
    serializer.collect_map(counts.map(|(lower, _, count)| (lower.as_nanos().to_string(), count)))
}

/// Writes an object from text to count.
fn count_object<S: Serializer>(counts: &[(&str, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.iter().copied())
}

/// Writes an object from the name of a group or kind to its statistics, in their order.
fn group_object<S: Serializer>(
    groups: &Option<Vec<(String, Report<'_>)>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(groups.iter().flatten().map(|(name, figures)| (name, figures)))
}

/// Prints an instant in ns since 1970 in Go's RFC3339Nano format, UTC.
fn timestamp(ns: Option<i64>) -> String {
    let Some(ns) = ns else {
        return NO_TIME.to_owned();
    };
    Timestamp::from_nanosecond(ns.into())
        .expect("64 bits of ns lie within the years that a timestamp can have")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_in_it_drives_a_terminal() {
        let table = [("µ \u{9b}2J", r"µ \u009b2J"), ("\u{7f}\u{202e}", r"\u007f\u202e"), ("", "")];
        for (text, expected) in table {
            assert_eq!(escape_controls(text), expected);
        }
    }

    #[test]
    fn timestamps_print_as_go_prints_them() {
        let table = [
            (None, "0001-01-01T00:00:00Z"),
            (Some(0), "1970-01-01T00:00:00Z"),
            (Some(1_795_180_206_240_727_031), "2026-11-20T13:10:06.240727031Z"),
            (Some(1_795_180_206_240_727_000), "2026-11-20T13:10:06.240727Z"),
            (Some(1_795_180_206_200_000_000), "2026-11-20T13:10:06.2Z"),
            (Some(-1), "1969-12-31T23:59:59.999999999Z"),
            (Some(i64::MIN), "1677-09-21T00:12:43.145224192Z"),
            (Some(i64::MAX), "2262-04-11T23:47:16.854775807Z"),
        ];
        for (ns, text) in table {
            assert_eq!(timestamp(ns), text);
        }
    }
}
