//! The statistics of the last interval next to those of the whole run.

use std::time::Duration;

use crate::metrics::{self, BoundedTime, Calls, Distribution, Flows, Metrics, Times};
use crate::report::terminal::short_numbers::{brief, brief_bounded, percent, rate};
use crate::report::terminal::styled_line::{Ink, Line};
use crate::report::terminal::{Blocks, Look};

/// Width in columns of a statistic's name, and of its value.
const NAME: usize = 12;
const FIGURE: usize = 12;
/// Columns between the two halves of the table.
const GAP: usize = 6;

/// Minimum width at which the table is split into two halves, side by side.
const WIDE: usize = 2 * (NAME + 2 * FIGURE) + GAP;

/// Printed for an unknown value.
const UNKNOWN: &str = "-";

/// The last interval, and the label of its column.
#[derive(Clone, Copy, Debug)]
pub struct Interval<'a> {
    /// Statistics of the interval.
    pub latest: &'a metrics::Interval,
    /// Label such as `last 1s`, at most 12 characters.
    pub name: &'a str,
}

/// A row: its name, the values for the interval and the whole run, and whether it counts failures.
struct Row {
    name: &'static str,
    figures: [String; 2],
    failed: [bool; 2],
}

/// Returns the table under a header, in two halves if the width allows it. Without an interval it
/// has no column for one.
pub(super) fn figures(interval: Option<Interval<'_>>, whole: &Metrics, look: Look) -> Vec<Line> {
    let has_interval = interval.is_some();
    let name = interval.map_or("", |interval| interval.name);
    let head = half(&Row::of("", [name.to_owned(), "whole".to_owned()]), Ink::Faint, has_interval);
    let rows = rows(interval.map(|interval| interval.latest), whole, look.blocks);
    let halves: Vec<Line> = rows.iter().map(|row| half(row, Ink::Plain, has_interval)).collect();
    if look.width < WIDE {
        return std::iter::once(head).chain(halves).collect();
    }
    let (left, right) = halves.split_at(halves.len() / 2);
    let both =
        |left: &Line, right: &Line| left.clone().with(Ink::Plain, " ".repeat(GAP)).and(right);
    let lines = left.iter().zip(right).map(|(left, right)| both(left, right));
    std::iter::once(both(&head, &head)).chain(lines).collect()
}

fn half(row: &Row, ink: Ink, has_interval: bool) -> Line {
    let line = Line::of(Ink::Faint, format!("{:<NAME$}", row.name));
    let cells = row.figures.iter().zip(row.failed).skip(usize::from(!has_interval));
    cells.fold(line, |line, (figure, failed)| {
        line.with(if failed { Ink::Alarm } else { ink }, format!("{figure:>FIGURE$}"))
    })
}

/// Returns an even number of rows: first what was asked of the generator, then latencies, then flows
/// and messages of calls if there are any.
fn rows(latest: Option<&metrics::Interval>, whole: &Metrics, blocks: Blocks) -> Vec<Row> {
    let none = metrics::Interval::default();
    let latest = latest.unwrap_or(&none);
    let both = [&latest.metrics, whole];
    let time = |distribution: Option<&Distribution>, time: fn(&Distribution) -> Duration| {
        let known = distribution.filter(|distribution| distribution.count() > 0);
        known.map_or(UNKNOWN.to_owned(), |known| brief(time(known), blocks))
    };
    let latency = |name, figure: fn(&Times) -> BoundedTime| {
        let figure = |metrics: &Metrics| match metrics.requests() {
            0 => UNKNOWN.to_owned(),
            _ => brief_bounded(figure(metrics.latencies()), blocks),
        };
        Row::of(name, both.map(figure))
    };
    let success = |metrics: &Metrics| match metrics.requests() {
        0 => UNKNOWN.to_owned(),
        _ => percent(metrics.success()),
    };
    let failed = both.map(|metrics| metrics.successes() < metrics.requests());
    let requests = vec![
        Row::of("requests", both.map(|metrics| metrics.requests().to_string())),
        Row::of("rate", [latest.rate(), latest.rate_of(whole)].map(rate)),
        Row::of("throughput", [latest.throughput(), latest.throughput_of(whole)].map(rate)),
        Row { failed, ..Row::of("success", both.map(success)) },
        Row::of("lag p99", both.map(|metrics| time(metrics.lag(), |lag| lag.quantile(0.99)))),
        latency("p50", |latency| latency.quantile(0.5)),
        latency("p90", |latency| latency.quantile(0.9)),
        latency("p95", |latency| latency.quantile(0.95)),
        latency("p99", |latency| latency.quantile(0.99)),
        latency("max", Times::max),
    ];
    let flows = whole.flows().map(|_| flow_rows(both, blocks));
    let calls = whole.calls().filter(|calls| calls.has_streams());
    let calls = calls.map(|_| call_rows(both, blocks));
    let further = flows.into_iter().chain(calls).flatten();
    requests.into_iter().chain(further).collect()
}

/// Returns the times of the messages of calls.
fn call_rows(both: [&Metrics; 2], blocks: Blocks) -> [Row; 2] {
    let row = |name, times: fn(&Calls) -> Option<&Distribution>| {
        let time = |metrics: &Metrics| {
            let known = metrics.calls().and_then(times);
            known.map_or(UNKNOWN.to_owned(), |known| brief(known.quantile(0.95), blocks))
        };
        Row::of(name, both.map(time))
    };
    [row("1st msg p95", Calls::first_message), row("gap p95", Calls::gap)]
}

/// Returns how many flows ended, and their times without think time.
fn flow_rows(both: [&Metrics; 2], blocks: Blocks) -> [Row; 2] {
    let flows = both.map(Metrics::flows);
    let ended = flows.map(|flows| flows.map_or(0, Flows::ended).to_string());
    let failed = flows.map(|flows| flows.is_some_and(|flows| flows.failed() > 0));
    let time = |flows: Option<&Flows>| {
        let known = flows.filter(|flows| flows.ended() > 0);
        known.map_or(UNKNOWN.to_owned(), |flows| brief(flows.time().quantile(0.95), blocks))
    };
    [Row { failed, ..Row::of("flows ended", ended) }, Row::of("flow p95", flows.map(time))]
}

impl Row {
    fn of(name: &'static str, figures: [String; 2]) -> Self {
        Self { name, figures, failed: [false; 2] }
    }
}
