//! One statistic of two runs, and its verdict.

use crate::metrics::{Confidence, ConfidenceInterval, Metrics, Resampled, Statistic};

/// Smallest relevant difference, as a share of the base. Runs of one server differ by as much for
/// unrelated reasons, and in a long run every difference is significant.
///
/// Source: Todd Mytkowicz, Amer Diwan, Matthias Hauswirth, Peter F. Sweeney, Producing Wrong Data
/// Without Doing Anything Obviously Wrong!, ASPLOS 2009.
const MIN_CHANGE: f64 = 0.01;

/// The verdict on a statistic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Better by a significant and relevant difference.
    Better,
    /// Worse by a significant and relevant difference.
    Worse,
    /// No significant and relevant difference.
    Same,
    /// A run is too short.
    TooFewSamples,
    /// No request of a run succeeded, so that its latencies are those of failures.
    NoSuccess,
    /// A value is only a lower bound, and the other one is not surely below it.
    Unknown,
}

impl Verdict {
    /// Returns `better`, `worse`, `same`, `too few samples`, `no success` or `unknown`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::Same => "same",
            Verdict::TooFewSamples => "too few samples",
            Verdict::NoSuccess => "no success",
            Verdict::Unknown => "unknown",
        }
    }
}

/// One statistic of two runs: latencies in ns, success as a share, throughput per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The statistic.
    pub statistic: Statistic,
    /// Value of the base.
    pub base: f64,
    /// Value of the new run.
    pub new: f64,
    /// Interval of the difference, at 95 % for all rows together; None with too few samples.
    pub interval: Option<ConfidenceInterval>,
    /// Whether a request of each run with requests succeeded.
    pub has_success: bool,
    /// Whether the value of the base and that of the new run are lower bounds, because they fall among
    /// requests without an answer.
    pub is_lower_bound: [bool; 2],
}

impl Row {
    /// Returns a statistic of two runs, base first.
    pub(super) fn of(
        statistic: Statistic,
        [base, new]: [&Metrics; 2],
        resampled: [&Option<Resampled>; 2],
    ) -> Self {
        let interval = match resampled {
            [Some(base), Some(new)] => base.difference(new, statistic, Confidence::Together),
            _ => None,
        };
        Self {
            statistic,
            base: statistic.of(base),
            new: statistic.of(new),
            interval,
            has_success: [base, new].iter().all(|run| run.requests() == 0 || run.successes() > 0),
            is_lower_bound: [base, new].map(|run| statistic.is_lower_bound(run)),
        }
    }

    /// New value minus base.
    pub fn difference(&self) -> f64 {
        self.new - self.base
    }

    /// The difference as a share of the base; None where the base is 0.
    pub fn change(&self) -> Option<f64> {
        self.share_of_base(self.difference())
    }

    /// Returns an amount as a share of the base; None where the base is 0.
    pub(super) fn share_of_base(&self, amount: f64) -> Option<f64> {
        (self.base != 0.0).then(|| amount / self.base)
    }

    /// Returns whether lower bounds leave open which value is greater: both are bounds, or the only
    /// bound is the lesser value.
    pub fn is_open(&self) -> bool {
        match self.is_lower_bound {
            [false, false] => false,
            [true, true] => true,
            [true, false] => self.base <= self.new,
            [false, true] => self.new <= self.base,
        }
    }

    /// Returns whether a value is a lower bound.
    pub fn has_lower_bound(&self) -> bool {
        self.is_lower_bound != [false; 2]
    }

    /// Returns the interval of the difference as reports show it: None also if a value is a lower
    /// bound, because the true difference may be anything beyond.
    pub fn shown_interval(&self) -> Option<ConfidenceInterval> {
        self.interval.filter(|_| !self.has_lower_bound())
    }

    /// Returns the verdict: [`Verdict::Better`] or [`Verdict::Worse`] only if the interval lies
    /// entirely on one side of zero, and the difference is at least 1 % of the base. Any
    /// significant difference of success is relevant. Of a difference that lower bounds leave open,
    /// nothing is said.
    pub fn verdict(&self) -> Verdict {
        if self.statistic.is_latency() && !self.has_success {
            return Verdict::NoSuccess;
        }
        if self.is_open() {
            return Verdict::Unknown;
        }
        let Some(interval) = self.interval else {
            return Verdict::TooFewSamples;
        };
        let is_relevant = self.statistic == Statistic::Success
            || self.change().is_none_or(|change| change.abs() >= MIN_CHANGE);
        match interval.excludes_zero() && is_relevant {
            false => Verdict::Same,
            true if (self.difference() > 0.0) == self.statistic.is_latency() => Verdict::Worse,
            true => Verdict::Better,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        statistic: Statistic,
        base: f64,
        new: f64,
        interval: Option<[f64; 2]>,
        expected: Verdict,
    ) {
        let interval = interval.map(|[low, high]| ConfidenceInterval { low, high });
        let is_lower_bound = [false; 2];
        let row = Row { statistic, base, new, interval, has_success: true, is_lower_bound };
        assert_eq!(row.verdict(), expected, "{row:?}");
    }

    #[test]
    fn lower_bounds_differ_only_from_values_that_are_surely_less() {
        use Verdict::{Better, Unknown, Worse};
        let table = [
            (100.0, 200.0, [false, true], Worse),
            (200.0, 100.0, [false, true], Unknown),
            (200.0, 100.0, [true, false], Better),
            (100.0, 200.0, [true, false], Unknown),
            (100.0, 200.0, [true, true], Unknown),
            (100.0, 100.0, [true, true], Unknown),
        ];
        for (base, new, is_lower_bound, expected) in table {
            let (low, high) = if new > base { (50.0, 150.0) } else { (-150.0, -50.0) };
            let interval = Some(ConfidenceInterval { low, high });
            let statistic = Statistic::P99;
            let row = Row { statistic, base, new, interval, has_success: true, is_lower_bound };
            assert_eq!(row.verdict(), expected, "{row:?}");
        }
    }

    #[test]
    fn a_significant_and_relevant_difference_is_better_or_worse() {
        use Verdict::{Better, Same, TooFewSamples, Worse};
        let table = [
            (Statistic::P99, 100.0, 110.0, Some([5.0, 15.0]), Worse),
            (Statistic::P99, 100.0, 90.0, Some([-15.0, -5.0]), Better),
            (Statistic::P99, 100.0, 110.0, Some([-1.0, 21.0]), Same),
            (Statistic::P99, 100.0, 110.0, Some([0.0, 20.0]), Same),
            (Statistic::P99, 100.0, 100.9, Some([0.8, 1.0]), Same),
            (Statistic::P99, 100.0, 101.0, Some([0.9, 1.1]), Worse),
            (Statistic::P99, 100.0, 200.0, None, TooFewSamples),
            (Statistic::Throughput, 100.0, 110.0, Some([5.0, 15.0]), Better),
            (Statistic::Throughput, 100.0, 90.0, Some([-15.0, -5.0]), Worse),
            (Statistic::Throughput, 0.0, 1.0, Some([0.5, 1.5]), Better),
            (Statistic::Success, 1.0, 0.999, Some([-0.0015, -0.0005]), Worse),
            (Statistic::Success, 0.999, 1.0, Some([0.0005, 0.0015]), Better),
        ];
        for (statistic, base, new, interval, expected) in table {
            check(statistic, base, new, interval, expected);
        }
    }

    #[test]
    fn latencies_of_failures_alone_are_not_compared() {
        let interval = Some(ConfidenceInterval { low: -90.0, high: -80.0 });
        let row = |statistic| Row {
            statistic,
            base: 100.0,
            new: 10.0,
            interval,
            has_success: false,
            is_lower_bound: [false; 2],
        };
        assert_eq!(row(Statistic::P99).verdict(), Verdict::NoSuccess);
        assert_eq!(row(Statistic::Throughput).verdict(), Verdict::Worse);
    }
}
