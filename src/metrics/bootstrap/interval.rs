//! Confidence intervals of statistics and of their differences, from resamples.

use std::ops::RangeInclusive;

use crate::metrics::bootstrap::resample::{RESAMPLES, Resampled, Sampled};
use crate::metrics::statistic::Statistic;

/// Resamples beyond either end of a 95 % interval.
const BEYOND: usize = RESAMPLES / 40;

/// A standard normal deviate lies within this distance of 0 with 95 %.
const NORMAL: f64 = 1.959_963_984_540_054;

/// A standard normal deviate lies within this distance of 0 with 1 - 5 %/7, so all of seven
/// deviates do with at least 95 %.
///
/// Source: Olive Jean Dunn, Multiple Comparisons Among Means, Journal of the American Statistical
/// Association 56 (293), 1961: Bonferroni's inequality.
const NORMAL_OF_SEVEN: f64 = 2.690_109_527_158_866;

/// The confidence level of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// 95 % for this interval.
    Alone,
    /// 95 % for this interval and those of all other [statistics](Statistic::ALL) together.
    Together,
}

/// The range of a statistic, or of a difference of statistics, at some confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConfidenceInterval {
    /// Lower end, in the unit of the statistic.
    pub low: f64,
    /// Upper end, >= `low`.
    pub high: f64,
}

impl ConfidenceInterval {
    /// Returns whether the interval lies entirely on one side of zero.
    pub fn excludes_zero(self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }

    fn clamped(self, bounds: RangeInclusive<f64>) -> Self {
        let [low, high] =
            [self.low, self.high].map(|end| end.clamp(*bounds.start(), *bounds.end()));
        Self { low, high }
    }
}

impl Resampled {
    /// Returns the interval of a statistic; None if the run has too few samples.
    pub fn interval(&self, statistic: Statistic) -> Option<ConfidenceInterval> {
        let sampled = self.sampled(statistic)?;
        let freedom = self.n_blocks - 1.0;
        let stretch = student(NORMAL, freedom) * (self.n_blocks / freedom).sqrt() / NORMAL;
        let ends = ends(sampled.deviations.clone(), statistic, sampled.variance);
        let max = if statistic == Statistic::Success { 1.0 } else { f64::INFINITY };
        Some(around(sampled.value, ends, stretch).clamped(0.0..=max))
    }

    /// Returns the interval of the difference of a statistic, that of `new` minus that of this run;
    /// None if either run has too few samples.
    pub fn difference(
        &self,
        new: &Self,
        statistic: Statistic,
        confidence: Confidence,
    ) -> Option<ConfidenceInterval> {
        let sides = [(self, self.sampled(statistic)?), (new, new.sampled(statistic)?)];
        let [was, is] = sides.map(|(_, sampled)| sampled);
        let normal = match confidence {
            Confidence::Alone => NORMAL,
            Confidence::Together => NORMAL_OF_SEVEN,
        };
        let (freedom, inflation) = freedom(sides);
        let deviations =
            was.deviations.iter().zip(&is.deviations).map(|(was, is)| is - was).collect();
        let ends = ends(deviations, statistic, was.variance + is.variance);
        let stretch = student(normal, freedom) * inflation.sqrt() / NORMAL;
        Some(around(is.value - was.value, ends, stretch))
    }
}

/// Returns the degrees of freedom of a difference, and the factor from the variance of its
/// resamples to its own, which is n / (n - 1) for a run of n blocks.
///
/// Source: B. L. Welch, The Generalization of Student's Problem when Several Different Population
/// Variances are Involved, Biometrika 34 (1-2), 1947.
fn freedom(sides: [(&Resampled, &Sampled); 2]) -> (f64, f64) {
    let parts = sides.map(|(run, sampled)| (sampled.variance, run.n_blocks, run.n_blocks - 1.0));
    let sum: f64 = parts.iter().map(|(variance, ..)| variance).sum();
    if sum <= 0.0 {
        return (parts.iter().map(|(.., freedom)| freedom).sum(), 1.0);
    }
    let squares: f64 = parts.iter().map(|(variance, _, freedom)| variance.powi(2) / freedom).sum();
    let whole: f64 = parts.iter().map(|(variance, n, freedom)| variance * n / freedom).sum();
    (sum.powi(2) / squares, whole / sum)
}

/// Returns the ends of the middle 95 % of the deviations. For success, whose resamples may have too
/// few failures, returns those of a normal distribution with the variance.
fn ends(mut deviations: Vec<f64>, statistic: Statistic, variance: f64) -> [f64; 2] {
    if statistic == Statistic::Success {
        return [-NORMAL, NORMAL].map(|end| end * variance.sqrt());
    }
    deviations.sort_unstable_by(f64::total_cmp);
    [deviations[BEYOND], deviations[RESAMPLES - 1 - BEYOND]]
}

/// Returns an interval that contains the value.
///
/// A run of few blocks underestimates its variance. So the percentiles are moved away from the
/// value, as far as Student's distribution is wider than the normal one.
///
/// Source: Tim C. Hesterberg, What Teachers Should Know About the Bootstrap, The American
/// Statistician 69 (4), 2015, section 3.2, the expanded percentile interval.
fn around(value: f64, [low, high]: [f64; 2], stretch: f64) -> ConfidenceInterval {
    ConfidenceInterval {
        low: value + low.min(0.0) * stretch,
        high: value + high.max(0.0) * stretch,
    }
}

/// Returns the deviate of Student's distribution that has the same probability as a normal deviate.
/// The error is at most 1 % from 7 degrees of freedom on; `freedom` must be >= 5.
///
/// Source: Milton Abramowitz, Irene A. Stegun, Handbook of Mathematical Functions, 1964, equation
/// 26.7.5.
fn student(normal: f64, freedom: f64) -> f64 {
    let x = normal;
    let terms = [
        (x.powi(3) + x) / 4.0,
        (5.0 * x.powi(5) + 16.0 * x.powi(3) + 3.0 * x) / 96.0,
        (3.0 * x.powi(7) + 19.0 * x.powi(5) + 17.0 * x.powi(3) - 15.0 * x) / 384.0,
    ];
    let [first, second, third] = terms;
    x + (first + (second + third / freedom) / freedom) / freedom
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_s_deviates_are_those_of_the_tables() {
        let table = [(NORMAL, 7.0, 2.365), (NORMAL, 30.0, 2.042), (NORMAL, 1e9, NORMAL)];
        let of_seven = [(NORMAL_OF_SEVEN, 7.0, 3.753), (NORMAL_OF_SEVEN, 60.0, 2.786)];
        for (normal, freedom, expected) in table.into_iter().chain(of_seven) {
            let found = student(normal, freedom);
            assert!((found / expected - 1.0).abs() < 0.01, "{freedom}: {found}, not {expected}");
        }
    }
}
