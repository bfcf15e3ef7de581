//! The comparison as a page: both runs, the intervals, and the charts of both.

use std::io;

use crate::compare::comparison::Comparison;
use crate::compare::flows::FlowRow;
use crate::compare::interval_bar::Scale;
use crate::compare::regression::RegressionResult;
use crate::compare::row::{Row, Verdict};
use crate::compare::table::{cells, flow_table, head, result_rows};
use crate::markup::escape::visible;
use crate::markup::html::{Cell, Page, Table, Tone};
use crate::metrics::Summary;
use crate::report::{outcome, runs_table};
use crate::threshold::Outcome;

/// Title of the page.
const TITLE: &str = "drumfire compare";

/// What a page of a comparison has in addition to its tables.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras<'a> {
    /// Charts of both runs, each an SVG document from [`plot`](crate::plot).
    pub charts: &'a [String],
    /// The command that makes the page; empty to leave it out.
    pub command: &'a str,
}

/// Writes the comparison, and the results of regression limits if there are any.
pub(super) fn write(
    comparison: &Comparison<'_>,
    results: &[RegressionResult<'_>],
    extras: &Extras<'_>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Page::new(TITLE);
    badges(&mut page, comparison, results);
    let warnings = comparison.warnings().iter();
    warnings.for_each(|warning| page.paragraph(&format!("Warning: {}", visible(warning))));
    let sides = comparison
        .sides()
        .map(|(name, run)| Summary::of(format!("{name}: {}", run.name), run.whole));
    page.table(&runs_table(&sides));
    if !results.is_empty() {
        page.table(&limits(results));
    }
    page.section("Differences");
    let of_all = differences("Differences of the whole runs", comparison.rows());
    page.table(&Table { is_headed: true, ..of_all });
    if !comparison.flows().is_empty() {
        page.table(&further("Flows of the whole runs", comparison.flows()));
    }
    if !comparison.calls().is_empty() {
        page.table(&further("Calls of the whole runs", comparison.calls()));
    }
    if !extras.charts.is_empty() {
        page.section("Charts");
        extras.charts.iter().for_each(|chart| page.svg(chart));
    }
    let groups = comparison.groups().map(|(name, rows)| differences(&visible(name), rows));
    let groups: Vec<Table> = groups.collect();
    if let Some(key) = comparison.key().filter(|_| !groups.is_empty()) {
        page.section(&format!("By {}", key.word()));
        groups.iter().for_each(|table| page.table(table));
    }
    if !extras.command.is_empty() {
        page.section("Command");
        page.text(&visible(extras.command));
    }
    page.write(out)
}

/// Adds the outcome of the regression limits, and the statistics that got better or worse.
fn badges(page: &mut Page, comparison: &Comparison<'_>, results: &[RegressionResult<'_>]) {
    if !results.is_empty() {
        let passed = results.iter().filter(|one| one.outcome() == Outcome::Pass).count();
        let failed = results.len() - passed;
        page.status(failed == 0, &outcome(failed, results.len(), "regression limit"));
    }
    let named = |verdict: Verdict| {
        let such = comparison.rows().iter().filter(|row| row.verdict() == verdict);
        such.map(|row| row.statistic.name()).collect::<Vec<_>>().join(", ")
    };
    use Verdict::{Better, NoSuccess, TooFewSamples, Unknown, Worse};
    let found =
        [Worse, Better, TooFewSamples, NoSuccess, Unknown].map(|verdict| (verdict, named(verdict)));
    for (verdict, names) in found.iter().filter(|(_, names)| !names.is_empty()) {
        page.badge(tone(*verdict), &format!("{}: {names}", verdict.name()));
    }
    if found.iter().all(|(_, names)| names.is_empty()) {
        page.badge(Tone::Plain, "no significant difference");
    }
}

fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Better => Tone::Good,
        Verdict::Worse => Tone::Bad,
        Verdict::Same | Verdict::TooFewSamples | Verdict::NoSuccess | Verdict::Unknown => {
            Tone::Plain
        }
    }
}

/// Returns the table of regression limits.
fn limits(results: &[RegressionResult<'_>]) -> Table {
    let tones = results.iter().map(|result| match result.outcome() {
        Outcome::Pass => Tone::Good,
        Outcome::Fail | Outcome::Unknown => Tone::Bad,
    });
    let row = |([outcome, expression, found], tone): ([String; 3], Tone)| {
        let expression = Cell::text(visible(&expression));
        vec![Cell::text(outcome).toned(tone), expression, Cell::text(visible(&found))]
    };
    Table {
        caption: "Regression limits".to_owned(),
        head: ["result", "regression limit", "found"].map(str::to_owned).to_vec(),
        rows: result_rows(results).into_iter().zip(tones).map(row).collect(),
        ..Table::default()
    }
}

/// Returns the statistics of the flows or calls of both runs.
fn further(caption: &str, rows: &[FlowRow]) -> Table {
    let cells = |(row, [name, base, new, difference]): (&FlowRow, [String; 4])| {
        vec![
            Cell::text(name),
            Cell::figure(base, row.base),
            Cell::figure(new, row.new),
            Cell::figure(difference, row.new - row.base),
        ]
    };
    let mut table = flow_table(rows).into_iter();
    Table {
        caption: caption.to_owned(),
        head: table.next().into_iter().flatten().collect(),
        rows: rows.iter().zip(table).map(cells).collect(),
        ..Table::default()
    }
}

/// Returns the statistics of both runs, their differences, and a bar for each interval.
fn differences(caption: &str, rows: &[Row]) -> Table {
    let scale = Scale::of(rows);
    let row = |(row, cells): (&Row, [String; 6])| {
        let [name, base, new, difference, interval, verdict] = cells;
        let bar = scale.bar(row, &format!("{difference}, {interval}"));
        vec![
            Cell::text(name),
            Cell::figure(base, row.base),
            Cell::figure(new, row.new),
            Cell::figure(difference, row.difference()),
            Cell::text(interval),
            bar.map_or_else(|| Cell::text(""), Cell::picture).toned(tone(row.verdict())),
            Cell::text(verdict).toned(tone(row.verdict())),
        ]
    };
    let [statistic, base, new, difference, interval, verdict] = head("statistic");
    Table {
        caption: caption.to_owned(),
        head: vec![statistic, base, new, difference, interval, scale.name(), verdict],
        rows: rows.iter().zip(cells(rows)).map(row).collect(),
        ..Table::default()
    }
}
