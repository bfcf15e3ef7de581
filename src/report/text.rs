//! The text report: Vegeta's, byte for byte, followed by drumfire's own rows.

use crate::markup::escape::visible;
use crate::markup::text_table::align;
use crate::metrics::{Bytes, Distribution, Metrics, Times, Verdict};
use crate::plan::Plan;
use crate::report::Contents;
use crate::report::parts::intervals::Intervals;
use crate::report::parts::{calls, flows, groups, thresholds};
use crate::units::GoDuration;
use std::iter;

/// Printed for a setting that the plan leaves open.
pub(super) const OPEN: &str = "-";

/// The name of a row, the names of its values, and the values.
type Row = [String; 3];

/// Returns the report: the statistics of the whole run, followed by the tables of groups and
/// thresholds.
pub(super) fn render(contents: Contents<'_>) -> String {
    figures(contents.whole) + &tables(contents)
}

/// Returns the tables of groups and thresholds, each after a blank line.
pub(super) fn tables(contents: Contents<'_>) -> String {
    let mut tables = String::new();
    if let Some(groups) = contents.groups {
        let table = [vec![groups::head(groups)], groups::rows(groups, contents.whole)].concat();
        tables.push('\n');
        tables.push_str(&align(&table).concat());
    }
    if let Some(thresholds) = contents.thresholds {
        let table = [vec![thresholds::head()], thresholds::rows(thresholds)].concat();
        tables.push('\n');
        tables.push_str(&align(&table).concat());
    }
    tables
}

/// Returns each error with its count, one per line.
pub(super) fn errors(metrics: &Metrics) -> String {
    align(&error_rows(&all_errors(metrics)).collect::<Vec<_>>()).concat()
}

fn all_errors(metrics: &Metrics) -> Vec<(String, u64)> {
    metrics.errors().map(|(error, count)| (visible(error), count)).collect()
}

/// Returns the statistics of all records.
pub(super) fn figures(metrics: &Metrics) -> String {
    figures_with(metrics, &all_errors(metrics))
}

/// Returns the statistics of all records, with the given error lines instead of all errors.
///
/// Source: Vegeta, lib/reporters.go, NewTextReporter.
pub(super) fn figures_with(metrics: &Metrics, errors: &[(String, u64)]) -> String {
    let vegeta = vegeta_rows(metrics);
    let further: Vec<Row> = further_rows(metrics).chain(error_rows(errors)).collect();
    let lines = align(&[vegeta.as_slice(), &further].concat());
    let (first, further) = lines.split_at(vegeta.len());
    let mut report = first.concat();
    report.push_str("Error Set:\n");
    for (error, _) in errors {
        report.push_str(error);
        report.push('\n');
    }
    if !further.is_empty() {
        report.push('\n');
        report.push_str(&further.concat());
    }
    report
}

fn vegeta_rows(metrics: &Metrics) -> Vec<Row> {
    let (duration, wait) = (metrics.duration(), metrics.wait());
    let codes = codes(metrics);
    vec![
        row(
            "Requests",
            "[total, rate, throughput]",
            &[
                metrics.requests().to_string(),
                format!("{:.2}", metrics.rate()),
                format!("{:.2}", metrics.throughput()),
            ],
        ),
        row(
            "Duration",
            "[total, attack, wait]",
            &[duration.saturating_add(wait), duration, wait]
                .map(|duration| GoDuration::rounded(duration).to_string()),
        ),
        row("Latencies", "[min, mean, 50, 90, 95, 99, max]", &spread(metrics.latency())),
        row("Bytes In", "[total, mean]", &bytes(metrics.bytes_in())),
        row("Bytes Out", "[total, mean]", &bytes(metrics.bytes_out())),
        row("Success", "[ratio]", &[format!("{:.2}%", metrics.success() * 100.0)]),
        row("Status Codes", "[code:count]", &[codes]),
    ]
}

/// Returns one row for each statistic that Vegeta lacks and the stream provides.
fn further_rows(metrics: &Metrics) -> impl Iterator<Item = Row> {
    let lag = metrics.lag().map(|lag| {
        let [_min, figures @ ..] = spread(lag);
        row("Lag", "[mean, 50, 90, 95, 99, max]", &figures)
    });
    let response = metrics
        .response()
        .map(|it| row("Response", "[min, mean, 50, 90, 95, 99, max]", &bounded_spread(it)));
    let flows = flows::rows(metrics);
    let loops = flows::loop_rows(metrics);
    let intervals = Intervals::of(metrics).into_iter().flat_map(|it| interval_rows(&it));
    let plan = metrics.plan().map(|plan| {
        let (names, figures): (Vec<_>, Vec<_>) = planned(plan).into_iter().unzip();
        row("Plan", &format!("[{}]", names.join(", ")), &figures)
    });
    let retries = metrics.retries();
    let retries = (retries > 0).then(|| row("Retries", "[count]", &[retries.to_string()]));
    let aborted =
        metrics.aborted().map(|aborted| row("Aborted", "[limit: found]", &[visible(aborted)]));
    let truncated = metrics.truncated_bodies();
    let truncated = (truncated > 0)
        .then(|| row("Truncated", "[response bodies]", &[truncated_bodies(truncated)]));
    let measured = [lag, response].into_iter().flatten();
    let others = [aborted, retries, truncated].into_iter().flatten();
    let verdict = metrics.verdict().into_iter().flat_map(verdict_rows);
    flows
        .into_iter()
        .chain(measured)
        .chain(calls::rows(metrics))
        .chain(intervals)
        .chain(plan)
        .chain(loops)
        .chain(others)
        .chain(verdict)
}

/// Returns one row for each interval; only the first row has a name.
fn interval_rows(intervals: &Intervals) -> Vec<Row> {
    let names = iter::once("Intervals").chain(iter::repeat(""));
    names.zip(intervals.rows()).map(|(name, (figure, text))| row(name, &figure, &[text])).collect()
}

/// Returns the remark on a number of truncated bodies.
pub(super) fn truncated_bodies(count: u64) -> String {
    format!("{count}; the memory for bodies was used up, see -body-memory")
}

/// Returns one row for the verdict and one for each of its reasons; only the first row has a name.
fn verdict_rows(verdict: Verdict) -> Vec<Row> {
    let names = iter::once(["Reasons", "[found; next to try]"]).chain(iter::repeat([""; 2]));
    let reasons = names
        .zip(verdict.reasons())
        .map(|([name, figure_names], reason)| row(name, figure_names, &[reason.to_string()]));
    let name = row("Verdict", "[generator]", &[verdict.name().to_owned()]);
    iter::once(name).chain(reasons).collect()
}

/// Returns one row for each error text with its count; only the first row has a name.
fn error_rows(errors: &[(String, u64)]) -> impl Iterator<Item = Row> {
    let width = errors.iter().map(|(_, count)| count.to_string().len()).max().unwrap_or(0);
    let names = iter::once(["Errors", "[count  error]"]).chain(iter::repeat([""; 2]));
    names.zip(errors).map(move |([name, figure_names], (error, count))| {
        row(name, figure_names, &[format!("{count:width$}  {error}")])
    })
}

fn row(name: &str, figure_names: &str, figures: &[String]) -> Row {
    [name.to_owned(), figure_names.to_owned(), figures.join(", ")]
}

/// Returns minimum, mean, quantiles and maximum.
fn spread(distribution: &Distribution) -> [String; 7] {
    let quantiles = distribution.quantiles();
    [
        distribution.min(),
        distribution.mean(),
        quantiles.at(0.5),
        quantiles.at(0.9),
        quantiles.at(0.95),
        quantiles.at(0.99),
        distribution.max(),
    ]
    .map(|duration| GoDuration::rounded(duration).to_string())
}

/// Returns minimum, mean, quantiles and maximum, with a sign before each lower bound.
fn bounded_spread(times: &Times) -> [String; 7] {
    let quantiles = times.quantiles();
    let mean = GoDuration::rounded(times.mean()).to_string();
    let quantile = |quantile| quantiles.at(quantile).to_string();
    let [min, p50, p90, p95, p99] = [0.0, 0.5, 0.9, 0.95, 0.99].map(quantile);
    [min, mean, p50, p90, p95, p99, times.max().to_string()]
}

fn bytes(bytes: Bytes) -> [String; 2] {
    [bytes.total.to_string(), format!("{:.2}", bytes.mean)]
}

/// Returns each status code with its count and two spaces, sorted as texts.
fn codes(metrics: &Metrics) -> String {
    let mut codes: Vec<(String, u64)> =
        metrics.codes().map(|(code, count)| (code.to_string(), count)).collect();
    codes.sort();
    codes.into_iter().map(|(code, count)| format!("{code}:{count}  ")).collect()
}

/// Returns the settings of the plan with their names: first those that every plan has.
pub(super) fn planned(plan: &Plan) -> Vec<(&'static str, String)> {
    let open_or = |text: Option<String>| text.unwrap_or_else(|| OPEN.to_owned());
    let arrivals = match &plan.flows {
        Some(_) => ("flows", plan.flow_count),
        None => ("requests", Some(plan.requests).filter(|requests| *requests > 0)),
    };
    let (arrivals_name, n_arrivals) = arrivals;
    let (rate, stages) = (plan.rate.rate_text(), plan.rate.stages_text());
    let load = match (&plan.users, stages.as_str()) {
        (Some(users), _) => ("users (closed loop)", shorten_stages(&visible(users))),
        (None, "") => ("rate", open_or((!rate.is_empty()).then(|| visible(&rate)))),
        (None, stages) => ("stages", shorten_stages(&visible(stages))),
    };
    let duration = plan.duration().map(|duration| GoDuration(duration).to_string());
    let distribution =
        (!plan.arrivals.is_constant()).then(|| ("arrivals", visible(plan.arrivals.as_str())));
    let max_flows = plan.max_flows.map(|most| ("max flows", most.to_string()));
    let streams = plan.streams.map(|streams| {
        let name = if streams.sockets { "sockets" } else { "streams" };
        (name, streams.count.to_string())
    });
    let seed = plan.seed.map(|seed| ("seed", seed.to_string()));
    let count = open_or(n_arrivals.map(|count| count.to_string()));
    [(arrivals_name, count), load, ("duration", open_or(duration))]
        .into_iter()
        .chain(distribution)
        .chain(max_flows)
        .chain(streams)
        .chain(seed)
        .collect()
}

/// Returns a list of stages; a long list is cut after the first ones, and the number of the others
/// is added.
pub(crate) fn shorten_stages(stages: &str) -> String {
    const MAX_SHOWN: usize = 6;
    let more = stages.split(',').count().saturating_sub(MAX_SHOWN);
    let shown = stages.split(',').take(MAX_SHOWN).collect::<Vec<_>>().join(",");
    if more == 0 { shown } else { format!("{shown},… {more} more") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Arrivals;

    #[test]
    fn a_plan_shows_what_it_leaves_open() {
        let plan = |requests, rate: &str, duration_ns| {
            let rate = rate.parse().unwrap();
            let plan = Plan { requests, rate, duration_ns, ..Plan::default() };
            figures(&plan)
        };
        assert_eq!(plan(3000, "50/1s", 60_000_000_000), "3000, 50/1s, 1m0s");
        assert_eq!(plan(100, "", 0), "100, -, -");
        assert_eq!(plan(0, "50/1s", 0), "-, 50/1s, -");
    }

    fn figures(plan: &Plan) -> String {
        planned(plan).into_iter().map(|(_, figure)| figure).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn stages_and_seed_are_printed_and_a_long_list_is_cut() {
        let plan = |stages: &str| Plan {
            requests: 4,
            rate: stages.parse().unwrap(),
            arrivals: Arrivals::Poisson,
            seed: Some(7),
            ..Plan::default()
        };
        let names: Vec<_> = planned(&plan("1s@0..8")).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["requests", "stages", "duration", "arrivals", "seed"]);
        assert_eq!(figures(&plan("1s@0..8")), "4, 1s@0..8, -, poisson, 7");
        let long = figures(&plan(&["1s@1"; 9].join(",")));
        assert_eq!(long, "4, 1s@1,1s@1,1s@1,1s@1,1s@1,1s@1,… 3 more, -, poisson, 7");
    }
}
