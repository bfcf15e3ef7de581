//! Intervals of figures and of their differences, from resamples.

use std::ops::RangeInclusive;

use super::super::Figure;
use super::{RESAMPLES, Resampled, Spread};

/// Resamples beyond either end of an interval of 95 %.
const BEYOND: usize = RESAMPLES / 40;

/// Where a standard normal deviate lies with 95 %: between -1.96 and 1.96.
const NORMAL: f64 = 1.959_963_984_540_054;

/// Where each of seven standard normal deviates lies with 1 - 5 %/7, and so all of them with 95 % at
/// least.
///
/// Source: Olive Jean Dunn, Multiple Comparisons Among Means, Journal of the American Statistical
/// Association 56 (293), 1961: Bonferroni's inequality.
const NORMAL_OF_SEVEN: f64 = 2.690_109_527_158_866;

/// What an interval promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// It holds with 95 %.
    Alone,
    /// It and those of all other [figures](Figure::ALL) hold together with 95 %.
    Together,
}

/// Where a figure, or a difference of figures, lies with the confidence asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end, in the unit of the figure.
    pub low: f64,
    /// Upper end, >= `low`.
    pub high: f64,
}

impl Interval {
    /// Returns whether it lies wholly on one side of zero.
    pub fn excludes_zero(self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }

    fn within(self, bounds: RangeInclusive<f64>) -> Self {
        let [low, high] =
            [self.low, self.high].map(|end| end.clamp(*bounds.start(), *bounds.end()));
        Self { low, high }
    }
}

pub(super) fn of_one(run: &Resampled, figure: Figure) -> Option<Interval> {
    let spread = run.spread(figure)?;
    let freedom = run.n_blocks - 1.0;
    let stretch = student(NORMAL, freedom) * (run.n_blocks / freedom).sqrt() / NORMAL;
    let ends = ends(spread.deviations.clone(), figure, spread.variance);
    let most = if figure == Figure::Success { 1.0 } else { f64::INFINITY };
    Some(around(spread.value, ends, stretch).within(0.0..=most))
}

pub(super) fn of_difference(
    base: &Resampled,
    new: &Resampled,
    figure: Figure,
    confidence: Confidence,
) -> Option<Interval> {
    let sides = [(base, base.spread(figure)?), (new, new.spread(figure)?)];
    let [was, is] = sides.map(|(_, spread)| spread);
    let normal = match confidence {
        Confidence::Alone => NORMAL,
        Confidence::Together => NORMAL_OF_SEVEN,
    };
    let variance = was.variance + is.variance;
    let (freedom, lack) = freedom(sides);
    let deviations = was.deviations.iter().zip(&is.deviations).map(|(was, is)| is - was).collect();
    let ends = ends(deviations, figure, variance);
    Some(around(is.value - was.value, ends, student(normal, freedom) * lack.sqrt() / NORMAL))
}

/// Returns the degrees of freedom of a difference, and by how much its resamples vary less than it
/// does: within a run of n blocks by (n - 1) / n.
///
/// Source: B. L. Welch, The Generalization of Student's Problem when Several Different Population
/// Variances are Involved, Biometrika 34 (1-2), 1947.
fn freedom(sides: [(&Resampled, &Spread); 2]) -> (f64, f64) {
    let parts = sides.map(|(run, spread)| (spread.variance, run.n_blocks, run.n_blocks - 1.0));
    let sum: f64 = parts.iter().map(|(variance, ..)| variance).sum();
    if sum <= 0.0 {
        return (parts.iter().map(|(.., freedom)| freedom).sum(), 1.0);
    }
    let squares: f64 = parts.iter().map(|(variance, _, freedom)| variance.powi(2) / freedom).sum();
    let whole: f64 = parts.iter().map(|(variance, n, freedom)| variance * n / freedom).sum();
    (sum.powi(2) / squares, whole / sum)
}

/// Returns the lowest and the highest of the middle 95 % of the deviations; of success, whose
/// resamples may say too little, where a normal deviate of such a variance lies.
fn ends(mut deviations: Vec<f64>, figure: Figure, variance: f64) -> [f64; 2] {
    if figure == Figure::Success {
        return [-NORMAL, NORMAL].map(|end| end * variance.sqrt());
    }
    deviations.sort_unstable_by(f64::total_cmp);
    [deviations[BEYOND], deviations[RESAMPLES - 1 - BEYOND]]
}

/// Returns the interval around a value, which it holds.
///
/// A run of few blocks seems to vary less than it does. So the percentiles are moved away from the
/// value, by as much as Student's distribution is wider than the normal one.
///
/// Source: Tim C. Hesterberg, What Teachers Should Know About the Bootstrap, The American Statistician
/// 69 (4), 2015, section 3.2, the expanded percentile interval.
fn around(value: f64, [low, high]: [f64; 2], stretch: f64) -> Interval {
    Interval { low: value + low.min(0.0) * stretch, high: value + high.max(0.0) * stretch }
}

/// Returns the deviate of Student's distribution, of so many degrees of freedom >= 5, that lies as far
/// out as a normal deviate; within 1 % from 7 on.
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
