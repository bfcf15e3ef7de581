//! The comparison as JSON, on one line.

use std::collections::BTreeMap;
use std::io;

use serde::{Serialize, Serializer};

use crate::compare::{Comparison, Judgement, Outcome, Row, Run};
use crate::markup::go_json;
use crate::report::escape_controls;

/// Returns the comparison, a line with its newline.
pub(super) fn render(
    comparison: &Comparison<'_>,
    judgements: &[Judgement<'_>],
) -> io::Result<String> {
    let mut line = Vec::new();
    go_json::write(&mut line, &Document::of(comparison, judgements))?;
    let line = String::from_utf8(line).map_err(io::Error::other)?;
    Ok(escape_controls(&line) + "\n")
}

/// The keys in their order. Latencies are in ns, success is a share, throughput is in a second.
#[derive(Serialize)]
struct Document<'a> {
    base: Side<'a>,
    new: Side<'a>,
    warnings: &'a [String],
    figures: Figures,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<BTreeMap<&'a str, Figures>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fail_on: Vec<Judged<'a>>,
    /// Missing without a gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pass: Option<bool>,
}

/// By their names, in the order of the table.
struct Figures(Vec<(&'static str, Figure)>);

impl Serialize for Figures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, figure)| (name, figure)))
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
struct Figure {
    base: f64,
    new: f64,
    difference: f64,
    /// The difference as a share of the base; null where that is 0.
    change: Option<f64>,
    /// Of the difference; null with too few samples.
    interval: Option<[f64; 2]>,
    verdict: &'static str,
}

#[derive(Serialize)]
struct Judged<'a> {
    expr: &'a str,
    /// The group that was judged; missing for the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    /// The difference that was judged; null where the runs share no such group.
    difference: Option<f64>,
    outcome: &'static str,
}

impl<'a> Document<'a> {
    fn of(comparison: &'a Comparison<'_>, judgements: &'a [Judgement<'_>]) -> Self {
        let [(_, base), (_, new)] = comparison.sides();
        let by_group = || comparison.groups().map(|(name, rows)| (name, figures(rows))).collect();
        let passes = || judgements.iter().all(|judgement| judgement.outcome() == Outcome::Pass);
        Self {
            base: Side::of(base),
            new: Side::of(new),
            warnings: comparison.warnings(),
            figures: figures(comparison.rows()),
            groups: base.groups.map(|_| by_group()),
            fail_on: judgements.iter().map(Judged::of).collect(),
            pass: (!judgements.is_empty()).then(passes),
        }
    }
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

impl<'a> Judged<'a> {
    fn of(judgement: &'a Judgement<'_>) -> Self {
        Self {
            expr: judgement.expression(),
            group: judgement.group(),
            difference: judgement.row().map(Row::difference),
            outcome: judgement.outcome().name(),
        }
    }
}

fn figures(rows: &[Row]) -> Figures {
    let figure = |row: &Row| Figure {
        base: row.base,
        new: row.new,
        difference: row.difference(),
        change: row.change(),
        interval: row.interval.map(|interval| [interval.low, interval.high]),
        verdict: row.verdict().name(),
    };
    Figures(rows.iter().map(|row| (row.figure.name(), figure(row))).collect())
}
