//! Locust's CSV files: one row per request name for statistics, one row per failure.

use std::io;
use std::time::Duration;

use csv::{Terminator, WriterBuilder};

use crate::markup::escape::visible;
use crate::metrics::{Checks, Distribution, Flows, GroupName, Groups, Metrics};
use crate::report::Contents;

/// Columns of the statistics, up to the percentiles.
///
/// Source: Locust, locust/stats.py, StatsCSV, `requests_csv_columns`.
const STATISTICS: [&str; 11] = [
    "Type",
    "Name",
    "Request Count",
    "Failure Count",
    "Median Response Time",
    "Average Response Time",
    "Min Response Time",
    "Max Response Time",
    "Average Content Size",
    "Requests/s",
    "Failures/s",
];

/// Names of the percentile columns, and their quantiles.
///
/// Source: Locust, locust/stats.py, `PERCENTILES_TO_REPORT`.
const PERCENTILES: [(&str, f64); 11] = [
    ("50%", 0.5),
    ("66%", 0.66),
    ("75%", 0.75),
    ("80%", 0.8),
    ("90%", 0.9),
    ("95%", 0.95),
    ("98%", 0.98),
    ("99%", 0.99),
    ("99.9%", 0.999),
    ("99.99%", 0.9999),
    ("100%", 1.0),
];

/// Columns of the failures.
///
/// Source: Locust, locust/stats.py, StatsCSV, `failures_columns`.
const FAILURES: [&str; 4] = ["Method", "Name", "Error", "Occurrences"];

/// Name of the last row of the statistics, which covers all requests.
const TOTAL: &str = "Aggregated";

/// Characters that a spreadsheet takes for the start of a formula, which may run programs. White
/// space is made visible in any case.
///
/// Source: OWASP, CSV Injection.
const FORMULAS: [char; 4] = ['=', '+', '-', '@'];

/// Printed for a percentile of no requests.
const NONE: &str = "N/A";

/// Type of the rows of flows.
const FLOW: &str = "FLOW";

/// Type and name of the row of all checks.
const CHECK: &str = "CHECK";
const ALL_CHECKS: &str = "(all checks)";

/// Returns the statistics: one row per group, and one for all requests. Times are in ms with
/// fractions; Locust rounds them to two digits.
///
/// Between them, there is one row per flow, with the times of flows without think time, and one row
/// with the number of checks. Flows that did not finish are failures.
///
/// Source: Locust, locust/stats.py, StatsCSV, `_requests_data_rows`.
pub(super) fn statistics(contents: Contents<'_>) -> io::Result<String> {
    let head = STATISTICS.into_iter().chain(PERCENTILES.map(|(name, _)| name));
    let total = GroupName { text: TOTAL.to_owned(), method: String::new() };
    let groups = contents.groups.into_iter().flat_map(Groups::iter);
    let rows = groups.map(|(name, metrics)| row(&name, metrics));
    let time = contents.whole.users_time();
    let flows = contents.flows.into_iter().flat_map(Groups::iter);
    let flows =
        flows.filter_map(|(name, metrics)| Some(flow_row(&name.text, metrics.flows()?, time)));
    let checks = contents.whole.checks().map(check_row);
    let further = flows.chain(checks).chain([row(&total, contents.whole)]);
    document([head.map(str::to_owned).collect()].into_iter().chain(rows).chain(further))
}

/// Returns the failures: one row per group and error text. Within a group, the most frequent text
/// comes first.
///
/// Source: Locust, locust/stats.py, StatsCSV, `_failures_data_rows`.
pub(super) fn failures(contents: Contents<'_>) -> io::Result<String> {
    let groups = contents.groups.into_iter().flat_map(Groups::iter);
    let rows = groups.flat_map(|(name, metrics)| {
        let GroupName { text, method } = name;
        metrics.errors().map(move |(error, count)| {
            vec![cell(&method), cell(&text), cell(error), count.to_string()]
        })
    });
    document([FAILURES.map(str::to_owned).to_vec()].into_iter().chain(rows))
}

fn row(name: &GroupName, metrics: &Metrics) -> Vec<String> {
    let counts = Counts {
        total: metrics.requests(),
        failures: metrics.requests() - metrics.successes(),
        mean_bytes: metrics.bytes_in().mean,
        rate: metrics.rate(),
    };
    row_of([&name.method, &name.text], &counts, metrics.latency())
}

/// Returns the row of a flow. `time` is that in which the users of a closed loop began flows.
fn flow_row(name: &str, flows: &Flows, time: Option<Duration>) -> Vec<String> {
    let counts = Counts {
        total: flows.started(),
        failures: flows.started() - flows.finished(),
        mean_bytes: 0.0,
        rate: flows.rate_in(time),
    };
    row_of([FLOW, name], &counts, flows.time())
}

fn check_row(checks: Checks) -> Vec<String> {
    let Checks { total, failed } = checks;
    let counts = Counts { total, failures: failed, mean_bytes: 0.0, rate: 0.0 };
    row_of([CHECK, ALL_CHECKS], &counts, &Distribution::default())
}

/// The values of a row that are not times.
struct Counts {
    total: u64,
    failures: u64,
    /// Bytes of a response on average.
    mean_bytes: f64,
    /// Per second.
    rate: f64,
}

/// Returns a row, given its type and name.
fn row_of(names: [&str; 2], counts: &Counts, times: &Distribution) -> Vec<String> {
    let failed = counts.failures as f64 / counts.total.max(1) as f64;
    let figures = [
        cell(names[0]),
        cell(names[1]),
        counts.total.to_string(),
        counts.failures.to_string(),
        milliseconds(times.quantile(0.5)),
        milliseconds(times.mean()),
        milliseconds(times.min()),
        milliseconds(times.max()),
        counts.mean_bytes.to_string(),
        counts.rate.to_string(),
        (counts.rate * failed).to_string(),
    ];
    let percentiles = PERCENTILES.map(|(_, quantile)| match times.count() {
        0 => NONE.to_owned(),
        _ => milliseconds(times.quantile(quantile)),
    });
    figures.into_iter().chain(percentiles).collect()
}

/// Returns a text on one line, prefixed by a quote if a spreadsheet would take it for a formula.
fn cell(text: &str) -> String {
    let quote = if text.starts_with(FORMULAS) { "'" } else { "" };
    format!("{quote}{}", visible(text))
}

/// Prints a duration in ms with the precision of one ns.
fn milliseconds(duration: Duration) -> String {
    (duration.as_nanos() as f64 / 1e6).to_string()
}

/// Returns rows with the line endings of RFC 4180, as Locust writes them.
fn document(rows: impl Iterator<Item = Vec<String>>) -> io::Result<String> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row)?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_formula_in_a_spreadsheet() {
        let table = [
            ("login", "login"),
            ("", ""),
            ("=cmd|'/c calc'!A0", "'=cmd|'/c calc'!A0"),
            ("+1", "'+1"),
            ("-x", "'-x"),
            ("@sum", "'@sum"),
            ("a=1", "a=1"),
            ("\t=1", "\\t=1"),
        ];
        for (text, expected) in table {
            assert_eq!(cell(text), expected);
        }
    }
}
