//! The Markdown report, for a pull request or a job summary.

use crate::markup::markdown::{escaped, table};
use crate::metrics::Metrics;
use crate::report::parts::{calls, flows, groups, thresholds};
use crate::report::{Contents, text};
use crate::threshold::ThresholdResults;
use crate::units::GoDuration;

/// Maximum number of error texts.
const SHOWN: usize = 10;

/// Returns the report: the outcome first, followed by the statistics, the groups, the thresholds
/// and the most frequent errors.
pub(super) fn render(contents: Contents<'_>) -> String {
    let Contents { whole, groups, thresholds, .. } = contents;
    let mut parts = vec![format!("## {}\n", headline(whole, thresholds))];
    parts.extend(whole.verdict().filter(|verdict| !verdict.is_valid()).map(|verdict| {
        format!("**The generator could not keep up.** {}\n", escaped(&verdict.to_string()))
    }));
    parts.extend(
        whole
            .aborted()
            .map(|aborted| format!("**-abort ended the attack.** {}\n", escaped(aborted))),
    );
    let truncated = whole.truncated_bodies();
    if truncated > 0 {
        let remark = escaped(&text::truncated_bodies(truncated));
        parts.push(format!("**Truncated response bodies:** {remark}\n"));
    }
    if let Some(thresholds) = thresholds {
        parts.push(table(&thresholds::head(), &thresholds::rows(thresholds)));
    }
    parts.push(table(&FIGURES.map(str::to_owned), &[figures(whole)]));
    let further = [flows::rows(whole), flows::loop_rows(whole), calls::rows(whole)].concat();
    if !further.is_empty() {
        parts.push(table(&["", "values", "found"].map(str::to_owned), &further));
    }
    if let Some(groups) = groups {
        parts.push(table(&groups::head(groups), &groups::rows(groups, whole)));
    }
    parts.extend(errors(whole));
    parts.join("\n")
}

/// Returns the outcome of the run in a few words.
fn headline(whole: &Metrics, thresholds: Option<&ThresholdResults>) -> String {
    let requests = whole.requests();
    match thresholds.map(|thresholds| (thresholds.results(), thresholds.is_passed())) {
        None => format!("Load test: {requests} requests"),
        Some((rows, true)) => format!("Load test passed: {} thresholds met", rows.len()),
        Some((rows, false)) => {
            let missed = rows.iter().filter(|result| !result.is_passed()).count();
            format!("Load test failed: {missed} of {} thresholds missed", rows.len())
        }
    }
}

const FIGURES: [&str; 9] =
    ["requests", "rate", "throughput", "success", "mean", "50", "95", "99", "max"];

fn figures(whole: &Metrics) -> [String; 9] {
    let (latency, quantiles) = (whole.latencies(), whole.latencies().quantiles());
    let quantile = |quantile| quantiles.at(quantile).to_string();
    [
        whole.requests().to_string(),
        format!("{:.2}", whole.rate()),
        format!("{:.2}", whole.throughput()),
        format!("{:.2}%", whole.success() * 100.0),
        GoDuration::rounded(latency.mean()).to_string(),
        quantile(0.5),
        quantile(0.95),
        quantile(0.99),
        latency.max().to_string(),
    ]
}

/// Returns a table of the most frequent errors; None if there are none.
fn errors(whole: &Metrics) -> Option<String> {
    let row = |(error, count): (&str, u64)| [count.to_string(), error.to_owned()];
    let rows: Vec<_> = whole.errors().take(SHOWN).map(row).collect();
    (!rows.is_empty()).then(|| table(&["count", "error"].map(str::to_owned), &rows))
}
