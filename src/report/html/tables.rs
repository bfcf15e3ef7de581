//! The tables of a page: runs, groups, errors, and the slowest requests.

use std::time::Duration;

use crate::markup::escape::visible;
use crate::markup::html::{Cell, Page, Table, Tone};
use crate::markup::redact::cut;
use crate::metrics::{By, GroupName, Groups, Metrics, SlowHit, Summary};
use crate::report::html::Extras;
use crate::report::{Contents, groups};
use crate::units::GoDuration;

/// Maximum number of error texts listed on a page.
const MAX_ERRORS: usize = 100;

/// Maximum length in bytes of a name, a URL or an error text on a page.
const MAX_TEXT_BYTES: usize = 500;

/// Adds a section for each table that has content.
pub(super) fn add(page: &mut Page, contents: Contents<'_>, extras: &Extras<'_>) {
    if let Some(groups) =
        contents.groups.filter(|groups| add_information(groups) && !extras.is_by_run)
    {
        page.section(&format!("By {}", groups.by().word()));
        page.table(&by(groups, contents.whole));
    }
    if contents.whole.errors().next().is_some() {
        page.section("Errors");
        page.table(&errors(contents.whole));
    }
    let slowest: Vec<&SlowHit> =
        extras.slowest.into_iter().flat_map(|slowest| slowest.iter()).collect();
    if !slowest.is_empty() {
        page.section("Slowest requests");
        page.table(&slow(&slowest));
    }
}

/// Returns whether the groups add information; they do not if no request has a name.
fn add_information(groups: &Groups) -> bool {
    groups.by() != By::Name || groups.iter().any(|(name, _)| name.text != GroupName::UNNAMED)
}

/// Returns the statistics of runs, one row per run.
pub(crate) fn runs(runs: &[Summary<'_>]) -> Table {
    summaries("Runs", "run", runs)
}

/// Returns the statistics of groups, one row per group, and the total.
fn by(groups: &Groups, whole: &Metrics) -> Table {
    let of_groups = groups.iter().map(|(name, metrics)| Summary::of(name.text, metrics));
    let rows: Vec<_> = of_groups.chain([Summary::of(groups::TOTAL, whole)]).collect();
    let key = groups.by().word();
    summaries(&format!("Requests by {key}"), key, &rows)
}

fn summaries(caption: &str, key: &str, rows: &[Summary<'_>]) -> Table {
    let head = [key, "requests", "rate", "success", "p50", "p95", "p99", "max"];
    Table {
        caption: caption.to_owned(),
        head: head.map(str::to_owned).to_vec(),
        rows: rows.iter().map(figures).collect(),
    }
}

fn figures(summary: &Summary<'_>) -> Vec<Cell> {
    let &Summary { ref label, requests, rate, success, latency } = summary;
    let tone = if success < 1.0 { Tone::Bad } else { Tone::Plain };
    let quantiles = latency.quantiles();
    let quantile = |quantile| duration(quantiles.at(quantile));
    vec![
        text(label),
        Cell::figure(requests.to_string(), requests),
        Cell::figure(format!("{rate:.2}/s"), rate),
        Cell::figure(format!("{:.2}%", success * 100.0), success).toned(tone),
        quantile(0.5),
        quantile(0.95),
        quantile(0.99),
        duration(latency.max()),
    ]
}

/// Returns a cell with foreign text.
fn text(text: &str) -> Cell {
    Cell::text(shown_text(text))
}

/// Returns a foreign text as a page shows it, cut to a bounded length.
fn shown_text(text: &str) -> String {
    visible(&cut(text, MAX_TEXT_BYTES))
}

fn duration(duration: Duration) -> Cell {
    Cell::figure(GoDuration::rounded(duration).to_string(), duration.as_nanos())
}

/// Returns the errors with their counts, the most frequent first; the remaining ones are summed up
/// in one row.
pub(super) fn brief_errors(whole: &Metrics) -> Vec<(String, u64)> {
    let errors: Vec<(&str, u64)> = whole.errors().collect();
    let (listed, further) = errors.split_at(errors.len().min(MAX_ERRORS));
    let mut brief: Vec<_> =
        listed.iter().map(|(error, count)| (shown_text(error), *count)).collect();
    if !further.is_empty() {
        let text = format!("({} further texts)", further.len());
        brief.push((text, further.iter().map(|(_, count)| count).sum()));
    }
    brief
}

/// Returns the table of errors.
fn errors(whole: &Metrics) -> Table {
    let row = |(error, count): (String, u64)| {
        let share = count as f64 / whole.requests().max(1) as f64;
        let shown = format!("{:.2}%", share * 100.0);
        vec![Cell::text(error), Cell::figure(count.to_string(), count), Cell::figure(shown, share)]
    };
    Table {
        caption: "Errors and the number of requests".to_owned(),
        head: ["error", "requests", "share"].map(str::to_owned).to_vec(),
        rows: brief_errors(whole).into_iter().map(row).collect(),
    }
}

/// Returns the slowest requests, the slowest first. If they come from several attacks, each row
/// names its attack.
fn slow(hits: &[&SlowHit]) -> Table {
    let is_of_several = hits.iter().any(|hit| hit.attack != hits[0].attack);
    let row = |hit: &&SlowHit| {
        let status = if hit.code == 0 { "none".to_owned() } else { hit.code.to_string() };
        let tone = if hit.is_success() { Tone::Plain } else { Tone::Bad };
        let lag = hit.lag.map_or_else(|| Cell::text(""), duration);
        vec![
            Cell::figure(hit.seq.to_string(), hit.seq),
            duration(hit.latency),
            lag,
            Cell::figure(status, hit.code).toned(tone),
            if is_of_several { text(&hit.attack) } else { Cell::text("") },
            text(&hit.name),
            text(format!("{} {}", hit.method, hit.url).trim()),
            text(hit.error.as_deref().unwrap_or_default()),
        ]
    };
    let head = ["seq", "latency", "lag", "status", "attack", "name", "request", "error"];
    let table = Table {
        caption: "The slowest requests, by latency".to_owned(),
        head: head.map(str::to_owned).to_vec(),
        rows: hits.iter().map(row).collect(),
    };
    table.without_empty_columns()
}
