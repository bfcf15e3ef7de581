//! Rows about calls and messages.

use std::iter;

use crate::markup::escape::visible;
use crate::metrics::{Calls, Distribution, Metrics, RecordKind, Times};
use crate::record::Kind;
use crate::report::parts::sockets;
use crate::units::GoDuration;

/// The name of a row, the names of its values, and the values.
pub(in crate::report) type Row = [String; 3];

/// Maximum number of error texts of streams that could not be opened, or that failed.
const SHOWN: usize = 5;

/// Returns the rows about calls, messages, long-lived streams and WebSockets; none for plain HTTP requests.
pub(in crate::report) fn rows(metrics: &Metrics) -> Vec<Row> {
    let sockets = metrics.sockets();
    let of_kind = |name, kind| {
        let part = metrics.kind(RecordKind(Some(kind)));
        part.map(|part| stream_rows(name, part)).unwrap_or_default()
    };
    [
        metrics.calls().map(call_rows).unwrap_or_default(),
        sockets.iter().map(sockets::count_row).collect(),
        of_kind("Connects", Kind::Connect),
        of_kind("Reconnects", Kind::Reconnect),
        sockets::delivery_row(metrics).into_iter().collect(),
        of_kind("Pings", Kind::Ping),
        of_kind("Closes", Kind::Close),
        sockets.iter().filter_map(sockets::code_row).collect(),
        sockets.iter().flat_map(sockets::recovery_rows).collect(),
    ]
    .concat()
}

/// Returns the rows about calls. What only streams of messages have is not shown for calls with one
/// message in each direction.
fn call_rows(calls: &Calls) -> Vec<Row> {
    let statuses: Vec<String> =
        calls.statuses().map(|(name, count)| format!("{name}:{count}")).collect();
    let statuses =
        (!statuses.is_empty()).then(|| row("Statuses", "[status:count]", &statuses.join("  ")));
    let spread = |name, times: Option<&Distribution>| {
        times.map(|times| row(name, "[mean, 50, 95, 99, max]", &spread(times)))
    };
    let streamed = |times: Option<Row>| times.filter(|_| calls.has_streams());
    let messages = row("Messages", "[out, in, out a call, in a call]", &messages(calls));
    [
        statuses,
        spread("Sent", calls.sent()),
        streamed(spread("First message", calls.first_message())),
        streamed(spread("Gaps", calls.gap())),
        streamed(Some(messages)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Returns the rows about streams that were opened or that ended, or about pings: how many, how long
/// that took, and why some failed.
fn stream_rows(name: &str, streams: &Metrics) -> Vec<Row> {
    let values = format!(
        "{}, {:.2}%, {}",
        streams.requests(),
        streams.success() * 100.0,
        bounded_spread(streams.latencies())
    );
    let total = row(name, "[total, success, mean, 50, 95, 99, max]", &values);
    let error = |(error, count): (&str, u64)| {
        row("", "[count  error]", &format!("{count}  {}", visible(error)))
    };
    iter::once(total).chain(streams.errors().take(SHOWN).map(error)).collect()
}

/// Returns the numbers of messages, also per call.
fn messages(calls: &Calls) -> String {
    let counts = [calls.messages_out(), calls.messages_in()];
    let [out_each, in_each] = counts.map(|count| format!("{:.2}", calls.per_call(count)));
    let [total_out, total_in] = counts;
    format!("{total_out}, {total_in}, {out_each}, {in_each}")
}

/// Returns mean, p50, p95, p99 and maximum.
fn spread(times: &Distribution) -> String {
    let quantiles = times.quantiles();
    let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|quantile| quantiles.at(quantile));
    let shown = [times.mean(), p50, p95, p99, times.max()];
    shown.map(|time| GoDuration::rounded(time).to_string()).join(", ")
}

/// Returns mean, p50, p95, p99 and maximum, with a sign before each lower bound.
fn bounded_spread(times: &Times) -> String {
    let quantiles = times.quantiles();
    let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|quantile| quantiles.at(quantile).to_string());
    let mean = GoDuration::rounded(times.mean()).to_string();
    [mean, p50, p95, p99, times.max().to_string()].join(", ")
}

fn row(name: &str, names: &str, values: &str) -> Row {
    [name, names, values].map(str::to_owned)
}
