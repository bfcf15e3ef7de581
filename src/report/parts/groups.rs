//! The table of groups: one row per group, and the total.

use std::time::Duration;

use crate::markup::escape::visible;
use crate::metrics::{By, Flows, Groups, Metrics};
use crate::units::GoDuration;

/// Name of the last row, which covers all records.
pub(in crate::report) const TOTAL: &str = "(total)";

/// The name of a group, and the statistics of its requests.
pub(in crate::report) type Row = [String; 8];

/// Returns the names of the columns; the first is the key that groups are formed by. By flow, the
/// values are those of flows, otherwise those of requests.
pub(in crate::report) fn head(groups: &Groups) -> Row {
    let key = groups.by().word();
    let count = if groups.by() == By::Flow { "flows" } else { "requests" };
    [key, count, "rate", "success", "50", "95", "99", "max"].map(str::to_owned)
}

/// Returns one row per group, and the total.
pub(in crate::report) fn rows(groups: &Groups, whole: &Metrics) -> Vec<Row> {
    let time = whole.users_time();
    let row = |name: &str, metrics: &Metrics| match groups.by() {
        By::Flow => flow_row(name, metrics, time),
        _ => row(name, metrics),
    };
    let of_groups = groups.iter().map(|(name, metrics)| row(&visible(&name.text), metrics));
    of_groups.chain([row(TOTAL, whole)]).collect()
}

/// Returns the statistics of flows: those started, per second too, the share that finished, and
/// their times without think time. `time` is that in which the users of a closed loop began flows.
fn flow_row(name: &str, metrics: &Metrics, time: Option<Duration>) -> Row {
    let none = Flows::default();
    let flows = metrics.flows().unwrap_or(&none);
    let counts = (flows.started(), flows.rate_in(time), flows.success());
    let (time, quantiles) = (flows.time(), flows.time().quantiles());
    let times = [quantiles.at(0.5), quantiles.at(0.95), quantiles.at(0.99), time.max()];
    row_of(name, counts, times.map(|time| GoDuration::rounded(time).to_string()))
}

fn row(name: &str, metrics: &Metrics) -> Row {
    let counts = (metrics.requests(), metrics.rate(), metrics.success());
    let (latency, quantiles) = (metrics.latencies(), metrics.latencies().quantiles());
    let times = [quantiles.at(0.5), quantiles.at(0.95), quantiles.at(0.99), latency.max()];
    row_of(name, counts, times.map(|time| time.to_string()))
}

/// Returns a row: a count, its rate per second, a share, and times.
fn row_of(name: &str, (count, rate, success): (u64, f64, f64), times: [String; 4]) -> Row {
    let [p50, p95, p99, max] = times;
    [
        name.to_owned(),
        count.to_string(),
        format!("{rate:.2}"),
        format!("{:.2}%", success * 100.0),
        p50,
        p95,
        p99,
        max,
    ]
}
