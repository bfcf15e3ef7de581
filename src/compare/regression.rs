//! Results of regression limits for a comparison.

use crate::compare::comparison::Comparison;
use crate::compare::row::{Row, Verdict};
use crate::report::format_statistic;
use crate::threshold::{Outcome, RegressionLimit, Selected};

/// The result of a regression limit, for one group if it applies to groups.
#[derive(Clone, Debug)]
pub struct RegressionResult<'a> {
    limit: &'a RegressionLimit,
    /// None for the whole runs, and if no group of the name is in both runs.
    group: Option<String>,
    /// None if no group of the name is in both runs.
    row: Option<Row>,
}

impl<'a> RegressionResult<'a> {
    /// Evaluates a limit: for the whole runs, or for each group with a matching name. There is at
    /// least one result.
    pub fn of(limit: &'a RegressionLimit, comparison: &Comparison<'_>) -> Vec<Self> {
        let groups = comparison.groups().map(|(name, rows)| (name.to_owned(), rows));
        let selected = limit.scope().select(comparison.rows(), groups);
        let result = |Selected { group, part }: Selected<&[Row]>| {
            let rows = part.unwrap_or_default();
            let row = rows.iter().find(|row| row.statistic == limit.statistic()).copied();
            Self { limit, group, row }
        };
        selected.into_iter().map(result).collect()
    }

    /// The limit as typed.
    pub fn expr(&self) -> &str {
        self.limit.expr()
    }

    /// The row that was checked; None if no group of the name is in both runs.
    pub fn row(&self) -> Option<&Row> {
        self.row.as_ref()
    }

    /// Returns the outcome: [`Outcome::Fail`] if the measured difference exceeds the limit and its
    /// interval excludes zero. A new value that is only a lower bound passes no limit.
    pub fn outcome(&self) -> Outcome {
        let is_known = |row: &Row| !matches!(row.verdict(), Verdict::NoSuccess | Verdict::Unknown);
        let known = self.row.filter(is_known);
        let Some((row, interval)) = known.and_then(|row| Some((row, row.interval?))) else {
            return Outcome::Unknown;
        };
        match self.limit.is_exceeded(row.base, row.new) && interval.excludes_zero() {
            true => Outcome::Fail,
            false if row.is_lower_bound[1] => Outcome::Unknown,
            false => Outcome::Pass,
        }
    }

    /// Returns the name of the group; None for the whole runs.
    pub fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// Returns the result in words, e.g. `p99>+5%: p99 went from 10ms to 12ms`.
    pub fn remark(&self) -> String {
        let expr = self.expr();
        let Some(row) = self.row else {
            return format!(
                "{expr}: no group of this name is in both runs; use another name or -by"
            );
        };
        let of_group = self.group().map_or(String::new(), |group| format!(" of '{group}'"));
        let statistic = format!("{}{of_group}", row.statistic.name());
        if row.verdict() == Verdict::NoSuccess {
            return format!(
                "{expr}: no request succeeded in one of the runs, so {statistic} is unknown"
            );
        }
        if self.outcome() == Outcome::Unknown && row.has_lower_bound() {
            return format!(
                "{expr}: {statistic} falls among requests without an answer, so it is unknown; see \
                 the errors of both runs"
            );
        }
        if self.outcome() == Outcome::Unknown {
            return format!("{expr}: too few samples of {statistic}; attack longer");
        }
        let [base, new] = [row.base, row.new].map(|value| format_statistic(row.statistic, value));
        format!("{expr}: {statistic} went from {base} to {new}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{ConfidenceInterval, Statistic};

    /// Checks the outcome of a limit for a p99 that changed from 100 ns.
    fn check(text: &str, new: f64, interval: Option<[f64; 2]>, expected: Outcome) {
        let interval = interval.map(|[low, high]| ConfidenceInterval { low, high });
        let is_lower_bound = [false, expected == Outcome::Unknown && interval.is_some()];
        let statistic = Statistic::P99;
        let row =
            Some(Row { statistic, base: 100.0, new, interval, has_success: true, is_lower_bound });
        let limit = text.parse().unwrap();
        let result = RegressionResult { limit: &limit, group: None, row };
        assert_eq!(result.outcome(), expected, "{text} {row:?}");
    }

    #[test]
    fn a_limit_fails_if_a_significant_difference_exceeds_it() {
        let table = [
            ("p99>+5%", 110.0, Some([2.0, 18.0]), Outcome::Fail),
            ("p99>+5%", 110.0, Some([-2.0, 22.0]), Outcome::Pass),
            ("p99>+5%", 104.0, Some([3.0, 5.0]), Outcome::Pass),
            ("p99>+5%", 90.0, Some([-12.0, -8.0]), Outcome::Pass),
            ("p99>+10%", 110.0, Some([9.0, 11.0]), Outcome::Pass),
            ("p99>=+10%", 110.0, Some([9.0, 11.0]), Outcome::Fail),
            ("p99>+9ns", 110.0, Some([9.0, 11.0]), Outcome::Fail),
            ("throughput<-5%", 90.0, Some([-12.0, -8.0]), Outcome::Fail),
            ("p99>+5%", 200.0, None, Outcome::Unknown),
            // With an interval, the new value is a lower bound in these cases.
            ("p99>+5%", 104.0, Some([3.0, 5.0]), Outcome::Unknown),
            ("p99>+5%", 90.0, Some([-12.0, -8.0]), Outcome::Unknown),
        ];
        for (text, new, interval, expected) in table {
            check(text, new, interval, expected);
        }
    }

    #[test]
    fn a_group_in_only_one_run_does_not_pass() {
        let limit = "login:p99>+5%".parse().unwrap();
        let result = RegressionResult { limit: &limit, group: None, row: None };
        assert_eq!(result.outcome(), Outcome::Unknown);
        let remark =
            "login:p99>+5%: no group of this name is in both runs; use another name or -by";
        assert_eq!(result.remark(), remark);
    }
}
