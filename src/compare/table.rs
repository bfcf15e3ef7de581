//! The table of a comparison, as text and Markdown share it.

use crate::compare::{Comparison, Judgement, Row, Run};
use crate::metrics::{By, Groups, Statistic};
use crate::report::format_statistic;
use crate::units::GoDuration;

/// Cells of a figure: name, base, new, difference, interval, verdict.
pub(super) type Cells = [String; 6];

/// Stands for what cannot be told.
const UNKNOWN: &str = "-";

/// Returns the names of the columns; the first is given.
pub(super) fn head(first: &str) -> Cells {
    [first, "base", "new", "difference", "95% interval", "verdict"].map(str::to_owned)
}

/// Returns the cells of rows.
pub(super) fn cells(rows: &[Row]) -> Vec<Cells> {
    rows.iter().map(row).collect()
}

fn row(row: &Row) -> Cells {
    let change = row.change().filter(|_| row.figure != Statistic::Success);
    let change = change.map_or(String::new(), |change| format!(" ({})", percent(change)));
    let interval = row.interval.map_or(UNKNOWN.to_owned(), |interval| {
        let [low, high] = [interval.low, interval.high].map(|end| end_of_interval(row, end));
        format!("{low} to {high}")
    });
    [
        row.figure.name().to_owned(),
        format_statistic(row.figure, row.base),
        format_statistic(row.figure, row.new),
        amount(row.figure, row.difference()) + &change,
        interval,
        row.verdict().name().to_owned(),
    ]
}

/// Returns an end of the interval as a share of the base, and of success in points.
fn end_of_interval(row: &Row, end: f64) -> String {
    let share = row.share_of_base(end).filter(|_| row.figure != Statistic::Success);
    share.map_or_else(|| amount(row.figure, end), percent)
}

fn percent(share: f64) -> String {
    format!("{:+.1}%", share * 100.0)
}

/// Returns a difference with its sign and unit.
fn amount(figure: Statistic, difference: f64) -> String {
    match figure {
        Statistic::Success => format!("{:+.2}pp", difference * 100.0),
        Statistic::Throughput => format!("{difference:+.2}/s"),
        _ => {
            let sign = if difference < 0.0 { '-' } else { '+' };
            format!("{sign}{}", format_statistic(figure, difference.abs()))
        }
    }
}

/// Returns what is to be said of a side, e.g. `3000 requests, 50.02/s for 59.98s, base.arrow`.
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

impl Comparison<'_> {
    /// Returns what tells groups apart; None where the runs are compared as wholes alone.
    pub(super) fn key(&self) -> Option<By> {
        self.base.groups.map(Groups::by)
    }

    /// Returns the two sides, each with its name.
    pub(super) fn sides(&self) -> [(&'static str, &Run<'_>); 2] {
        [("base", &self.base), ("new", &self.new)]
    }
}

/// Returns a row for each gate: what became of it, the gate, and the difference that it is about.
pub(super) fn judged(judgements: &[Judgement<'_>]) -> Vec<[String; 3]> {
    let cells = |judgement: &Judgement<'_>| {
        let group = judgement.group().map_or(String::new(), |group| format!("{group}: "));
        let found = judgement.row().map(|row| group + &row_difference(row));
        [
            judgement.outcome().name().to_owned(),
            judgement.expression().to_owned(),
            found.unwrap_or_else(|| UNKNOWN.to_owned()),
        ]
    };
    judgements.iter().map(cells).collect()
}

fn row_difference(row: &Row) -> String {
    let [_, _, _, difference, interval, _] = self::row(row);
    format!("{difference}, {interval}")
}
