//! The tables of a page: runs, groups, errors, and the slowest requests.

use crate::markup::html::{Cell, Page, Table, Tone};
use crate::metrics::{By, GroupName, Groups, Metrics, SlowHit, Summary};
use crate::report::Contents;
use crate::report::html::cells::{bounded, duration, text};
use crate::report::html::{Extras, calls, errors, flows, slowest, sockets};
use crate::report::parts::groups;

/// Adds a section for each table that has content.
pub(super) fn add(page: &mut Page, contents: Contents<'_>, extras: &Extras<'_>) {
    if let Some(groups) = contents.flows.filter(|_| !extras.is_by_run) {
        page.section("Flows");
        page.paragraph("Times are without think time.");
        page.table(&flows::table(groups, contents.whole));
    }
    if let Some(groups) =
        contents.groups.filter(|groups| adds_information(groups) && !extras.is_by_run)
    {
        page.section(&format!("By {}", groups.by().word()));
        page.table(&by(groups, contents.whole));
    }
    let of_calls = contents.whole.calls().filter(|_| !extras.is_by_run);
    if let Some(statuses) = of_calls.and_then(calls::statuses) {
        page.section("gRPC statuses");
        page.table(&statuses);
    }
    if !extras.is_by_run {
        sockets::add(page, contents.whole);
    }
    let has_kinds = contents.whole.calls().is_some() || contents.whole.sockets().is_some();
    let kinds = kinds(contents.whole).filter(|_| has_kinds && !extras.is_by_run);
    if let Some(kinds) = kinds {
        page.section("By kind");
        page.paragraph(asides(contents.whole));
        page.table(&kinds);
    }
    if contents.whole.errors().next().is_some() {
        page.section("Errors");
        page.table(&errors::table(contents.whole, extras.failing));
    }
    let hits: Vec<&SlowHit> = extras.slowest.into_iter().flat_map(|slow| slow.iter()).collect();
    if !hits.is_empty() {
        page.section("Slowest requests");
        slowest::add(page, &hits, contents.whole);
    }
}

/// Returns which kinds are not among the requests of the other tables.
fn asides(metrics: &Metrics) -> &'static str {
    match metrics.sockets() {
        Some(_) => {
            "Only messages, calls and HTTP requests are among the requests of the other tables."
        }
        None => "Opened streams (connect) are not among the requests of the other tables.",
    }
}

/// Returns whether the groups add information; they do not if no request has a name.
fn adds_information(groups: &Groups) -> bool {
    groups.by() != By::Name || groups.iter().any(|(name, _)| name.text != GroupName::UNNAMED)
}

/// Returns the statistics of runs, one row per run.
pub(crate) fn runs(runs: &[Summary<'_>]) -> Table {
    Table {
        caption: "Runs".to_owned(),
        head: head("run"),
        rows: runs.iter().map(figures).collect(),
        ..Table::default()
    }
}

/// Returns the statistics of groups, one row per group, and the total.
fn by(groups: &Groups, whole: &Metrics) -> Table {
    let of_groups = groups.iter().map(|(name, metrics)| Summary::of(name.text, metrics));
    let key = groups.by().word();
    Table {
        caption: format!("Requests by {key}"),
        is_headed: true,
        head: head(key),
        rows: of_groups.map(|summary| figures(&summary)).collect(),
        total: Some(figures(&Summary::of(groups::TOTAL, whole))),
    }
}

/// Returns the statistics of each kind of record; None if there is only one kind.
fn kinds(metrics: &Metrics) -> Option<Table> {
    let summary = |(kind, part)| Summary::of(format!("{kind}"), part);
    let kinds: Vec<Summary<'_>> = metrics.kinds().map(summary).collect();
    let mut table = runs(&kinds);
    table.caption = "Kinds of records".to_owned();
    table.is_headed = true;
    table.head[0] = "kind".to_owned();
    (kinds.len() > 1).then_some(table)
}

fn head(key: &str) -> Vec<String> {
    let figures =
        ["requests", "failed", "success", "rate", "min", "mean", "p50", "p90", "p95", "p99", "max"];
    [key].into_iter().chain(figures).map(str::to_owned).collect()
}

fn figures(summary: &Summary<'_>) -> Vec<Cell> {
    let &Summary { ref label, requests, failures, rate, success, latency } = summary;
    let tone = if failures > 0 { Tone::Bad } else { Tone::Plain };
    let quantiles = latency.quantiles();
    let quantile = |quantile| bounded(quantiles.at(quantile));
    vec![
        text(label),
        Cell::figure(requests.to_string(), requests),
        Cell::figure(failures.to_string(), failures).toned(tone),
        Cell::figure(format!("{:.2}%", success * 100.0), success).toned(tone),
        Cell::figure(format!("{rate:.2}/s"), rate),
        quantile(0.0),
        duration(latency.mean()),
        quantile(0.5),
        quantile(0.9),
        quantile(0.95),
        quantile(0.99),
        bounded(latency.max()),
    ]
}
