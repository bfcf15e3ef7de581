//! Running sums over the slices of a run, which give the statistics of any ranges of slices.

use std::ops::Range;

use crate::metrics::histogram::cells::bounds_ns;
use crate::metrics::over_time::slices::Slices;
use crate::metrics::quantile::within_cell;
use crate::metrics::statistic::Statistic;

/// Running sums over the slices of a run, in the order of time.
pub(super) struct Sums {
    n_slices: usize,
    hits: Running,
    successes: Running,
    total_ns: Running,
    time_ns: Running,
    /// Each cell of latency that occurs, rising, with the hits in the cell and in all lower ones.
    cells: Vec<(u16, Running)>,
}

/// Sums of the terms before each slice, and of all terms: one more than slices.
struct Running(Vec<f64>);

impl Running {
    fn of(terms: impl Iterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        Self(
            [0.0]
                .into_iter()
                .chain(terms.map(|term| {
                    sum += term;
                    sum
                }))
                .collect(),
        )
    }

    /// Returns the sum over ranges of slices.
    fn over(&self, ranges: &[Range<usize>]) -> f64 {
        ranges.iter().map(|range| self.0[range.end] - self.0[range.start]).sum()
    }

    /// Returns the term of one slice.
    fn at(&self, slice: usize) -> f64 {
        self.0[slice + 1] - self.0[slice]
    }
}

impl Sums {
    /// Returns the sums of a run whose last response ended at an instant, in ns since 1970 UTC.
    ///
    /// The time of a slice is that from its first slot to the first slot of the next slice. So at a
    /// constant rate all slices have the same number of hits per second.
    pub fn of(slices: &Slices, end_ns: i64) -> Self {
        let ends = slices.iter().skip(1).map(|slice| slice.first_ns).chain([end_ns]);
        let times = slices.iter().zip(ends).map(|(slice, end)| end.saturating_sub(slice.first_ns));
        Self {
            n_slices: slices.iter().len(),
            hits: Running::of(slices.iter().map(|slice| slice.hits as f64)),
            successes: Running::of(slices.iter().map(|slice| slice.successes as f64)),
            total_ns: Running::of(slices.iter().map(|slice| slice.total_ns as f64)),
            time_ns: Running::of(times.map(|ns| ns as f64)),
            cells: cells_of(slices),
        }
    }

    /// Number of slices.
    pub fn n_slices(&self) -> usize {
        self.n_slices
    }

    /// Returns the whole run as one range.
    pub fn whole(&self) -> [Range<usize>; 1] {
        [0..self.n_slices; 1]
    }

    /// Returns a statistic of the hits in some ranges of slices.
    pub fn value(&self, statistic: Statistic, ranges: &[Range<usize>]) -> f64 {
        match (statistic, statistic.quantile()) {
            (_, Some(quantile)) => self.quantile(quantile, ranges),
            (Statistic::Success, None) => ratio(&self.successes, &self.hits, ranges),
            (Statistic::Throughput, None) => 1e9 * ratio(&self.successes, &self.time_ns, ranges),
            (_, None) => ratio(&self.total_ns, &self.hits, ranges),
        }
    }

    /// Returns a quantile; see [`within_cell`].
    fn quantile(&self, quantile: f64, ranges: &[Range<usize>]) -> f64 {
        let rank = quantile * self.hits.over(ranges);
        let last = self.cells.len() - 1;
        let idx = self.cells[..last].partition_point(|(_, hits)| hits.over(ranges) < rank);
        let (cell, up_to) = &self.cells[idx];
        let before = idx.checked_sub(1).map_or(0.0, |idx| self.cells[idx].1.over(ranges));
        within_cell(rank, before, up_to.over(ranges), bounds_ns(*cell))
    }

    /// Returns the influence of each slice on a statistic: by how much its hits move the statistic
    /// from the value of the whole run, up to a common factor. The influences add up to 0.
    ///
    /// Source: R. Raj Bahadur, A Note on Quantiles in Large Samples, Annals of Mathematical
    /// Statistics 37 (3), 1966, for quantiles.
    pub fn influences(&self, statistic: Statistic) -> Vec<f64> {
        let value = self.value(statistic, &self.whole());
        let influence: Box<dyn Fn(usize) -> f64> = match (statistic, statistic.quantile()) {
            (_, Some(quantile)) => {
                let below = self.below(value);
                Box::new(move |slice| below[slice] - quantile * self.hits.at(slice))
            }
            (Statistic::Success, None) => {
                Box::new(|slice| self.successes.at(slice) - value * self.hits.at(slice))
            }
            (Statistic::Throughput, None) => {
                Box::new(|slice| self.successes.at(slice) - value / 1e9 * self.time_ns.at(slice))
            }
            (_, None) => Box::new(|slice| self.total_ns.at(slice) - value * self.hits.at(slice)),
        };
        (0..self.n_slices).map(influence).collect()
    }

    /// Returns the number of hits of each slice below a latency in ns.
    fn below(&self, ns: f64) -> Vec<f64> {
        let idx = self.cells.partition_point(|(cell, _)| bounds_ns(*cell).end <= ns);
        let at = |idx: usize, slice| self.cells[idx].1.at(slice);
        let before = |slice| idx.checked_sub(1).map_or(0.0, |idx| at(idx, slice));
        let share = self.cells.get(idx).map_or(0.0, |(cell, _)| {
            let bounds = bounds_ns(*cell);
            ((ns - bounds.start) / (bounds.end - bounds.start)).clamp(0.0, 1.0)
        });
        let part = |slice| if share > 0.0 { share * (at(idx, slice) - before(slice)) } else { 0.0 };
        (0..self.n_slices).map(|slice| before(slice) + part(slice)).collect()
    }

    /// Number of hits of the whole run.
    pub fn hits(&self) -> f64 {
        self.hits.over(&self.whole())
    }

    /// Returns the variance of a single hit's influence; 0 for throughput, which the time between
    /// hits influences as well.
    pub fn variance(&self, statistic: Statistic) -> f64 {
        let value = self.value(statistic, &self.whole());
        match (statistic, statistic.quantile()) {
            (_, Some(quantile)) => quantile * (1.0 - quantile),
            (Statistic::Success, None) => value * (1.0 - value),
            (Statistic::Throughput, None) => 0.0,
            (_, None) => {
                let mut before = 0.0;
                let squares = self.cells.iter().map(|(cell, hits)| {
                    let up_to = hits.over(&self.whole());
                    let in_cell = up_to - std::mem::replace(&mut before, up_to);
                    let bounds = bounds_ns(*cell);
                    in_cell * (f64::midpoint(bounds.start, bounds.end) - value).powi(2)
                });
                squares.sum::<f64>() / self.hits()
            }
        }
    }
}

fn ratio(sum: &Running, size: &Running, ranges: &[Range<usize>]) -> f64 {
    let size = size.over(ranges);
    if size > 0.0 { sum.over(ranges) / size } else { 0.0 }
}

/// Returns the cells that occur in any slice, each with running sums of the hits up to this cell.
fn cells_of(slices: &Slices) -> Vec<(u16, Running)> {
    let mut cells: Vec<u16> =
        slices.iter().flat_map(|slice| slice.latency.iter().map(|(cell, _)| cell)).collect();
    cells.sort_unstable();
    cells.dedup();
    // The cells of each slice, and the hits of each slice up to the current cell.
    let mut columns: Vec<_> = slices.iter().map(|slice| slice.latency.iter().peekable()).collect();
    let mut below = vec![0.0; columns.len()];
    let mut up_to = |cell| {
        for (below, column) in below.iter_mut().zip(&mut columns) {
            let here = column.next_if(|(next, _)| *next == cell);
            *below += here.map_or(0.0, |(_, count)| count as f64);
        }
        Running::of(below.iter().copied())
    };
    cells.into_iter().map(|cell| (cell, up_to(cell))).collect()
}
