//! Bars that show whether the interval of a difference excludes zero.

use crate::compare::row::Row;
use crate::markup::html::Picture;
use crate::metrics::ConfidenceInterval;

/// Width and height of a bar, in units of the drawing.
const SIZE: (f64, f64) = (200.0, 16.0);

/// Largest share of the base that bars show; a longer bar ends at the edge.
const MAX_REACH: f64 = 10.0;

/// Smallest share of the base at the edges, so that noise does not look large.
const MIN_REACH: f64 = 0.01;

/// The scale of all bars of a table, with zero in the middle.
pub(super) struct Scale {
    /// Share of the base at the edges, in [[`MIN_REACH`], [`MAX_REACH`]].
    reach: f64,
}

/// The difference and the two ends of its interval as shares of the base.
struct Shares {
    change: f64,
    low: f64,
    high: f64,
}

impl Shares {
    /// Returns the shares; None without an interval, and if the base is 0.
    fn of(row: &Row) -> Option<Self> {
        let ConfidenceInterval { low, high } = row.shown_interval()?;
        let share = |amount| row.share_of_base(amount);
        Some(Self { change: row.change()?, low: share(low)?, high: share(high)? })
    }
}

impl Scale {
    /// Returns the scale of rows.
    pub fn of(rows: &[Row]) -> Self {
        let shares = rows.iter().filter_map(Shares::of);
        let most = shares.flat_map(|it| [it.change, it.low, it.high]).map(f64::abs);
        Self { reach: most.fold(MIN_REACH, f64::max).min(MAX_REACH) }
    }

    /// Returns the name of the column of bars.
    pub fn name(&self) -> String {
        let percent = self.reach * 100.0;
        let digits = if percent < 10.0 { 1 } else { 0 };
        format!("-{percent:.digits$}% to +{percent:.digits$}%")
    }

    /// Returns the bar of a row, with its description in words; None with too few samples, and if
    /// the base is 0.
    pub fn bar(&self, row: &Row, words: &str) -> Option<Picture> {
        let (width, height) = SIZE;
        let Shares { change, low, high } = Shares::of(row)?;
        let place = |share: f64| (share / self.reach).clamp(-1.0, 1.0) * width / 2.0 + width / 2.0;
        let (from, to) = (place(low), place(high));
        // The ends are higher than the dot, so that a short interval is visible too.
        let shapes = format!(
            "<path class=\"zero\" d=\"M{middle} 0v{height}\"/>\
             <rect x=\"{from:.1}\" y=\"5\" width=\"{length:.1}\" height=\"6\"/>\
             <path d=\"M{left:.1} 2v12M{right:.1} 2v12\"/>\
             <circle cx=\"{at:.1}\" cy=\"8\" r=\"3.5\"/>",
            middle = width / 2.0,
            length = (to - from).max(1.0),
            left = from.max(1.0),
            right = to.min(width - 1.0),
            at = place(change),
        );
        Some(Picture { size: SIZE, shapes, words: words.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Statistic;

    fn row(base: f64, new: f64, interval: Option<[f64; 2]>) -> Row {
        let interval = interval.map(|[low, high]| ConfidenceInterval { low, high });
        Row {
            statistic: Statistic::P99,
            base,
            new,
            interval,
            has_success: true,
            is_lower_bound: [false; 2],
        }
    }

    #[test]
    fn bars_share_a_scale_that_holds_them_all() {
        let rows = [row(100.0, 110.0, Some([5.0, 20.0])), row(100.0, 99.0, Some([-40.0, 2.0]))];
        let scale = Scale::of(&rows);
        assert_eq!(scale.name(), "-40% to +40%");
        let bar = scale.bar(&rows[0], "").unwrap();
        assert!(bar.shapes.contains("<rect x=\"112.5\" y=\"5\" width=\"37.5\""), "{}", bar.shapes);
        assert!(bar.shapes.contains("cx=\"125.0\""), "{}", bar.shapes);
    }

    #[test]
    fn an_unknown_interval_has_no_bar() {
        let rows = [row(100.0, 110.0, None), row(0.0, 1.0, Some([0.5, 2.0]))];
        let scale = Scale::of(&rows);
        assert!(rows.iter().all(|row| scale.bar(row, "").is_none()));
        assert_eq!(scale.name(), "-1.0% to +1.0%");
    }

    #[test]
    fn a_bar_ends_at_the_edge_of_the_scale() {
        let rows = [row(1.0, 1e6, Some([1e3, 1e7]))];
        let bar = Scale::of(&rows).bar(&rows[0], "").unwrap();
        assert!(bar.shapes.contains("<rect x=\"200.0\" y=\"5\" width=\"1.0\""), "{}", bar.shapes);
    }
}
