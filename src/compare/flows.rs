//! Statistics of the flows and calls of two runs. They have no intervals, and therefore no verdicts.

use crate::compare::row::Row;
use crate::metrics::{Calls, Distribution, Flows, Metrics, Statistic};

/// One statistic of the flows or calls of two runs: times in ns, shares in `[0, 1]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlowRow {
    /// Name as in thresholds, e.g. `flow.p95`, which is without think time.
    pub name: &'static str,
    /// Value of the base.
    pub base: f64,
    /// Value of the new run.
    pub new: f64,
    /// The statistic of requests with the same unit, for its format.
    pub(super) like: Statistic,
}

/// Returns the statistics of the flows of two runs; none unless both runs have flows, and none about
/// checks unless both runs have checks.
pub(super) fn rows(base: &Metrics, new: &Metrics) -> Vec<FlowRow> {
    let (Some(was), Some(is)) = (base.flows(), new.flows()) else { return Vec::new() };
    let of = |name, like, of: fn(&Flows) -> f64| FlowRow { name, like, base: of(was), new: of(is) };
    let of_flows = [
        of("flow.p50", Statistic::P50, |flows| time(flows, 0.5)),
        of("flow.p95", Statistic::P95, |flows| time(flows, 0.95)),
        of("flow.p99", Statistic::P99, |flows| time(flows, 0.99)),
        of("flow.mean", Statistic::Mean, |flows| flows.time().mean().as_nanos() as f64),
        of("flow.success", Statistic::Success, Flows::success),
    ];
    let checks = base.checks().zip(new.checks()).map(|(was, is)| FlowRow {
        name: "checks",
        like: Statistic::Success,
        base: was.passed(),
        new: is.passed(),
    });
    of_flows.into_iter().chain(checks).collect()
}

/// Returns a series of times of calls. None if there is none.
type Times = fn(&Calls) -> Option<&Distribution>;

/// Returns the statistics of the calls of two runs: those that both runs have.
pub(super) fn call_rows(base: &Metrics, new: &Metrics) -> Vec<FlowRow> {
    let (Some(was), Some(is)) = (base.calls(), new.calls()) else { return Vec::new() };
    let table: [(&str, Times, f64); 6] = [
        ("first_message.p50", Calls::first_message, 0.5),
        ("first_message.p95", Calls::first_message, 0.95),
        ("first_message.p99", Calls::first_message, 0.99),
        ("gap.p95", Calls::gap, 0.95),
        ("gap.p99", Calls::gap, 0.99),
        ("sent.p95", Calls::sent, 0.95),
    ];
    let row = |(name, times, quantile): (_, Times, f64)| {
        let [base, new] =
            [times(was)?, times(is)?].map(|it| it.quantile(quantile).as_nanos() as f64);
        Some(FlowRow { name, like: Statistic::P95, base, new })
    };
    table.into_iter().filter_map(row).collect()
}

fn time(flows: &Flows, quantile: f64) -> f64 {
    flows.time().quantile(quantile).as_nanos() as f64
}

impl FlowRow {
    /// Returns the row of a statistic of requests with the same values and unit, without an interval.
    pub(super) fn as_row(&self) -> Row {
        let Self { like, base, new, .. } = *self;
        Row {
            statistic: like,
            base,
            new,
            interval: None,
            has_success: true,
            is_lower_bound: [false; 2],
        }
    }
}
