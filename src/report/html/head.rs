//! The top of the page: what the reader needs in the first seconds.

use std::iter;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::markup::escape::visible;
use crate::markup::html::{Cell, Page, Table, Tile, Tone};
use crate::metrics::{Flows, Metrics, Statistic, Verdict};
use crate::report::Contents;
use crate::report::html::{Extras, calls, sockets, tables};
use crate::report::parts::flows::{CAUTION, open_loop};
use crate::report::parts::intervals::Intervals;
use crate::report::parts::thresholds;
use crate::threshold::ThresholdResults;
use crate::units::GoDuration;

/// Adds the top of the page: when the run took place, whether its numbers can be trusted, whether
/// thresholds passed, and the most requested statistics.
pub(super) fn add(page: &mut Page, contents: Contents<'_>, extras: &Extras<'_>) {
    let metrics = contents.whole;
    page.paragraph(&time(metrics));
    badges(page, metrics, contents.thresholds);
    let reasons = metrics.verdict().map(|verdict| verdict.reasons().to_vec()).unwrap_or_default();
    reasons.iter().for_each(|reason| page.paragraph(&format!("Generator: {reason}")));
    closed_loop(page, metrics);
    if !extras.is_by_run {
        page.tiles(&tiles(metrics));
    }
    if !extras.runs.is_empty() {
        page.table(&tables::runs(extras.runs));
    }
    if let Some(thresholds) = contents.thresholds {
        page.table(&limits(thresholds));
    }
}

/// Returns when the run started, and its duration.
fn time(metrics: &Metrics) -> String {
    let Some(span) = metrics.span() else {
        return "No requests".to_owned();
    };
    let begin = Timestamp::from_nanosecond(span.earliest_ns.into()).unwrap_or_default();
    let begin = begin.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S UTC");
    format!(
        "{begin}, for {}",
        GoDuration::rounded(metrics.duration().saturating_add(metrics.wait()))
    )
}

fn badges(page: &mut Page, metrics: &Metrics, thresholds: Option<&ThresholdResults>) {
    if let Some(thresholds) = thresholds {
        let results = thresholds.results();
        let failed = results.iter().filter(|result| !result.is_passed()).count();
        page.status(failed == 0, &outcome(failed, results.len(), "threshold"));
    }
    match metrics.verdict() {
        Some(verdict) => page.badge(tone_of(&verdict), verdict_label(&verdict)),
        None => page.badge(Tone::Plain, "generator: no schedule to compare with"),
    }
    if metrics.closed_loop().is_some() {
        page.badge(Tone::Bad, "closed loop");
    }
    if let Some(aborted) = metrics.aborted() {
        page.badge(Tone::Bad, &format!("aborted by {}", visible(aborted)));
    }
}

/// Returns how many of all limits of a kind failed: `4 of 5 thresholds failed`, `5 of 5 thresholds
/// passed`.
pub(crate) fn outcome(failed: usize, all: usize, kind: &str) -> String {
    let plural = if all == 1 { "" } else { "s" };
    let (count, word) = if failed == 0 { (all, "passed") } else { (failed, "failed") };
    format!("{count} of {all} {kind}{plural} {word}")
}

/// Adds what a reader of a closed loop's numbers must know; nothing for an open loop.
fn closed_loop(page: &mut Page, metrics: &Metrics) {
    let Some(closed) = metrics.closed_loop() else { return };
    let open = closed.open.map_or(String::new(), |open| match open_loop(open) {
        Ok(flag) => format!("; the equivalent open loop is {flag}"),
        Err(reason) => format!("; equivalent open loop: {reason}"),
    });
    page.paragraph(&format!("Closed loop: {CAUTION}{open}."));
}

fn tone_of(verdict: &Verdict) -> Tone {
    if verdict.is_valid() { Tone::Good } else { Tone::Bad }
}

fn verdict_label(verdict: &Verdict) -> &'static str {
    match verdict.is_valid() {
        true => "generator: on time, the run is valid",
        false => "the run is generator-limited",
    }
}

/// Returns the tiles with the most requested statistics.
fn tiles(metrics: &Metrics) -> Vec<Tile> {
    let failed = metrics.requests() - metrics.successes();
    // The planned rate of flows is not one of requests.
    let plan = metrics.plan().filter(|plan| plan.flows.is_none());
    let planned = plan.map(|plan| plan.rate.rate_text()).filter(|rate| !rate.is_empty());
    let mut tiles = vec![
        Tile::new("Requests", metrics.requests().to_string(), metrics.requests()),
        Tile::new("Rate", format!("{:.2}/s", metrics.rate()), metrics.rate())
            .noted(planned.map_or(String::new(), |rate| format!("of {} planned", visible(&rate)))),
        Tile::new("Success", format!("{:.2}%", metrics.success() * 100.0), metrics.success())
            .noted(if failed > 0 { format!("{failed} failed") } else { String::new() })
            .toned(if failed > 0 { Tone::Bad } else { Tone::Plain }),
    ];
    tiles.extend(metrics.flows().map(flow_tile));
    let quantiles = [("p50", Statistic::P50), ("p95", Statistic::P95), ("p99", Statistic::P99)];
    let intervals = Intervals::of(metrics);
    tiles.extend(quantiles.into_iter().filter_map(|(name, figure)| {
        let latency = metrics.latencies().quantile(figure.quantile()?);
        let interval = intervals.as_ref().and_then(|intervals| intervals.formatted(figure));
        let max = || format!("max {}", metrics.latencies().max());
        let note = interval.or_else(|| (figure == Statistic::P99).then(max));
        let tile = Tile::new(name, latency.to_string(), latency.time.as_nanos());
        Some(tile.noted(note.unwrap_or_default()))
    }));
    tiles.extend(calls::tile(metrics));
    tiles.extend(sockets::tiles(metrics));
    tiles
}

/// Returns the share of the flows that finished.
fn flow_tile(flows: &Flows) -> Tile {
    let failed = flows.failed();
    Tile::new("Flows", format!("{:.2}%", flows.success() * 100.0), flows.success())
        .noted(format!("{} of {} finished", flows.finished(), flows.started()))
        .toned(if failed > 0 { Tone::Bad } else { Tone::Plain })
}

/// Returns the table of thresholds.
fn limits(thresholds: &ThresholdResults) -> Table {
    let row = |[result, rest @ ..]: thresholds::Row| {
        let tone = if result == "pass" { Tone::Good } else { Tone::Bad };
        iter::once(Cell::text(result).toned(tone)).chain(rest.map(Cell::text)).collect()
    };
    // The page has the warning about the generator above the table.
    let rows = thresholds::rows(thresholds).into_iter().take(thresholds.results().len());
    let table = Table {
        caption: "Thresholds".to_owned(),
        head: thresholds::head().to_vec(),
        rows: rows.map(row).collect(),
        ..Table::default()
    };
    table.without_empty_columns()
}
