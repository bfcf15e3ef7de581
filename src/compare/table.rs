//! The tables of a comparison, shared by text, Markdown and HTML.

use crate::compare::flows::FlowRow;
use crate::compare::regression::RegressionResult;
use crate::compare::row::Row;
use crate::compare::run::Run;
use crate::metrics::{BoundedTime, Statistic};
use crate::report::format_statistic;
use crate::units::GoDuration;

/// Cells of a statistic: name, base, new, difference, interval, verdict.
pub(super) type Cells = [String; 6];

/// Printed for an unknown value.
const UNKNOWN: &str = "-";

/// Returns the names of the columns, given the first one.
pub(super) fn head(first: &str) -> Cells {
    [first, "base", "new", "difference", "95% interval", "verdict"].map(str::to_owned)
}

/// Returns the table of the flows: the names of the columns, and a row for each statistic.
pub(super) fn flow_table(rows: &[FlowRow]) -> Vec<[String; 4]> {
    let head = ["", "base", "new", "difference"].map(str::to_owned);
    let cells = |flow: &FlowRow| {
        let [_, base, new, difference, ..] = row(&flow.as_row());
        [flow.name.to_owned(), base, new, difference]
    };
    [head].into_iter().chain(rows.iter().map(cells)).collect()
}

/// Returns the cells of rows.
pub(super) fn cells(rows: &[Row]) -> Vec<Cells> {
    rows.iter().map(row).collect()
}

fn row(row: &Row) -> Cells {
    let change = row.change().filter(|_| row.statistic != Statistic::Success);
    let change = change.map_or(String::new(), |change| format!(" ({})", percent(change)));
    let difference = match row.is_lower_bound {
        _ if row.is_open() => UNKNOWN.to_owned(),
        [false, false] => amount(row.statistic, row.difference()) + &change,
        // The lower bound is the greater value, so the difference is at least as large as that.
        [is_base, _] => {
            let sign = if is_base { "≤" } else { BoundedTime::AT_LEAST };
            sign.to_owned() + &amount(row.statistic, row.difference())
        }
    };
    let interval = row.shown_interval().map_or(UNKNOWN.to_owned(), |interval| {
        let [low, high] = [interval.low, interval.high].map(|end| end_of_interval(row, end));
        format!("{low} to {high}")
    });
    [
        row.statistic.name().to_owned(),
        value(row, 0),
        value(row, 1),
        difference,
        interval,
        row.verdict().name().to_owned(),
    ]
}

/// Returns the value of the base, or with 1 of the new run, with a sign before a lower bound.
fn value(row: &Row, side: usize) -> String {
    let sign = if row.is_lower_bound[side] { BoundedTime::AT_LEAST } else { "" };
    sign.to_owned() + &format_statistic(row.statistic, [row.base, row.new][side])
}

/// Returns an end of the interval as a share of the base, for success in percentage points.
fn end_of_interval(row: &Row, end: f64) -> String {
    let share = row.share_of_base(end).filter(|_| row.statistic != Statistic::Success);
    share.map_or_else(|| amount(row.statistic, end), percent)
}

fn percent(share: f64) -> String {
    format!("{:+.1}%", share * 100.0)
}

/// Returns a difference with its sign and unit.
fn amount(statistic: Statistic, difference: f64) -> String {
    match statistic {
        Statistic::Success => format!("{:+.2}pp", difference * 100.0),
        Statistic::Throughput => format!("{difference:+.2}/s"),
        _ => {
            let sign = if difference < 0.0 { '-' } else { '+' };
            format!("{sign}{}", format_statistic(statistic, difference.abs()))
        }
    }
}

/// Returns a summary of a run, e.g. `3000 requests, 50.02/s for 59.98s, base.arrow`.
pub(super) fn side(run: &Run<'_>) -> String {
    let metrics = run.whole;
    let length = metrics.duration();
    format!(
        "{} requests, {:.2}/s for {}, {}",
        metrics.requests(),
        metrics.rate(),
        GoDuration::rounded(length),
        run.name
    )
}

/// Returns a row for each result of a regression limit: outcome, limit, and difference.
pub(super) fn result_rows(results: &[RegressionResult<'_>]) -> Vec<[String; 3]> {
    let cells = |result: &RegressionResult<'_>| {
        let group = result.group().map_or(String::new(), |group| format!("{group}: "));
        let found = result.row().map(|row| group + &row_difference(row));
        [
            result.outcome().name().to_owned(),
            result.expr().to_owned(),
            found.unwrap_or_else(|| UNKNOWN.to_owned()),
        ]
    };
    results.iter().map(cells).collect()
}

fn row_difference(row: &Row) -> String {
    let [_, _, _, difference, interval, _] = self::row(row);
    format!("{difference}, {interval}")
}
