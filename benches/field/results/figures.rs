//! Medians, and how far from them turns were.

use serde::Serialize;

/// What several turns of one measure gave.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The least.
    pub low: f64,
    /// The middle one; of an even number the mean of the two middle ones.
    pub median: f64,
    /// The greatest.
    pub high: f64,
}

impl Spread {
    /// Returns the spread of figures; None where there are none.
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

    /// Returns the spread with every figure divided by the same one, which is above 0.
    pub fn over(self, divisor: f64) -> Self {
        Self { low: self.low / divisor, median: self.median / divisor, high: self.high / divisor }
    }
}
