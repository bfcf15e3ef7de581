//! Results of thresholds for a run.

use crate::metrics::{Groups, Metrics};
use crate::threshold::expression::Threshold;
use crate::threshold::metric::{Found, Metric};
use crate::threshold::outcome::Outcome;
use crate::threshold::scope::Selected;

/// The results of all thresholds for a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdResults {
    results: Vec<ThresholdResult>,
    /// The verdict of a generator that could not keep up.
    limited: Option<String>,
}

/// The result of one threshold, for one group if it applies to groups.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdResult {
    /// The threshold as typed, without users and passwords of URLs.
    pub expr: String,
    /// The group; None for the whole run, and if there is no such group.
    pub name: Option<String>,
    /// What the threshold was compared with.
    pub measured: Measured,
    /// Whether the value keeps the threshold.
    pub outcome: Outcome,
}

/// What a threshold was compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Measured {
    /// A value in its unit, and as text.
    Value(Found, String),
    /// No value, with the reason. An unknown value keeps no threshold.
    Missing(&'static str),
}

impl Measured {
    /// Returns the value in its unit; None if it is missing.
    pub fn value(&self) -> Option<f64> {
        match self {
            Measured::Value(found, _) => Some(found.value),
            Measured::Missing(_) => None,
        }
    }

    /// Returns whether the true value is at least the one found, because it falls among requests
    /// without an answer.
    pub fn is_lower_bound(&self) -> bool {
        matches!(self, Measured::Value(Found { is_lower_bound: true, .. }, _))
    }

    /// Returns the value as text, or the reason why it is missing.
    pub fn text(&self) -> &str {
        match self {
            Measured::Value(_, text) => text,
            Measured::Missing(reason) => reason,
        }
    }
}

/// A run and its parts, which thresholds with a name apply to.
#[derive(Clone, Copy, Debug)]
pub struct RunParts<'a> {
    /// The metrics of all records.
    pub whole: &'a Metrics,
    /// The groups, for example by the names of targets; None if none is needed.
    pub groups: Option<&'a Groups>,
    /// The same records by flow; None without flows, and if none is needed.
    pub flows: Option<&'a Groups>,
}

impl<'a> From<&'a Metrics> for RunParts<'a> {
    fn from(whole: &'a Metrics) -> Self {
        Self { whole, groups: None, flows: None }
    }
}

impl<'a> RunParts<'a> {
    /// Returns the parts that a threshold applies to. A name is that of a flow for a metric of
    /// flows. For other metrics it is that of groups, or of a flow if no group has such a name.
    fn select(&self, threshold: &Threshold) -> Vec<Selected<&'a Metrics>> {
        let of = |groups: Option<&'a Groups>| {
            let parts = groups.into_iter().flat_map(Groups::iter);
            threshold.scope.select(self.whole, parts.map(|(name, metrics)| (name.text, metrics)))
        };
        if threshold.metric.is_of_flows() {
            return of(self.flows);
        }
        let selected = of(self.groups);
        let is_found = selected.iter().any(|selected| selected.part.is_some());
        if is_found { selected } else { of(self.flows) }
    }
}

impl ThresholdResults {
    /// Evaluates thresholds for a run and its parts, in their order. A threshold with a name has a
    /// result for each part with a matching name.
    pub fn of(thresholds: &[Threshold], run: RunParts<'_>) -> Self {
        let evaluate = |threshold: &Threshold| {
            let result = |selected| ThresholdResult::of(threshold, selected, run.whole);
            run.select(threshold).into_iter().map(result).collect::<Vec<_>>()
        };
        let limited = run.whole.verdict().filter(|verdict| !verdict.is_valid());
        Self {
            results: thresholds.iter().flat_map(evaluate).collect(),
            limited: limited.map(|verdict| verdict.to_string()),
        }
    }

    /// Returns a result for each threshold and each group that it applies to.
    pub fn results(&self) -> &[ThresholdResult] {
        &self.results
    }

    /// Returns whether all thresholds were kept.
    pub fn is_passed(&self) -> bool {
        self.results.iter().all(ThresholdResult::is_passed)
    }

    /// Returns the verdict if the generator could not keep up, so that the values include its own
    /// delays; None if it kept up, or nothing was scheduled.
    pub fn limited(&self) -> Option<&str> {
        self.limited.as_deref()
    }

    /// Returns on one line which thresholds were missed, with the values; None if all were kept.
    pub fn missed(&self) -> Option<String> {
        let missed = self.results.iter().filter(|result| !result.is_passed());
        let missed: Vec<_> = missed.map(ThresholdResult::line).collect();
        let count = match (missed.len(), self.results.len()) {
            (0, _) => return None,
            (missed, 1) => format!("{missed} threshold of 1 missed"),
            (missed, all) => format!("{missed} of {all} thresholds missed"),
        };
        Some(format!("{count}: {}", missed.join("; ")))
    }
}

impl ThresholdResult {
    /// Evaluates a threshold for a part of a whole run.
    fn of(threshold: &Threshold, selected: Selected<&Metrics>, whole: &Metrics) -> Self {
        let Selected { group: name, part } = selected;
        let metric = threshold.metric;
        let part = match part {
            Some(metrics) => threshold.kind.of(metrics).ok_or_else(|| threshold.kind.missing()),
            None => Err(nameless(metric)),
        };
        let value = part
            .ok()
            .filter(|metrics| !has_only_failures(metric, metrics))
            .and_then(|metrics| metric.of(metrics, whole));
        let measured = match value {
            Some(found) => Measured::Value(found, threshold.show(found)),
            None => Measured::Missing(part.map_or_else(|reason| reason, |of| reason(metric, of))),
        };
        let outcome = match value {
            Some(found) if threshold.holds(found) => Outcome::Pass,
            Some(_) => Outcome::Fail,
            None => Outcome::Unknown,
        };
        Self { expr: threshold.expr.clone(), name, measured, outcome }
    }

    /// Returns whether the value keeps the threshold.
    pub fn is_passed(&self) -> bool {
        self.outcome == Outcome::Pass
    }

    /// Returns the threshold and the value, e.g. `auth.*:p95<=200ms: login 231.4ms`.
    fn line(&self) -> String {
        let name = self.name.as_ref().map_or(String::new(), |name| format!("{name} "));
        format!("{}: {name}{}", self.expr, self.measured.text())
    }
}

/// Returns whether a metric is a time of the service, but all requests or flows failed. Failures are
/// often fast, or as slow as the timeout: neither is a time of the service.
fn has_only_failures(metric: Metric, metrics: &Metrics) -> bool {
    let (all, good) = match metrics.flows().filter(|_| metric.is_of_flows()) {
        Some(flows) => (flows.ended(), flows.finished()),
        None => (metrics.requests(), metrics.successes()),
    };
    metric.is_of_service() && all > 0 && good == 0
}

/// Returns why there is no part of a run to measure.
fn nameless(metric: Metric) -> &'static str {
    if metric.is_of_flows() { "no flow has this name" } else { "no request has this name" }
}

/// Returns why a metric has no value.
fn reason(metric: Metric, metrics: &Metrics) -> &'static str {
    match metric {
        _ if metrics.requests() == 0 => "no requests",
        Metric::Flow(_) if metrics.flows().is_none() => "no request is in a flow",
        Metric::Flow(_) => "no flow finished",
        Metric::Checks => "nothing was checked",
        Metric::Reach => "no delivery was expected",
        _ if has_only_failures(metric, metrics) => "no request succeeded",
        _ => "the stream has no such values",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::facts::Facts;
    use crate::metrics::By;
    use crate::metrics::samples::sockets::broadcasts;
    use crate::metrics::samples::{mixed_calls, steady_flows};
    use crate::plan::Plan;
    use crate::record::{BatchBuilder, Record};

    /// Evaluates a threshold for fast responses with these statuses.
    fn measured(threshold: &str, codes: &[u16]) -> Measured {
        let mut hits = BatchBuilder::new();
        for code in codes {
            let latency = Duration::from_millis(2);
            let lag = Some(Duration::ZERO);
            hits.push(&Record { code: *code, latency, lag, ..Record::default() });
        }
        let mut metrics = Metrics::default();
        metrics.add_batch(&hits.finish());
        let results = ThresholdResults::of(&[threshold.parse().unwrap()], (&metrics).into());
        results.results()[0].measured.clone()
    }

    #[test]
    fn latencies_of_failures_alone_keep_no_threshold() {
        for threshold in ["p99<1s", "mean>1ms", "response.max<1s"] {
            let missing = Measured::Missing("no request succeeded");
            assert_eq!(measured(threshold, &[500, 0]), missing, "{threshold}");
            assert_eq!(measured(threshold, &[500, 200]).text(), "2ms", "{threshold}");
        }
        assert_eq!(measured("lag.p99<1s", &[500]).text(), "0s");
        assert_eq!(measured("errors<5", &[500]).text(), "1");
        assert_eq!(measured("p99<1s", &[]), Measured::Missing("no requests"));
    }

    #[test]
    fn a_threshold_may_be_on_one_kind_and_on_the_times_of_messages() {
        let batch = mixed_calls();
        let (mut whole, mut names) = (Metrics::default(), Groups::new(By::Name, None));
        whole.add_batch(&batch);
        names.add_batch(&batch);
        let run = RunParts { groups: Some(&names), ..(&whole).into() };
        let table = [
            ("requests=300", "300"),
            ("call.requests=100", "100"),
            ("call.p50>44ms", "44.96ms"),
            ("http.p99<3ms", "2ms"),
            ("message.p99=5ms", "5ms"),
            ("connect.success>95%", "90%"),
            ("connect.max<20ms", "12ms"),
            ("ai.tokens:first_message.max<3ms", "2.98ms"),
            ("ai.tokens:gap.min>0", "109µs"),
            ("ai.*:gap.min>0", "119µs"),
            ("call.sent.max<1ms", "119µs"),
            ("http.gap.p99<1s", "the stream has no such values"),
            ("ai.tokens:message.p99<1s", "no message was sent"),
            ("ai.tokens:connect.p99<1s", "no stream was opened"),
            ("nosuch:call.p99<1s", "no request has this name"),
        ];
        for (threshold, found) in table {
            let results = ThresholdResults::of(&[threshold.parse().unwrap()], run);
            assert_eq!(results.results()[0].measured.text(), found, "{threshold}");
        }
        assert_eq!(measured("call.p99<1s", &[200]).text(), "no call was made");
        assert_eq!(measured("http.p99<1s", &[200]).text(), "2ms");
    }

    #[test]
    fn a_threshold_may_be_on_deliveries_and_their_reach() {
        let mut whole = Metrics::default();
        whole.add_batch(&broadcasts(&[4, 3, 4, 4, 4, 4]));
        let table = [
            ("reach>=99.9%", "95.83%", Outcome::Fail),
            ("reach>95%", "95.83%", Outcome::Pass),
            ("delivery.min<10ms", "6ms", Outcome::Pass),
            ("delivery.p99<1h", "≥30s", Outcome::Fail),
            ("delivery.p99>1s", "≥30s", Outcome::Pass),
            ("message.success>80%", "85.71%", Outcome::Pass),
            ("message.response.max<1m", "≥30s", Outcome::Fail),
            ("message.response.min=10ms", "10ms", Outcome::Pass),
            ("ping.p99<1s", "no ping was sent", Outcome::Unknown),
            ("reconnect.p99<1s", "no socket was opened again", Outcome::Unknown),
            ("close.success>1%", "no stream ended", Outcome::Unknown),
        ];
        for (threshold, found, outcome) in table {
            let results = ThresholdResults::of(&[threshold.parse().unwrap()], (&whole).into());
            let result = &results.results()[0];
            assert_eq!((result.measured.text(), result.outcome), (found, outcome), "{threshold}");
        }
        assert_eq!(measured("reach>1%", &[200]).text(), "no delivery was expected");
        assert_eq!(measured("delivery.p99<1s", &[200]).text(), "nothing was delivered");
    }

    #[test]
    fn the_rate_of_flows_of_users_is_over_the_planned_time() {
        let mut whole = Metrics::default();
        let users = Some("12".to_owned());
        whole.add_plan(&Plan { users, duration_ns: 20_000_000_000, ..Plan::default() });
        whole.add_batch(&steady_flows());
        whole.add_facts(&Facts::default());
        let mut flows = Groups::new(By::Flow, None);
        flows.add_batch(&steady_flows());
        let run = RunParts { flows: Some(&flows), ..(&whole).into() };
        for threshold in ["flow.rate=5/s", "login:flow.rate=5/s"] {
            let results = ThresholdResults::of(&[threshold.parse().unwrap()], run);
            assert!(results.is_passed(), "{results:?}");
        }
    }
}
