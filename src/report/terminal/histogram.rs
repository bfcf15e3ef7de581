//! The distribution of latencies: one row per range of durations, with a bar as long as its count.

use std::time::Duration;

use crate::metrics::Distribution;
use crate::report::terminal::histogram_rows::edges;
use crate::report::terminal::short_numbers::{brief, percent};
use crate::report::terminal::styled_line::{Ink, Line};
use crate::report::terminal::{Blocks, Look};
use crate::units::GoDuration;

/// Share of all latencies ignored at either end when the rows are chosen, so that a single outlier
/// does not squeeze the others into one row. The first and the last row include the outliers.
const TAIL: f64 = 0.005;

/// Width in columns of a row's label, its share, its count, and its quantile marks.
const LABEL: usize = 8;
const SHARE: usize = 9;
const COUNT: usize = 11;
const MARKS: usize = 9;

/// Minimum width at which counts are shown too.
const WITH_COUNTS: usize = 60;

/// The quantiles whose rows are marked, rising.
const MARKED: [(f64, &str); 2] = [(0.5, "p50"), (0.99, "p99")];

/// The latencies of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Row {
    label: String,
    count: u64,
    marks: Vec<&'static str>,
}

/// Returns the histogram under a header, with at most `most` rows and the given width; empty
/// without latencies.
pub(super) fn histogram(latency: &Distribution, most: usize, look: Look) -> Vec<Line> {
    if latency.count() == 0 {
        return Vec::new();
    }
    let rows = rows(latency, most, look.blocks);
    let greatest = rows.iter().map(|row| row.count).max().unwrap_or(1).max(1);
    let count = if look.width < WITH_COUNTS { 0 } else { COUNT };
    let room = look.width.saturating_sub(LABEL + 1 + SHARE + count + MARKS);
    let cut = |text: String| text.chars().take(count).collect::<String>();
    let head = format!("{:<width$}{:>SHARE$}", "latency", "share", width = LABEL + 1 + room);
    let head = Line::of(Ink::Faint, head + &cut(format!("{:>COUNT$}", "hits")));
    let line = |row: &Row| {
        let bar = look.blocks.bar(row.count as f64 / greatest as f64 * room as f64);
        let share = percent(row.count as f64 / latency.count() as f64);
        let figures = format!("{share:>SHARE$}{}", cut(format!("{:>COUNT$}", row.count)));
        Line::of(Ink::Faint, format!("{:>LABEL$} ", row.label))
            .with(Ink::Bar, format!("{bar:<room$}"))
            .with(Ink::Plain, figures)
            .with(Ink::Faint, format!("  {}", row.marks.join(" ")))
    };
    std::iter::once(head).chain(rows.iter().map(line)).collect()
}

fn rows(latency: &Distribution, most: usize, blocks: Blocks) -> Vec<Row> {
    let counts = latency.counts();
    let left_out = (latency.count() as f64 * TAIL) as u64;
    let from_ns = beyond(counts.iter(), left_out);
    let to_ns = beyond(counts.iter().rev(), left_out);
    let edges = edges(from_ns, to_ns.max(from_ns), most);
    let place = |ns: u64| edges.partition_point(|edge| *edge <= ns).saturating_sub(1);
    let mut rows = vec![Row::default(); edges.len()];
    counts.iter().for_each(|(ns, count)| rows[place(*ns)].count += count);
    let is_below = counts.first().is_some_and(|(ns, _)| *ns < edges[0]);
    let last = edges.len() - 1;
    for (row, edge) in rows.iter_mut().zip(&edges) {
        row.label = label(*edge, blocks);
    }
    // Outliers fall into the first and the last row, which are then open-ended.
    if is_below && last > 0 {
        rows[0].label = format!("<{}", label(edges[1], blocks));
    }
    if last > 0 && is_far(latency.max(), &edges) {
        rows[last].label.insert_str(0, blocks.at_least());
    }
    for (quantile, name) in MARKED {
        let ns = u64::try_from(latency.quantile(quantile).as_nanos()).unwrap_or(u64::MAX);
        rows[place(ns)].marks.push(name);
    }
    rows
}

/// Returns the duration at which the given number of latencies is reached.
fn beyond<'a>(counts: impl Iterator<Item = &'a (u64, u64)>, n_passed: u64) -> u64 {
    let mut n_left = n_passed;
    let mut rest = counts.skip_while(|(_, count)| {
        let is_passed = *count <= n_left;
        n_left -= if is_passed { *count } else { 0 };
        is_passed
    });
    rest.next().map_or(0, |(ns, _)| *ns)
}

/// Returns whether a duration lies beyond the end of one more row: twice the factor between rows,
/// or twice the step, exceeds every series.
fn is_far(longest: Duration, edges: &[u64]) -> bool {
    let [.., before, last] = edges else { return false };
    let next = if *before == 0 { last.saturating_mul(10) } else { next_edge(*before, *last) };
    longest >= Duration::from_nanos(next)
}

/// Extends the edges by their step or by their factor, whichever reaches farther.
fn next_edge(before: u64, last: u64) -> u64 {
    let by_step = last.saturating_add(last - before);
    let by_factor = (last as f64 * (last as f64 / before as f64)) as u64;
    by_step.max(by_factor)
}

fn label(ns: u64, blocks: Blocks) -> String {
    let edge = Duration::from_nanos(ns);
    if edge < Duration::from_secs(60) {
        blocks.spell(GoDuration(edge).to_string())
    } else {
        brief(edge, blocks)
    }
}
