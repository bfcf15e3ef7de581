//! One threshold: `[NAME:][KIND.][SERIES.]METRIC OP VALUE`.

use std::str::FromStr;

use crate::error::Error;
use crate::markup::redact::{self, HIDDEN_USER, without_users};
use crate::metrics::BoundedTime;
use crate::threshold::metric::{self, Found, KindScope, Metric};
use crate::threshold::scope::Scope;

/// The form of a threshold, for error messages.
const EXPECTED: &str = "[NAME:]METRIC OP VALUE, OP one of < <= > >= = !=, as in p99<500ms, \
                        success>=99%, login:p95<=200ms or flow.p95<3s";

/// The characters of operators. Names may have them, values never do.
const OPERATORS: [char; 4] = ['<', '>', '=', '!'];

/// A comparison of a measured value with a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `=` or `==`
    Equal,
    /// `!=`
    Unequal,
}

impl Op {
    fn of(text: &str) -> Option<Self> {
        Some(match text {
            "<" => Op::Less,
            "<=" => Op::AtMost,
            ">" => Op::More,
            ">=" => Op::AtLeast,
            "=" | "==" => Op::Equal,
            "!=" => Op::Unequal,
            _ => return None,
        })
    }

    /// Returns whether the comparison holds.
    pub fn holds(self, measured: f64, limit: f64) -> bool {
        match self {
            Op::Less => measured < limit,
            Op::AtMost => measured <= limit,
            Op::More => measured > limit,
            Op::AtLeast => measured >= limit,
            Op::Equal => measured == limit,
            Op::Unequal => measured != limit,
        }
    }
}

impl Op {
    /// Returns whether the comparison surely holds for a value that is at least as great as a lower
    /// bound.
    fn holds_from(self, bound: f64, limit: f64) -> bool {
        match self {
            Op::Less | Op::AtMost | Op::Equal => false,
            Op::More | Op::Unequal => bound > limit,
            Op::AtLeast => bound >= limit,
        }
    }
}

/// The parts of a threshold or a regression limit, with the value still as text.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts<'a> {
    /// The requests that it applies to.
    pub scope: Scope,
    /// The kinds of records that it applies to.
    pub kind: KindScope,
    /// The metric of these requests.
    pub metric: Metric,
    /// The comparison that must hold.
    pub op: Op,
    /// As typed, without spaces around it.
    pub value: &'a str,
}

impl<'a> Parts<'a> {
    /// Splits a threshold into its parts, from the end: a name may contain colons and operators, as
    /// URLs do.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if there is no operator, or the metric is unknown.
    pub fn of(text: &'a str) -> Result<Self, Error> {
        let malformed =
            || Error::Value { what: "threshold", input: text.to_owned(), expected: EXPECTED };
        let (rest, value) =
            text.rfind(OPERATORS).map(|place| text.split_at(place + 1)).ok_or_else(malformed)?;
        let left = rest.trim_end_matches(OPERATORS);
        let op = Op::of(&rest[left.len()..]).ok_or_else(malformed)?;
        let (scope, metric) = match left.rsplit_once(':') {
            Some((name, _)) if name.trim().is_empty() => return Err(malformed()),
            // Names of groups hide users and passwords of URLs and are cut too.
            Some((name, metric)) => (Scope::Named(redact::shown(name.trim())), metric),
            None => (Scope::Whole, left),
        };
        let (kind, metric) = metric::parse(metric.trim())?;
        Ok(Self { scope, kind, metric, op, value: value.trim() })
    }
}

/// Returns an expression without spaces around it, and without users and passwords of
/// URLs, since reports show it.
pub(super) fn shown(text: &str) -> String {
    without_users(text.trim(), HIDDEN_USER).into_owned()
}

/// A limit for a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// As typed, without spaces around it, and without users and passwords of URLs.
    pub expr: String,
    /// The requests that it applies to.
    pub scope: Scope,
    /// The kinds of records that it applies to.
    pub kind: KindScope,
    /// The metric of these requests.
    pub metric: Metric,
    /// The comparison that must hold.
    pub op: Op,
    /// The limit, in the unit of the metric.
    pub value: f64,
}

impl Threshold {
    /// Returns whether a value, in the unit of the metric, keeps the threshold. A lower bound keeps
    /// it only if every greater value does, and so never an upper limit.
    pub fn holds(&self, found: Found) -> bool {
        match found.is_lower_bound {
            true => self.op.holds_from(found.value, self.value),
            false => self.op.holds(found.value, self.value),
        }
    }

    /// Formats a value as reports print it: `231.4ms`, or `≥30s` for a lower bound.
    pub fn show(&self, found: Found) -> String {
        let sign = if found.is_lower_bound { BoundedTime::AT_LEAST } else { "" };
        sign.to_owned() + &self.metric.unit().show(found.value, self.value)
    }
}

impl FromStr for Threshold {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let Parts { scope, kind, metric, op, value } = Parts::of(text)?;
        let value = metric.unit().parse(value)?;
        Ok(Self { expr: shown(text), scope, kind, metric, op, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threshold::{Aggregate, FlowMetric, FlowTime, Series};

    fn named(name: &str) -> Scope {
        Scope::Named(name.to_owned())
    }

    #[test]
    fn a_long_name_is_cut_as_names_of_groups_are() {
        let name = "n".repeat(2 * redact::MAX_TEXT_BYTES);
        let threshold: Threshold = format!("{name}:p50<1s").parse().unwrap();
        assert!(threshold.scope.covers(&redact::shown(&name)));
    }

    #[test]
    fn every_metric_operator_and_unit_is_read() {
        let time = |series, statistic| Metric::Time(series, statistic);
        let p = |quantile| Aggregate::Quantile(quantile);
        let flow = Metric::Flow;
        let table = [
            ("p50<1s", Metric::Time(Series::Latency, p(0.5)), Op::Less, 1e9),
            ("p99.999<=1.5ms", time(Series::Latency, p(0.99999)), Op::AtMost, 1.5e6),
            ("p99 < 500 ms", time(Series::Latency, p(0.99)), Op::Less, 5e8),
            ("p0 > 0", time(Series::Latency, p(0.0)), Op::More, 0.0),
            ("p100>=1us", time(Series::Latency, p(1.0)), Op::AtLeast, 1e3),
            (" mean = 100ms ", time(Series::Latency, Aggregate::Mean), Op::Equal, 1e8),
            ("min==1ns", time(Series::Latency, Aggregate::Min), Op::Equal, 1.0),
            ("max!=1m", time(Series::Latency, Aggregate::Max), Op::Unequal, 6e10),
            ("lag.p99.9<1ms", time(Series::Lag, p(0.999)), Op::Less, 1e6),
            ("lag.mean<1ms", time(Series::Lag, Aggregate::Mean), Op::Less, 1e6),
            ("response.max<1h", time(Series::Response, Aggregate::Max), Op::Less, 3.6e12),
            ("success>=99.9%", Metric::Success, Op::AtLeast, 0.999),
            ("success>0.95", Metric::Success, Op::More, 0.95),
            ("errors<50", Metric::Errors, Op::Less, 50.0),
            ("requests=3000", Metric::Requests, Op::Equal, 3000.0),
            ("rate>=100/s", Metric::Rate, Op::AtLeast, 100.0),
            ("throughput>99.5", Metric::Throughput, Op::More, 99.5),
            ("bytes_in<10MB", Metric::BytesIn, Op::Less, 10_485_760.0),
            ("bytes_out>0", Metric::BytesOut, Op::More, 0.0),
            ("checks>=99%", Metric::Checks, Op::AtLeast, 0.99),
            ("reach>=99.9%", Metric::Reach, Op::AtLeast, 0.999),
            ("sent.p95<1ms", time(Series::Sent, p(0.95)), Op::Less, 1e6),
            ("first_message.p95<500ms", time(Series::FirstMessage, p(0.95)), Op::Less, 5e8),
            ("gap.max<1s", time(Series::Gap, Aggregate::Max), Op::Less, 1e9),
            ("flow.p99.9<3s", flow(FlowMetric::Time(FlowTime::Busy, p(0.999))), Op::Less, 3e9),
            (
                "flow.total.p95<20s",
                flow(FlowMetric::Time(FlowTime::Total, p(0.95))),
                Op::Less,
                2e10,
            ),
            (
                "flow.mean<1s",
                flow(FlowMetric::Time(FlowTime::Busy, Aggregate::Mean)),
                Op::Less,
                1e9,
            ),
            ("flow.success>=95%", flow(FlowMetric::Success), Op::AtLeast, 0.95),
            ("flow.failed<1%", flow(FlowMetric::Failed), Op::Less, 0.01),
            ("flow.cut<0.01", flow(FlowMetric::Cut), Op::Less, 0.01),
            ("flow.errors<=5", flow(FlowMetric::Errors), Op::AtMost, 5.0),
            ("flow.started=3000", flow(FlowMetric::Started), Op::Equal, 3000.0),
            ("flow.rate>=10/s", flow(FlowMetric::Rate), Op::AtLeast, 10.0),
            ("flow.throughput>9.5", flow(FlowMetric::Throughput), Op::More, 9.5),
        ];
        for (text, metric, op, value) in table {
            let expr = text.trim().to_owned();
            let (scope, kind) = (Scope::Whole, KindScope::Main);
            let expected = Threshold { expr, scope, kind, metric, op, value };
            assert_eq!(text.parse::<Threshold>().unwrap(), expected);
        }
    }

    #[test]
    fn a_kind_is_the_word_before_a_metric() {
        let time = |series, quantile| Metric::Time(series, Aggregate::Quantile(quantile));
        let table = [
            ("http.checks=1", "http", Metric::Checks),
            ("http.p99.9<1s", "http", time(Series::Latency, 0.999)),
            ("http.lag.p99<1ms", "http", time(Series::Lag, 0.99)),
            ("call.p99<100ms", "call", time(Series::Latency, 0.99)),
            ("ai.*:call.first_message.p95<500ms", "call", time(Series::FirstMessage, 0.95)),
            ("connect.success>95%", "connect", Metric::Success),
            ("message.response.p95<1s", "message", time(Series::Response, 0.95)),
            ("message.errors<9", "message", Metric::Errors),
            ("message.success>90%", "message", Metric::Success),
            ("connect.p95<1s", "connect", time(Series::Latency, 0.95)),
            ("reconnect.requests<9", "reconnect", Metric::Requests),
            ("delivery.p95<100ms", "delivery", time(Series::Latency, 0.95)),
            ("ping.p99<1s", "ping", time(Series::Latency, 0.99)),
            ("close.success>99%", "close", Metric::Success),
        ];
        for (text, kind, metric) in table {
            let found = text.parse::<Threshold>().unwrap();
            let KindScope::Only(found_kind) = found.kind else { panic!("{text}: all kinds") };
            assert_eq!((found_kind.word(), found.metric), (kind, metric), "{text}");
        }
    }

    #[test]
    fn a_name_is_everything_before_the_last_colon() {
        let table = [
            ("login:p95<=200ms", named("login")),
            (" auth.* : p95 <= 200ms", named("auth.*")),
            ("http://h:80/?a=1&b<2:p95<200ms", named("http://h:80/?a=1&b<2")),
            ("GET users:mean<1s", named("GET users")),
            ("generation:flow.success>=95%", named("generation")),
            ("GET /runs/{{id}}:http.p95<1s", named("GET /runs/{{id}}")),
            ("http://me:s3cret@h/:p95<1s", named("http://***@h/")),
            ("(unnamed):errors=0", named("(unnamed)")),
            ("p95<=200ms", Scope::Whole),
        ];
        for (text, scope) in table {
            assert_eq!(text.parse::<Threshold>().unwrap().scope, scope, "{text}");
        }
    }

    #[test]
    fn a_malformed_threshold_is_refused_with_what_was_expected() {
        let form = |text: &str| format!("bad threshold '{text}': expected {EXPECTED}");
        for text in ["", "p99", "p99 500ms", "p99<>500ms", "p99=<500ms", "p99!500ms", ":p99<1s"] {
            assert_eq!(text.parse::<Threshold>().unwrap_err().to_string(), form(text));
        }
        let metric = |name: &str| format!("bad metric '{name}': expected one of p50 (or another");
        let flow = |name: &str| format!("bad metric '{name}': expected after flow. one of p50");
        let value = |text: &str| format!("bad value '{text}': expected ");
        let table = [
            ("p101<1s", metric("p101")),
            ("pp<1s", metric("pp")),
            ("p<1s", metric("p")),
            ("p1e1<1s", metric("p1e1")),
            ("latency<1s", metric("latency")),
            ("lag<1s", metric("lag")),
            ("lag.success<1s", metric("lag.success")),
            ("other.p99<1s", metric("other.p99")),
            ("call.flow.p99<1s", metric("call.flow.p99")),
            ("call.call.p99<1s", metric("call.call.p99")),
            ("gap<1s", metric("gap")),
            ("grpc.p99<1s", metric("grpc.p99")),
            ("http.flow.p99<1s", metric("http.flow.p99")),
            ("http.<1s", metric("http.")),
            ("<1s", metric("")),
            ("login:<1s", metric("")),
            ("flow.<1s", flow("flow.")),
            ("flow<1s", metric("flow")),
            ("flow.lag.p99<1s", flow("flow.lag.p99")),
            ("flow.checks>1%", flow("flow.checks")),
            ("flow.total.success>1%", flow("flow.total.success")),
            ("flow.requests>1", flow("flow.requests")),
            ("flow.p95<3", value("3") + "a duration with its unit"),
            ("flow.success>=95", value("95") + "a share of at most 100%"),
            ("checks>=99", value("99") + "a share of at most 100%"),
            ("p99<500", value("500") + "a duration with its unit, as in 500ms or 1.5s"),
            ("p99<", value("")),
            ("success>=99", value("99") + "a share of at most 100%"),
            ("errors<1%", value("1%") + "a whole number"),
        ];
        for (text, problem) in table {
            let error = text.parse::<Threshold>().unwrap_err().to_string();
            assert!(error.starts_with(&problem), "{text}: {error}");
        }
    }

    #[test]
    fn operators_differ_at_the_limit_itself() {
        let table = [
            (Op::Less, [true, false, false]),
            (Op::AtMost, [true, true, false]),
            (Op::More, [false, false, true]),
            (Op::AtLeast, [false, true, true]),
            (Op::Equal, [false, true, false]),
            (Op::Unequal, [true, false, true]),
        ];
        for (op, expected) in table {
            assert_eq!([1.0, 2.0, 3.0].map(|value| op.holds(value, 2.0)), expected, "{op:?}");
        }
    }

    #[test]
    fn a_lower_bound_keeps_no_upper_limit() {
        let table = [
            (Op::Less, [false, false, false]),
            (Op::AtMost, [false, false, false]),
            (Op::More, [false, false, true]),
            (Op::AtLeast, [false, true, true]),
            (Op::Equal, [false, false, false]),
            (Op::Unequal, [false, false, true]),
        ];
        for (op, expected) in table {
            let found = [1.0, 2.0, 3.0].map(|bound| op.holds_from(bound, 2.0));
            assert_eq!(found, expected, "{op:?}");
        }
    }
}
