//! Rows about flows and closed loops.

use std::time::Duration;

use crate::facts::FlowFacts;
use crate::markup::escape::visible;
use crate::metrics::{Checks, Distribution, Flows, Metrics, OpenLoop};
use crate::units::GoDuration;

/// The name of a row, the names of its values, and the values.
pub(in crate::report) type Row = [String; 3];

/// What a reader of a closed loop's numbers must know.
pub(in crate::report) const CAUTION: &str =
    "a slow server gets fewer requests, so its percentiles look too good";

/// Why a closed loop has no open loop with the same load.
pub(in crate::report) const ONE_EACH: &str =
    "none, since each user made only one flow or request; compare requests per second";

/// Returns the flag of an open loop with the same load, e.g. `-rate=41.3`, or why there is none.
pub(in crate::report) fn open_loop(open: OpenLoop) -> Result<String, &'static str> {
    let OpenLoop::Rate(rate) = open else { return Err(ONE_EACH) };
    let decimals = if rate < 1.0 { 4 } else { 2 };
    let rate = format!("{rate:.decimals$}");
    Ok(format!("-rate={}", rate.trim_end_matches('0').trim_end_matches('.')))
}

/// Returns the rows about flows and their checks; none without flows.
pub(in crate::report) fn rows(metrics: &Metrics) -> Vec<Row> {
    let Some(flows) = metrics.flows() else { return Vec::new() };
    let counts = row("Flows", counts_names(metrics), &counts(flows, metrics).join(", "));
    let time = (flows.ended() > 0)
        .then(|| row("Flow time", "[mean, 50, 90, 95, 99, max]", &time_with_thinking(flows)));
    let cut = cut(metrics).map(|[count, mean, longest]| {
        row("Cut flows", "[count, mean, longest]", &[count, mean, longest].join(", "))
    });
    let checks = metrics.checks().map(|checks| {
        row("Checks", "[total, passed]", &format!("{}, {}", checks.total, passed(checks)))
    });
    [Some(counts), time, cut, checks].into_iter().flatten().collect()
}

/// Returns the rows about a closed loop; none for an open loop.
pub(in crate::report) fn loop_rows(metrics: &Metrics) -> Vec<Row> {
    let Some(closed) = metrics.closed_loop() else { return Vec::new() };
    let caution = row("Loop", "[closed]", CAUTION);
    let open = closed.open.map(|open| match open_loop(open) {
        Ok(flag) => format!("{flag}, the average over the attack"),
        Err(reason) => reason.to_owned(),
    });
    let open = open.map(|open| row("", "[equivalent open loop]", &open));
    [Some(caution), open].into_iter().flatten().collect()
}

/// Returns the names of [`counts`], in brackets.
fn counts_names(metrics: &Metrics) -> &'static str {
    // Until the attack is over, it is unknown which flows will be cut.
    match metrics.is_over() {
        true => "[started, rate, finished, failed, cut]",
        false => "[started, rate, finished, failed, in progress]",
    }
}

/// Returns how many flows started, per second too, and how they ended.
fn counts(flows: &Flows, metrics: &Metrics) -> [String; 5] {
    [
        flows.started().to_string(),
        format!("{:.2}", flows.rate_in(metrics.users_time())),
        flows.finished().to_string(),
        flows.failed().to_string(),
        flows.unfinished().to_string(),
    ]
}

fn time_with_thinking(flows: &Flows) -> String {
    let times = times(flows.time()).map(|time| GoDuration::rounded(time).to_string()).join(", ");
    match flows.mean_think_time() {
        Duration::ZERO => times,
        thought => format!("{times}, without {} of think time", GoDuration::rounded(thought)),
    }
}

/// Returns mean, p50, p90, p95, p99 and maximum.
fn times(distribution: &Distribution) -> [Duration; 6] {
    let quantiles = distribution.quantiles();
    let [p50, p90, p95, p99] = [0.5, 0.9, 0.95, 0.99].map(|quantile| quantiles.at(quantile));
    [distribution.mean(), p50, p90, p95, p99, distribution.max()]
}

/// Returns the number of flows that were cut, and how long these had run on average and at most;
/// None if none was cut, or the attack recorded nothing about it.
pub(in crate::report) fn cut(metrics: &Metrics) -> Option<[String; 3]> {
    let FlowFacts { cut, cut_mean_ns, cut_longest_ns, .. } =
        metrics.facts()?.flows.filter(|flows| flows.cut > 0)?;
    let shown = |ns| GoDuration::rounded(Duration::from_nanos(ns)).to_string();
    Some([cut.to_string(), shown(cut_mean_ns), shown(cut_longest_ns)])
}

/// Returns the share of the checks that passed, in percent.
pub(in crate::report) fn passed(checks: Checks) -> String {
    format!("{:.2}%", checks.passed() * 100.0)
}

fn row(name: &str, names: &str, values: &str) -> Row {
    [name.to_owned(), names.to_owned(), visible(values)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::metrics::samples::steady_flows;
    use crate::plan::Plan;

    #[test]
    fn a_closed_loop_names_the_open_loop_with_the_same_load() {
        let mut metrics = Metrics::default();
        assert!(loop_rows(&metrics).is_empty());
        let duration_ns = 20_000_000_000;
        let plan = |users: &str| Plan { users: Some(users.to_owned()), ..Plan::default() };
        metrics.add_plan(&Plan { duration_ns, ..plan("50") });
        assert_eq!(loop_rows(&metrics), [row("Loop", "[closed]", CAUTION)]);
        metrics.add_batch(&steady_flows());
        metrics.add_facts(&Facts::default());
        let open = row("", "[equivalent open loop]", "-rate=5, the average over the attack");
        assert_eq!(loop_rows(&metrics)[1..], [open]);
        assert!(rows(&metrics)[0][2].starts_with("100, 5.00, "), "{:?}", rows(&metrics));
        let rates = [(0.01234, "-rate=0.0123"), (0.5, "-rate=0.5"), (41.3, "-rate=41.3")];
        for (rate, flag) in rates.into_iter().chain([(100.0, "-rate=100"), (7.456, "-rate=7.46")]) {
            assert_eq!(open_loop(OpenLoop::Rate(rate)).as_deref(), Ok(flag));
        }
        let mut metrics = Metrics::default();
        metrics.add_plan(&plan("100"));
        metrics.add_batch(&steady_flows());
        assert_eq!(loop_rows(&metrics)[1..], [row("", "[equivalent open loop]", ONE_EACH)]);
    }

    #[test]
    fn a_running_attack_has_flows_in_progress_and_an_ended_one_has_cut_flows() {
        let mut metrics = Metrics::default();
        assert!(rows(&metrics).is_empty());
        metrics.add_batch(&steady_flows());
        let names = |metrics: &Metrics| rows(metrics).into_iter().map(|[_, names, _]| names);
        assert!(names(&metrics).next().unwrap().ends_with(", in progress]"));
        let flows = Some(FlowFacts { cut: 4, cut_mean_ns: 7, ..FlowFacts::default() });
        metrics.add_facts(&Facts { flows, ..Default::default() });
        assert!(names(&metrics).next().unwrap().ends_with(", cut]"));
        assert!(names(&metrics).any(|names| names == "[count, mean, longest]"));
    }
}
