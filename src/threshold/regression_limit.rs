//! Regression limits: how much worse a statistic may get, as `-fail-on` has it.

use std::str::FromStr;

use crate::error::Error;
use crate::metrics::{RecordKind, Statistic};
use crate::threshold::expression::{Op, Parts, shown};
use crate::threshold::metric::{Aggregate, KindScope, Metric, Series};
use crate::threshold::scope::Scope;
use crate::threshold::unit::Unit;

/// The form of a regression limit.
const EXPECTED: &str = "[NAME:]METRIC OP LIMIT with METRIC one of p50, p90, p95, p99, mean, success, \
                        throughput, OP one of > >= and a LIMIT that begins with +, or < <= and one \
                        that begins with -, as in p99>+5%, mean>+20ms, success<-1% or \
                        throughput<-10/s";

/// The difference of a statistic between two runs that is too much.
#[derive(Clone, Debug, PartialEq)]
pub struct RegressionLimit {
    /// As typed, without spaces around it, and without users and passwords of URLs.
    expr: String,
    scope: Scope,
    statistic: Statistic,
    /// The comparison with the limit that holds for a difference that is too much.
    op: Op,
    limit: Limit,
}

/// A difference, > 0 if a rise is too much, < 0 if a fall is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    /// As a share of the base.
    Share(f64),
    /// In the unit of the statistic.
    Amount(f64),
}

impl FromStr for RegressionLimit {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let limit = parse(text).ok_or_else(|| Error::Value {
            what: "regression limit",
            input: text.to_owned(),
            expected: EXPECTED,
        })?;
        match limit.improvement() {
            None => Ok(limit),
            Some(expected) => {
                let input = text.to_owned();
                Err(Error::Keyword { what: "regression limit", input, expected })
            }
        }
    }
}

/// Parses a regression limit; None if the text is malformed.
fn parse(text: &str) -> Option<RegressionLimit> {
    let Parts { scope, kind, metric, op, value } = Parts::of(text).ok()?;
    // The statistics with intervals are those of all requests.
    if !matches!(kind, KindScope::Main | KindScope::Only(RecordKind::HTTP)) {
        return None;
    }
    let (sign, amount) = match op {
        Op::More | Op::AtLeast => (1.0, value.strip_prefix('+')?),
        Op::Less | Op::AtMost => (-1.0, value.strip_prefix('-')?),
        Op::Equal | Op::Unequal => return None,
    };
    let statistic = statistic_of(metric)?;
    let limit = match amount.strip_suffix('%').map(str::trim_end) {
        // Percent of success are percentage points: 99 % are one less than 100 %.
        Some(percent) if statistic != Statistic::Success => {
            Limit::Share(sign * Unit::PerSecond.parse(percent).ok()? / 100.0)
        }
        _ => Limit::Amount(sign * metric.unit().parse(amount).ok()?),
    };
    Some(RegressionLimit { expr: shown(text), scope, statistic, op, limit })
}

/// Returns the statistic of a metric; None if it has no confidence interval.
fn statistic_of(metric: Metric) -> Option<Statistic> {
    let is_it = |statistic: &Statistic| match (statistic, statistic.quantile()) {
        (_, Some(quantile)) => {
            metric == Metric::Time(Series::Latency, Aggregate::Quantile(quantile))
        }
        (Statistic::Success, None) => metric == Metric::Success,
        (Statistic::Throughput, None) => metric == Metric::Throughput,
        (_, None) => metric == Metric::Time(Series::Latency, Aggregate::Mean),
    };
    Statistic::ALL.into_iter().find(is_it)
}

impl RegressionLimit {
    /// Returns the form of a limit on the other direction if the limit would fail an improvement.
    /// None if it limits a regression.
    fn improvement(&self) -> Option<String> {
        let limits_rise = matches!(self.op, Op::More | Op::AtLeast);
        if limits_rise == self.statistic.is_latency() {
            return None;
        }
        let name = self.statistic.name();
        let (worse, better, sign) =
            if limits_rise { ("fall", "rise", "<-") } else { ("rise", "fall", ">+") };
        Some(format!(
            "a limit on a {worse}, as in {name}{sign}5%, since a {better} of {name} is an improvement"
        ))
    }

    /// The limit as typed, without spaces around it, and without users and passwords of URLs.
    pub fn expr(&self) -> &str {
        &self.expr
    }

    /// The requests that the limit applies to.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The statistic that is limited.
    pub fn statistic(&self) -> Statistic {
        self.statistic
    }

    /// Returns whether the change from a base to a new value, in the unit of the statistic, is
    /// beyond the limit. From a base of 0, any rise is beyond a share.
    pub fn is_exceeded(&self, base: f64, new: f64) -> bool {
        let difference = new - base;
        let (found, limit) = match self.limit {
            Limit::Amount(limit) => (difference, limit),
            Limit::Share(limit) if base != 0.0 => (difference / base, limit),
            Limit::Share(limit) if difference == 0.0 => (0.0, limit),
            Limit::Share(limit) => (f64::INFINITY, limit),
        };
        self.op.holds(found, limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(text: &str) -> RegressionLimit {
        text.parse().unwrap()
    }

    #[test]
    fn limits_are_read_in_every_form() {
        let login = || Scope::Named("login".to_owned());
        let url = Scope::Named("http://h/?a>b".to_owned());
        let table = [
            ("p99>+5%", Scope::Whole, Statistic::P99, Op::More, Limit::Share(0.05)),
            ("p50>=+2.5%", Scope::Whole, Statistic::P50, Op::AtLeast, Limit::Share(0.025)),
            ("mean > +20ms", Scope::Whole, Statistic::Mean, Op::More, Limit::Amount(2e7)),
            ("p95 > +1 ms", Scope::Whole, Statistic::P95, Op::More, Limit::Amount(1e6)),
            ("success<-1%", Scope::Whole, Statistic::Success, Op::Less, Limit::Amount(-0.01)),
            ("throughput<-5%", Scope::Whole, Statistic::Throughput, Op::Less, Limit::Share(-0.05)),
            (
                "throughput<=-10/s",
                Scope::Whole,
                Statistic::Throughput,
                Op::AtMost,
                Limit::Amount(-10.0),
            ),
            ("login:p90>+5%", login(), Statistic::P90, Op::More, Limit::Share(0.05)),
            ("http://h/?a>b:p90>+5%", url, Statistic::P90, Op::More, Limit::Share(0.05)),
        ];
        for (text, scope, statistic, op, amount) in table {
            let expr = text.to_owned();
            let expected = RegressionLimit { expr, scope, statistic, op, limit: amount };
            assert_eq!(limit(text), expected, "{text}");
        }
    }

    #[test]
    fn malformed_limits_are_refused() {
        let table = [
            "p99>5%",
            "p99>-5%",
            "p99<+5%",
            "p99>+5",
            "p99>+inf%",
            "p99>+1e3%",
            "p99>+%",
            "p98>+5%",
            "lag.p99>+5%",
            "p99=+5%",
            "p99!=+5%",
            "p99",
            "",
            "success<-1ms",
            "mean>+20",
            "max>+1s",
            "call.p99>+5%",
            "gap.p99>+5%",
        ];
        for text in table {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_limit_on_an_improvement_is_refused() {
        let table = [
            ("p50<-5%", "a limit on a rise, as in p50>+5%, since a fall of p50"),
            ("mean<=-1ms", "a limit on a rise, as in mean>+5%, since a fall of mean"),
            ("success>+1%", "a limit on a fall, as in success<-5%, since a rise of success"),
            (
                "login:throughput>+1/s",
                "a limit on a fall, as in throughput<-5%, since a rise of throughput",
            ),
        ];
        for (text, expected) in table {
            let error = text.parse::<RegressionLimit>().unwrap_err().to_string();
            let expected =
                format!("bad regression limit '{text}': expected {expected} is an improvement");
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn a_bad_limit_is_quoted_with_the_accepted_form() {
        let message = "p99>5%".parse::<RegressionLimit>().unwrap_err().to_string();
        assert_eq!(message, format!("bad regression limit 'p99>5%': expected {EXPECTED}"));
    }
}
