//! The report on a terminal: a run drawn in characters.
//!
//! Everything here is a function of statistics and of the terminal's capabilities; nothing here
//! queries the terminal or the environment.

mod sparkline;
mod histogram;
mod column_chart;
pub mod statistics;
pub mod short_numbers;
pub mod characters;
pub mod histogram_rows;
pub mod styled_line;

pub use crate::report::terminal::characters::Blocks;
pub use crate::report::terminal::statistics::Interval;
pub use crate::report::terminal::styled_line::{Ink, Line};
pub use column_chart::{Axes, chart};

use crate::metrics::{History, Metrics};
use crate::report::terminal::statistics::figures;
use crate::report::{Contents, text};
use histogram::histogram;
use sparkline::sparklines;

/// Minimum width in columns for charts.
const NARROWEST: usize = 40;

/// Maximum width used: the eye loses a bar that crosses a wide screen.
const WIDEST: usize = 120;

/// Maximum number of histogram rows, and the number kept even if they do not fit.
const MAX_ROWS: usize = 12;
const LEAST_ROWS: usize = 4;

/// Maximum number of lines of thresholds, errors and groups that the histogram makes room for.
const MAX_FURTHER: usize = 8;

/// The capabilities of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Width in columns.
    pub width: usize,
    /// The characters that bars are drawn with.
    pub blocks: Blocks,
}

/// The content of the view of a running attack.
#[derive(Clone, Copy, Debug)]
pub struct Live<'a> {
    /// Title line above the view; empty for none.
    pub heading: &'a str,
    /// The last interval; None if no more records will arrive.
    pub interval: Option<Interval<'a>>,
    /// The statistics of the whole run, its groups and its thresholds.
    pub contents: Contents<'a>,
    /// The whole run over time.
    pub history: &'a History,
}

/// Returns charts of a run as lines, to print below its statistics: rate, latencies and failures
/// over time, and the distribution of latencies. None without records, and None below 40 columns.
///
/// No line is wider than the terminal.
pub fn pictures(metrics: &Metrics, history: &History, look: Look) -> Vec<Line> {
    parts(metrics, history, true, MAX_ROWS, look).join(&Line::default())
}

/// Returns the view of a running attack as lines, the most important ones first, so that the view
/// can be cut at the terminal's `height` in lines. The parts whose height changes come last.
///
/// Lines may be wider than the terminal, because error texts have any length.
pub fn live(live: Live<'_>, height: usize, look: Look) -> Vec<Line> {
    let Live { heading, interval, contents, history } = live;
    let whole = contents.whole;
    let further = further(contents);
    let heading = (!heading.is_empty()).then(|| vec![Line::of(Ink::Plain, heading)]);
    let table = figures(interval, whole, look);
    let n_above = heading.iter().len() + table.len();
    // Two blank lines, five for the sparklines, the histogram's header, and the cursor below; plus
    // one blank line before each further part.
    let n_further = if further.is_empty() { 0 } else { 1 + further.len().min(MAX_FURTHER) };
    let n_beside = n_above + 9 + n_further;
    let n_rows = height.saturating_sub(n_beside).clamp(LEAST_ROWS, MAX_ROWS);
    let above = [heading.unwrap_or_default(), table].concat();
    let mut parts: Vec<Vec<Line>> =
        [vec![above], parts(whole, history, interval.is_none(), n_rows, look), vec![further]]
            .concat();
    parts.retain(|part| !part.is_empty());
    parts.join(&Line::default())
}

/// Returns the parts of a run that have content.
fn parts(
    metrics: &Metrics,
    history: &History,
    is_over: bool,
    n_rows: usize,
    look: Look,
) -> Vec<Vec<Line>> {
    if look.width < NARROWEST {
        return Vec::new();
    }
    let look = Look { width: look.width.min(WIDEST), ..look };
    let mut parts =
        vec![sparklines(history, is_over, look), histogram(metrics.latency(), n_rows, look)];
    parts.retain(|part| !part.is_empty());
    parts
}

/// Returns the thresholds, the errors and the groups, as in the text report. Groups come last: they
/// may be so numerous that nothing after them is visible.
fn further(contents: Contents<'_>) -> Vec<Line> {
    let thresholds = text::tables(Contents { groups: None, ..contents });
    let groups = text::tables(Contents { thresholds: None, ..contents });
    let mut tables = vec![thresholds, text::errors(contents.whole), groups];
    tables.retain(|table| !table.is_empty());
    let tables: Vec<&str> = tables.iter().map(|table| table.trim_start()).collect();
    tables.join("\n").lines().map(|line| Line::of(Ink::Plain, line)).collect()
}

#[cfg(test)]
mod tests;
