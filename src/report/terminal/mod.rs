//! The report on a terminal: how a run went, drawn in letters.
//!
//! All of this is a function of figures and of what the terminal can show; nothing here asks the
//! terminal or the environment.

mod blocks;
mod words;
mod line;
mod figures;
mod sparkline;
mod edges;
mod histogram;
mod column_chart;

pub use blocks::Blocks;
pub use column_chart::{Axes, chart};
pub use figures::Interval;
pub use line::{Ink, Line};

use crate::metrics::{Metrics, Trace};
use crate::report::{Contents, text};
use figures::figures;
use histogram::histogram;
use sparkline::sparklines;

/// Columns from which on there is room for pictures.
const NARROWEST: usize = 40;

/// Columns that are used at most: nobody follows a bar from one end of a wide screen to the other.
const WIDEST: usize = 120;

/// Rows of a histogram at most, and as many as it has though they do not fit.
const MOST_ROWS: usize = 12;
const LEAST_ROWS: usize = 4;

/// Lines of thresholds, errors and groups for which the histogram makes room, at most.
const MOST_FURTHER: usize = 8;

/// What a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns of a line.
    pub width: usize,
    /// What bars are made of.
    pub blocks: Blocks,
}

/// What a view of a run under way tells.
#[derive(Clone, Copy, Debug)]
pub struct Live<'a> {
    /// What stands above it, on one line; empty for nothing.
    pub heading: &'a str,
    /// What came last; None where nothing more will come.
    pub interval: Option<Interval<'a>>,
    /// The figures of the whole, and what it was told apart by and held against.
    pub contents: Contents<'a>,
    /// The whole over time.
    pub trace: &'a Trace,
}

/// Returns pictures of a run as lines, to stand below its figures: rate, latencies and failures over
/// time, and how latencies are spread. None without records, and none below 40 columns.
///
/// No line is wider than the terminal.
pub fn pictures(metrics: &Metrics, trace: &Trace, look: Look) -> Vec<Line> {
    parts(metrics, trace, true, MOST_ROWS, look).join(&Line::default())
}

/// Returns a view of a run under way as lines, what is most telling first, so that it can be cut
/// where the terminal, of `height` lines, ends. What changes in height stands last.
///
/// Lines may be wider than the terminal: an error's text is as long as it is.
pub fn live(live: Live<'_>, height: usize, look: Look) -> Vec<Line> {
    let Live { heading, interval, contents, trace } = live;
    let whole = contents.whole;
    let further = further(contents);
    let heading = (!heading.is_empty()).then(|| vec![Line::of(Ink::Plain, heading)]);
    let table = figures(interval, whole, look);
    let n_above = heading.iter().len() + table.len();
    // Two blank lines, five for the course, the head of the histogram, and the cursor below; a blank
    // line before what comes further.
    let n_further = if further.is_empty() { 0 } else { 1 + further.len().min(MOST_FURTHER) };
    let n_beside = n_above + 9 + n_further;
    let n_rows = height.saturating_sub(n_beside).clamp(LEAST_ROWS, MOST_ROWS);
    let above = [heading.unwrap_or_default(), table].concat();
    let mut parts: Vec<Vec<Line>> =
        [vec![above], parts(whole, trace, interval.is_none(), n_rows, look), vec![further]]
            .concat();
    parts.retain(|part| !part.is_empty());
    parts.join(&Line::default())
}

/// Returns what there is to be seen of a run.
fn parts(
    metrics: &Metrics,
    trace: &Trace,
    is_over: bool,
    n_rows: usize,
    look: Look,
) -> Vec<Vec<Line>> {
    if look.width < NARROWEST {
        return Vec::new();
    }
    let look = Look { width: look.width.min(WIDEST), ..look };
    let mut parts =
        vec![sparklines(trace, is_over, look), histogram(metrics.latency(), n_rows, look)];
    parts.retain(|part| !part.is_empty());
    parts
}

/// Returns the thresholds, the errors and the groups, as the text report has them: the groups may be so
/// many that nothing behind them is seen.
fn further(contents: Contents<'_>) -> Vec<Line> {
    let thresholds = text::tables(Contents { groups: None, ..contents });
    let groups = text::tables(Contents { judgement: None, ..contents });
    let mut tables = vec![thresholds, text::errors(contents.whole), groups];
    tables.retain(|table| !table.is_empty());
    let tables: Vec<&str> = tables.iter().map(|table| table.trim_start()).collect();
    tables.join("\n").lines().map(|line| Line::of(Ink::Plain, line)).collect()
}

#[cfg(test)]
mod tests;
