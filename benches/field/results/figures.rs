//! Medians and extremes over several turns.

use serde::Serialize;

/// The values of one measure in several turns.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The smallest.
    pub low: f64,
    /// The middle one; for an even number, the mean of the two middle ones.
    pub median: f64,
    /// The greatest.
    pub high: f64,
}

impl Spread {
    /// Returns the spread of values; None if there are none.
    pub fn of(mut figures: Vec<f64>) -> Option<Self> {
        figures.sort_by(f64::total_cmp);
        let (low, high) = (*figures.first()?, *figures.last()?);
        let half = figures.len() / 2;
        let median = match figures.len() % 2 {
            1 => figures[half],
            _ => f64::midpoint(figures[half - 1], figures[half]),
        };
        Some(Self { low, median, high })
    }

    /// Returns the spread with every value divided by `divisor`, which must be above 0.
    pub fn over(self, divisor: f64) -> Self {
        Self { low: self.low / divisor, median: self.median / divisor, high: self.high / divisor }
    }
}
