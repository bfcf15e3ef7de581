//! Rows about WebSockets: how many were open, deliveries, close codes, and recoveries.

use std::time::Duration;

use crate::metrics::{Deliveries, Metrics, RecordKind, Recovery, Sockets, Times};
use crate::record::Kind;
use crate::units::GoDuration;

/// The name of a row, the names of its values, and the values.
type Row = [String; 3];

/// Printed for a number that the plan or the stream does not have.
const UNKNOWN: &str = "-";

/// The name of closes without a code in a close frame, and without an error.
pub(in crate::report) const NO_CODE: &str = "(no code)";

/// The names of the values in the row of sockets.
pub(in crate::report) const COUNTS: [&str; 5] = ["planned", "opened", "lost", "reopened", "at end"];

/// Returns the number of sockets at each of [`COUNTS`].
pub(in crate::report) fn counts(sockets: &Sockets) -> [String; 5] {
    let planned = sockets.planned.map_or(UNKNOWN.to_owned(), |planned| planned.to_string());
    let [opened, lost, reopened, at_end] =
        [sockets.opened, sockets.lost, sockets.reopened, sockets.at_end].map(|n| n.to_string());
    [planned, opened, lost, reopened, at_end]
}

/// Returns the row with the numbers of sockets.
pub(in crate::report) fn count_row(sockets: &Sockets) -> Row {
    let names = format!("[{}]", COUNTS.join(", "));
    ["Sockets".to_owned(), names, counts(sockets).join(", ")]
}

/// Returns the row of deliveries. None if there are none.
pub(in crate::report) fn delivery_row(metrics: &Metrics) -> Option<Row> {
    let names = "[expected, got, reach, 50, 95, 99, max]".to_owned();
    let values = [&counts_of_deliveries(metrics)?[..], &delivery_times(metrics)].concat();
    Some(["Deliveries".to_owned(), names, values.join(", ")])
}

/// Returns the number of deliveries that were expected, the number of those that came, and their
/// share. Without any that was expected, only the number of those that came. None without deliveries.
pub(in crate::report) fn counts_of_deliveries(metrics: &Metrics) -> Option<[String; 3]> {
    let deliveries = metrics.deliveries()?;
    Some(match deliveries.reach() {
        None => [UNKNOWN.to_owned(), deliveries.total.to_string(), UNKNOWN.to_owned()],
        Some(_) => [
            deliveries.expected.to_string(),
            deliveries.in_time.to_string(),
            reach(deliveries).unwrap_or_default(),
        ],
    })
}

/// Returns the share of the expected deliveries that came in time, in percent: 100 only if all did.
/// None if none was expected.
pub(in crate::report) fn reach(deliveries: Deliveries) -> Option<String> {
    let percent = deliveries.reach()? * 100.0;
    let is_complete = deliveries.in_time == deliveries.expected;
    let shown = if is_complete { percent } else { percent.min(99.99) };
    Some(format!("{shown:.2}%"))
}

/// Returns the times of the deliveries. None if they are unknown, because the stream has only the
/// messages that waited for them.
pub(in crate::report) fn times_of_deliveries(metrics: &Metrics) -> Option<&Times> {
    let part = metrics.kind(RecordKind(Some(Kind::Delivery)))?;
    let has_come = metrics.deliveries().is_some_and(|deliveries| deliveries.in_time > 0);
    (part.requests() > 0 || !has_come).then(|| part.latencies())
}

/// Returns p50, p95, p99 and the maximum of the deliveries, with a sign before each lower bound.
fn delivery_times(metrics: &Metrics) -> [String; 4] {
    let Some(times) = times_of_deliveries(metrics) else {
        return [UNKNOWN; 4].map(str::to_owned);
    };
    let quantiles = times.quantiles();
    let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|quantile| quantiles.at(quantile).to_string());
    [p50, p95, p99, times.max().to_string()]
}

/// Returns each close code with its number of closes, by rising code.
pub(in crate::report) fn codes(sockets: &Sockets) -> Vec<(String, u64)> {
    let codes = sockets.close_codes.iter().map(|(code, count)| (code.to_string(), *count));
    let none = (sockets.without_code > 0).then(|| (NO_CODE.to_owned(), sockets.without_code));
    codes.chain(none).collect()
}

/// Returns the row of close codes, which follows that of closes. None without closes.
pub(in crate::report) fn code_row(sockets: &Sockets) -> Option<Row> {
    let codes: Vec<String> =
        codes(sockets).into_iter().map(|(code, count)| format!("{code}:{count}")).collect();
    (!codes.is_empty()).then(|| [String::new(), "[code:count]".to_owned(), codes.join("  ")])
}

/// Returns one row for each drop of several sockets; only the first row has a name.
pub(in crate::report) fn recovery_rows(sockets: &Sockets) -> impl Iterator<Item = Row> {
    let names = std::iter::once("Recovery").chain(std::iter::repeat(""));
    names.zip(&sockets.recoveries).map(|(name, recovery)| {
        let values = recovery_values(recovery).join(", ");
        [name.to_owned(), "[drop, back, time]".to_owned(), values]
    })
}

/// Returns when sockets were lost, how many were opened again, and the time until all were.
pub(in crate::report) fn recovery_values(recovery: &Recovery) -> [String; 3] {
    let shown = |time: Duration| GoDuration::rounded(time).to_string();
    [
        shown(recovery.drop),
        format!("{} of {}", recovery.back, recovery.lost),
        recovery.time.map_or(UNKNOWN.to_owned(), shown),
    ]
}
