//! Gates: how much worse a figure may get, as `-fail-on` has it.

use std::str::FromStr;

use crate::compare::{Comparison, Row};
use crate::error::Error;
use crate::metrics::Statistic;
use crate::report::format_statistic;
use crate::threshold::{Aggregate, Metric, Op, Parts, Scope, Series, Unit};

/// What a gate looks like.
const EXPECTED: &str = "[NAME:]METRIC OP LIMIT with METRIC one of p50, p90, p95, p99, mean, success, \
                        throughput, OP one of > >= and a LIMIT that begins with +, or < <= and one \
                        that begins with -, as in p99>+5%, mean>+20ms, success<-1% or \
                        throughput<-10/s";

/// How much more, or less, of a figure is too much.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// As typed.
    expression: String,
    scope: Scope,
    figure: Statistic,
    /// How a difference stands to the limit that is too much.
    op: Op,
    limit: Limit,
}

/// A difference, > 0 where a rise is too much, < 0 where a fall is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    /// As a share of the base.
    Share(f64),
    /// In the unit of the figure.
    Amount(f64),
}

/// What became of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The difference is within the limit, or is not proved.
    Pass,
    /// The difference is beyond the limit, and proved.
    Fail,
    /// A run is too short to tell, or has no such group.
    Unknown,
}

impl Outcome {
    /// Returns `pass`, `fail` or `unknown`.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Fail => "fail",
            Outcome::Unknown => "unknown",
        }
    }
}

/// A gate held against a comparison.
#[derive(Clone, Debug)]
pub struct Judgement<'a> {
    gate: &'a Gate,
    /// Name of the group that it is about; None for the whole, and where the runs share none.
    group: Option<String>,
    /// None where the runs share no such group.
    row: Option<Row>,
}

impl FromStr for Gate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).ok_or_else(|| Error::Value {
            what: "gate",
            input: text.to_owned(),
            expected: EXPECTED,
        })
    }
}

/// Parses a gate; None where the text is none.
fn parse(text: &str) -> Option<Gate> {
    let Parts { scope, metric, op, value } = Parts::of(text).ok()?;
    let (sign, amount) = match op {
        Op::More | Op::AtLeast => (1.0, value.strip_prefix('+')?),
        Op::Less | Op::AtMost => (-1.0, value.strip_prefix('-')?),
        Op::Equal | Op::Unequal => return None,
    };
    let figure = figure_of(metric)?;
    let limit = match amount.strip_suffix('%') {
        // The percent of success are points of it: 99 % are one less than 100 %.
        Some(percent) if figure != Statistic::Success => {
            Limit::Share(sign * Unit::PerSecond.parse(percent).ok()? / 100.0)
        }
        _ => Limit::Amount(sign * metric.unit().parse(amount).ok()?),
    };
    Some(Gate { expression: text.trim().to_owned(), scope, figure, op, limit })
}

/// Returns the figure that a metric is; None where it has no interval.
fn figure_of(metric: Metric) -> Option<Statistic> {
    let is_it = |figure: &Statistic| match (figure, figure.quantile()) {
        (_, Some(quantile)) => {
            metric == Metric::Time(Series::Latency, Aggregate::Quantile(quantile))
        }
        (Statistic::Success, None) => metric == Metric::Success,
        (Statistic::Throughput, None) => metric == Metric::Throughput,
        (_, None) => metric == Metric::Time(Series::Latency, Aggregate::Mean),
    };
    Statistic::ALL.into_iter().find(is_it)
}

impl Gate {
    /// Which requests it is for.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Holds it against a comparison: against each group that it is for, of which there is at least
    /// one judgement.
    pub fn judge<'a>(&'a self, comparison: &Comparison<'_>) -> Vec<Judgement<'a>> {
        let of = |rows: &[Row]| rows.iter().find(|row| row.figure == self.figure).copied();
        let judgement = |group: Option<&str>, row| Judgement {
            gate: self,
            group: group.map(str::to_owned),
            row,
        };
        if self.scope == Scope::Whole {
            return vec![judgement(None, of(comparison.rows()))];
        }
        let groups = comparison.groups().filter(|(name, _)| self.scope.covers(name));
        let judgements: Vec<_> =
            groups.map(|(name, rows)| judgement(Some(name), of(rows))).collect();
        if judgements.is_empty() { vec![judgement(None, None)] } else { judgements }
    }

    /// Returns whether a difference is beyond the limit. From nothing, any rise is beyond a share.
    fn is_beyond(&self, row: &Row) -> bool {
        let (found, limit) = match self.limit {
            Limit::Amount(limit) => (row.difference(), limit),
            Limit::Share(limit) => {
                let endless = if row.difference() == 0.0 { 0.0 } else { f64::INFINITY };
                (row.change().unwrap_or(endless), limit)
            }
        };
        self.op.holds(found, limit)
    }
}

impl Judgement<'_> {
    /// The gate as typed.
    pub fn expression(&self) -> &str {
        &self.gate.expression
    }

    /// The row that it was held against; None where the runs do not share the group.
    pub fn row(&self) -> Option<&Row> {
        self.row.as_ref()
    }

    /// Returns what became of it: it fails where the difference measured is beyond the limit and its
    /// interval excludes zero.
    pub fn outcome(&self) -> Outcome {
        let Some((row, interval)) = self.row.and_then(|row| Some((row, row.interval?))) else {
            return Outcome::Unknown;
        };
        match self.gate.is_beyond(&row) && interval.excludes_zero() {
            true => Outcome::Fail,
            false => Outcome::Pass,
        }
    }

    /// Returns the group that it is about, where it is one of several that the gate names.
    pub fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// Returns what is to be said of it, e.g. `p99>+5%: p99 went from 10ms to 12ms`.
    pub fn remark(&self) -> String {
        let expression = self.expression();
        let Some(row) = self.row else {
            return format!("{expression}: the runs share no such group, name another or set -by");
        };
        let of_group = self.group().map_or(String::new(), |group| format!(" of '{group}'"));
        let figure = format!("{}{of_group}", row.figure.name());
        if self.outcome() == Outcome::Unknown {
            return format!("{expression}: too few samples of {figure} to tell, attack longer");
        }
        let [base, new] = [row.base, row.new].map(|value| format_statistic(row.figure, value));
        format!("{expression}: {figure} went from {base} to {new}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::ConfidenceInterval;

    fn gate(text: &str) -> Gate {
        text.parse().unwrap()
    }

    #[test]
    fn gates_are_read_in_every_form() {
        let login = || Scope::Named("login".to_owned());
        let url = Scope::Named("http://h/?a>b".to_owned());
        let table = [
            ("p99>+5%", Scope::Whole, Statistic::P99, Op::More, Limit::Share(0.05)),
            ("p50>=+2.5%", Scope::Whole, Statistic::P50, Op::AtLeast, Limit::Share(0.025)),
            ("mean > +20ms", Scope::Whole, Statistic::Mean, Op::More, Limit::Amount(2e7)),
            ("p95<-1ms", Scope::Whole, Statistic::P95, Op::Less, Limit::Amount(-1e6)),
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
        for (text, scope, figure, op, limit) in table {
            let expression = text.to_owned();
            assert_eq!(gate(text), Gate { expression, scope, figure, op, limit }, "{text}");
        }
    }

    #[test]
    fn what_is_no_gate_is_refused() {
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
        ];
        for text in table {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_bad_gate_is_quoted_with_the_accepted_form() {
        let message = "p99>5%".parse::<Gate>().unwrap_err().to_string();
        assert_eq!(message, format!("bad gate 'p99>5%': expected {EXPECTED}"));
    }

    /// Holds a gate against a p99 of 100 ns that became another.
    fn check(text: &str, new: f64, interval: Option<[f64; 2]>, expected: Outcome) {
        let interval = interval.map(|[low, high]| ConfidenceInterval { low, high });
        let row = Some(Row { figure: Statistic::P99, base: 100.0, new, interval });
        let gate = gate(text);
        let judgement = Judgement { gate: &gate, group: None, row };
        assert_eq!(judgement.outcome(), expected, "{text} {row:?}");
    }

    #[test]
    fn a_gate_fails_where_the_difference_is_beyond_its_limit_and_proved() {
        let table = [
            ("p99>+5%", 110.0, Some([2.0, 18.0]), Outcome::Fail),
            ("p99>+5%", 110.0, Some([-2.0, 22.0]), Outcome::Pass),
            ("p99>+5%", 104.0, Some([3.0, 5.0]), Outcome::Pass),
            ("p99>+5%", 90.0, Some([-12.0, -8.0]), Outcome::Pass),
            ("p99>+10%", 110.0, Some([9.0, 11.0]), Outcome::Pass),
            ("p99>=+10%", 110.0, Some([9.0, 11.0]), Outcome::Fail),
            ("p99>+9ns", 110.0, Some([9.0, 11.0]), Outcome::Fail),
            ("p99<-5%", 90.0, Some([-12.0, -8.0]), Outcome::Fail),
            ("p99>+5%", 200.0, None, Outcome::Unknown),
        ];
        for (text, new, interval, expected) in table {
            check(text, new, interval, expected);
        }
    }

    #[test]
    fn a_group_that_only_one_run_has_is_no_pass() {
        let gate = gate("login:p99>+5%");
        let judgement = Judgement { gate: &gate, group: None, row: None };
        assert_eq!(judgement.outcome(), Outcome::Unknown);
        let remark = "login:p99>+5%: the runs share no such group, name another or set -by";
        assert_eq!(judgement.remark(), remark);
    }
}
