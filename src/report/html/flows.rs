//! The table of flows.

use std::time::Duration;

use crate::markup::html::{Cell, Table, Tone};
use crate::metrics::{Checks, Flows, Groups, Metrics};
use crate::report::html::cells::{duration, text};
use crate::report::parts::{flows, groups};

/// The names of the columns after the name of the flow. The times are without think time.
const HEAD: [&str; 13] = [
    "flow", "started", "rate", "finished", "failed", "success", "checks", "mean", "p50", "p95",
    "p99", "max", "thinking",
];

/// Returns the statistics of flows, one row per flow, and the total.
pub(super) fn table(groups: &Groups, whole: &Metrics) -> Table {
    let time = whole.users_time();
    let unfinished = if whole.is_over() { "cut" } else { "in progress" };
    let mut head: Vec<String> = HEAD.map(str::to_owned).to_vec();
    head.insert(5, unfinished.to_owned());
    let of_groups = groups.iter().filter(|(_, metrics)| metrics.flows().is_some());
    Table {
        caption: "Flows".to_owned(),
        is_headed: true,
        head,
        rows: of_groups.map(|(name, metrics)| row(&name.text, metrics, time)).collect(),
        total: Some(row(groups::TOTAL, whole, time)),
    }
}

/// Returns the cells of a flow. `time` is that in which the users of a closed loop began flows.
fn row(name: &str, metrics: &Metrics, time: Option<Duration>) -> Vec<Cell> {
    let none = Flows::default();
    let flows = metrics.flows().unwrap_or(&none);
    let rate = flows.rate_in(time);
    let quantiles = flows.time().quantiles();
    let quantile = |quantile| duration(quantiles.at(quantile));
    let success = Cell::figure(format!("{:.2}%", flows.success() * 100.0), flows.success());
    vec![
        text(name),
        Cell::figure(flows.started().to_string(), flows.started()),
        Cell::figure(format!("{rate:.2}/s"), rate),
        Cell::figure(flows.finished().to_string(), flows.finished()),
        Cell::figure(flows.failed().to_string(), flows.failed()).toned(bad_if(flows.failed())),
        Cell::figure(flows.unfinished().to_string(), flows.unfinished()),
        success.toned(bad_if(flows.failed())),
        checks(metrics.checks()),
        duration(flows.time().mean()),
        quantile(0.5),
        quantile(0.95),
        quantile(0.99),
        duration(flows.time().max()),
        duration(flows.mean_think_time()),
    ]
}

/// Returns the share of the checks that passed; a dash if there are none.
fn checks(checks: Option<Checks>) -> Cell {
    let Some(checks) = checks else { return Cell::text("-") };
    Cell::figure(flows::passed(checks), checks.passed()).toned(bad_if(checks.failed))
}

fn bad_if(count: u64) -> Tone {
    if count > 0 { Tone::Bad } else { Tone::Plain }
}
