//! The comparison as JSON, on one line.

use std::collections::BTreeMap;
use std::io;

use serde::{Serialize, Serializer};

use crate::compare::comparison::Comparison;
use crate::compare::flows::FlowRow;
use crate::compare::regression::RegressionResult;
use crate::compare::row::Row;
use crate::compare::run::Run;
use crate::markup::go_json;
use crate::report::escape_controls;
use crate::threshold::Outcome;

/// Returns the comparison as one line, newline included.
pub(super) fn render(
    comparison: &Comparison<'_>,
    results: &[RegressionResult<'_>],
) -> io::Result<String> {
    let mut line = Vec::new();
    go_json::write(&mut line, &Document::of(comparison, results))?;
    let line = String::from_utf8(line).map_err(io::Error::other)?;
    Ok(escape_controls(&line) + "\n")
}

/// The keys in their order. Latencies are in ns, success is a share, throughput is per second.
#[derive(Serialize)]
struct Document<'a> {
    base: Side<'a>,
    new: Side<'a>,
    warnings: &'a [String],
    figures: Statistics,
    #[serde(skip_serializing_if = "Option::is_none")]
    flows: Option<BTreeMap<&'static str, FlowDifference>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calls: Option<BTreeMap<&'static str, FlowDifference>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<BTreeMap<&'a str, Statistics>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fail_on: Vec<LimitResult<'a>>,
    /// Missing without a regression limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pass: Option<bool>,
}

/// The statistics by name, in the order of the table.
struct Statistics(Vec<(&'static str, Difference)>);

impl Serialize for Statistics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, difference)| (name, difference)))
    }
}

#[derive(Serialize)]
struct Side<'a> {
    name: &'a str,
    requests: u64,
    rate: f64,
    duration: u128,
    verdict: Option<&'static str>,
}

#[derive(Serialize)]
struct Difference {
    base: f64,
    new: f64,
    difference: f64,
    /// The difference as a share of the base; null if the base is 0.
    change: Option<f64>,
    /// Of the difference; null with too few samples, and if a value is a lower bound.
    interval: Option<[f64; 2]>,
    verdict: &'static str,
    /// Which values are lower bounds; missing if both are known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    censored: Vec<&'static str>,
}

/// As [`Difference`], without an interval.
#[derive(Serialize)]
struct FlowDifference {
    base: f64,
    new: f64,
    difference: f64,
    change: Option<f64>,
}

impl From<&FlowRow> for FlowDifference {
    fn from(row: &FlowRow) -> Self {
        let (FlowRow { base, new, .. }, plain) = (*row, row.as_row());
        Self { base, new, difference: plain.difference(), change: plain.change() }
    }
}

#[derive(Serialize)]
struct LimitResult<'a> {
    expr: &'a str,
    /// The group; missing for the whole runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    /// The difference that was checked; null if no group of the name is in both runs.
    difference: Option<f64>,
    outcome: &'static str,
}

impl<'a> Document<'a> {
    fn of(comparison: &'a Comparison<'_>, results: &'a [RegressionResult<'_>]) -> Self {
        let [(_, base), (_, new)] = comparison.sides();
        let by_group =
            || comparison.groups().map(|(name, rows)| (name, statistics(rows))).collect();
        let passes = || results.iter().all(|result| result.outcome() == Outcome::Pass);
        Self {
            base: Side::of(base),
            new: Side::of(new),
            warnings: comparison.warnings(),
            figures: statistics(comparison.rows()),
            flows: further(comparison.flows()),
            calls: further(comparison.calls()),
            groups: base.groups.map(|_| by_group()),
            fail_on: results.iter().map(LimitResult::of).collect(),
            pass: (!results.is_empty()).then(passes),
        }
    }
}

/// Returns the statistics by name; None if there are none.
fn further(rows: &[FlowRow]) -> Option<BTreeMap<&'static str, FlowDifference>> {
    (!rows.is_empty()).then(|| rows.iter().map(|row| (row.name, row.into())).collect())
}

impl<'a> Side<'a> {
    fn of(run: &Run<'a>) -> Self {
        let metrics = run.whole;
        Self {
            name: run.name,
            requests: metrics.requests(),
            rate: metrics.rate(),
            duration: metrics.duration().as_nanos(),
            verdict: metrics.verdict().map(|verdict| verdict.name()),
        }
    }
}

impl<'a> LimitResult<'a> {
    fn of(result: &'a RegressionResult<'_>) -> Self {
        Self {
            expr: result.expr(),
            group: result.group(),
            difference: result.row().map(Row::difference),
            outcome: result.outcome().name(),
        }
    }
}

fn statistics(rows: &[Row]) -> Statistics {
    let difference = |row: &Row| Difference {
        base: row.base,
        new: row.new,
        difference: row.difference(),
        change: row.change(),
        interval: row.shown_interval().map(|interval| [interval.low, interval.high]),
        verdict: row.verdict().name(),
        censored: ["base", "new"]
            .into_iter()
            .zip(row.is_lower_bound)
            .filter_map(|(side, is_lower_bound)| is_lower_bound.then_some(side))
            .collect(),
    };
    Statistics(rows.iter().map(|row| (row.statistic.name(), difference(row))).collect())
}
