//! One figure of two runs, and what is to be said of it.

use crate::metrics::{Confidence, ConfidenceInterval, Metrics, Resampled, Statistic};

/// Least difference that counts, as a share of the base. Runs of one server differ by as much for
/// reasons that have nothing to do with it, and a long run proves every difference.
///
/// Source: Todd Mytkowicz, Amer Diwan, Matthias Hauswirth, Peter F. Sweeney, Producing Wrong Data
/// Without Doing Anything Obviously Wrong!, ASPLOS 2009.
const LEAST_CHANGE: f64 = 0.01;

/// What is to be said of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is better, by more than chance and by enough to count.
    Better,
    /// It is worse, by more than chance and by enough to count.
    Worse,
    /// No difference that counts is proved.
    Same,
    /// A run is too short to tell.
    TooFewSamples,
}

impl Verdict {
    /// Returns `better`, `worse`, `same` or `too few samples`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::Same => "same",
            Verdict::TooFewSamples => "too few samples",
        }
    }
}

/// One figure of two runs; latencies in ns, success as a share, throughput in a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Which figure.
    pub figure: Statistic,
    /// As the base has it.
    pub base: f64,
    /// As the new run has it.
    pub new: f64,
    /// Where the difference lies, with 95 % for all rows together; None with too few samples.
    pub interval: Option<ConfidenceInterval>,
}

impl Row {
    /// Returns a figure of two runs, base first.
    pub(super) fn of(
        figure: Statistic,
        [base, new]: [&Metrics; 2],
        resampled: [&Option<Resampled>; 2],
    ) -> Self {
        let interval = match resampled {
            [Some(base), Some(new)] => base.difference(new, figure, Confidence::Together),
            _ => None,
        };
        Self { figure, base: figure.of(base), new: figure.of(new), interval }
    }

    /// By how much the new run has more.
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

    /// Returns what is to be said of it: [`Verdict::Better`] or [`Verdict::Worse`] only where the
    /// interval lies wholly on one side of zero, and the difference is at least 1 % of the base. Of
    /// success each difference counts.
    pub fn verdict(&self) -> Verdict {
        let Some(interval) = self.interval else {
            return Verdict::TooFewSamples;
        };
        let counts = self.figure == Statistic::Success
            || self.change().is_none_or(|change| change.abs() >= LEAST_CHANGE);
        match interval.excludes_zero() && counts {
            false => Verdict::Same,
            true if (self.difference() > 0.0) == self.figure.is_latency() => Verdict::Worse,
            true => Verdict::Better,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        figure: Statistic,
        base: f64,
        new: f64,
        interval: Option<[f64; 2]>,
        expected: Verdict,
    ) {
        let interval = interval.map(|[low, high]| ConfidenceInterval { low, high });
        let row = Row { figure, base, new, interval };
        assert_eq!(row.verdict(), expected, "{row:?}");
    }

    #[test]
    fn a_difference_that_is_proved_and_counts_is_better_or_worse() {
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
        for (figure, base, new, interval, expected) in table {
            check(figure, base, new, interval, expected);
        }
    }
}
