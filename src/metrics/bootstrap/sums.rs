//! Running sums over the slices of a run, from which the figures of any choice of them follow.

use std::ops::Range;

use super::super::Figure;
use crate::metrics::bootstrap::slices::{Slices, bounds_of};

/// Running sums over slices in the order of time.
pub(super) struct Sums {
    n_slices: usize,
    hits: Running,
    successes: Running,
    total_ns: Running,
    time_ns: Running,
    /// Each cell of latency that occurs, rising, with the hits in it and in all below it.
    cells: Vec<(u16, Running)>,
}

/// Sums of what lies before each slice, and before the end of the last: one more than slices.
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

    /// Returns the sum over stretches.
    fn over(&self, stretches: &[Range<usize>]) -> f64 {
        stretches.iter().map(|stretch| self.0[stretch.end] - self.0[stretch.start]).sum()
    }

    /// Returns the term of one slice.
    fn at(&self, slice: usize) -> f64 {
        self.0[slice + 1] - self.0[slice]
    }
}

impl Sums {
    /// Returns the sums of a run whose last answer ended at an instant, in ns since 1970 UTC.
    ///
    /// A slice takes the time from its first slot to the first of the next, so that at a constant
    /// rate no slice seems to have more hits a second than another.
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

    /// Returns the whole run as one stretch.
    pub fn whole(&self) -> [Range<usize>; 1] {
        [0..self.n_slices; 1]
    }

    /// Returns a figure of the hits in some stretches of slices.
    pub fn figure(&self, figure: Figure, stretches: &[Range<usize>]) -> f64 {
        match (figure, figure.quantile()) {
            (_, Some(quantile)) => self.quantile(quantile, stretches),
            (Figure::Success, None) => ratio(&self.successes, &self.hits, stretches),
            (Figure::Throughput, None) => 1e9 * ratio(&self.successes, &self.time_ns, stretches),
            (_, None) => ratio(&self.total_ns, &self.hits, stretches),
        }
    }

    /// Returns a quantile, as if the latencies in a cell lay evenly between its bounds.
    fn quantile(&self, quantile: f64, stretches: &[Range<usize>]) -> f64 {
        let rank = quantile * self.hits.over(stretches);
        let last = self.cells.len() - 1;
        let idx = self.cells[..last].partition_point(|(_, hits)| hits.over(stretches) < rank);
        let (cell, up_to) = &self.cells[idx];
        let before = idx.checked_sub(1).map_or(0.0, |idx| self.cells[idx].1.over(stretches));
        let [shortest, next] = bounds_of(*cell);
        let within = (rank - before) / (up_to.over(stretches) - before);
        // A cell without hits, in resamples that lack them, is passed over as a whole.
        if within.is_finite() { shortest + within * (next - shortest) } else { shortest }
    }

    /// Returns by how much the hits of each slice push a figure away from its value of the whole run,
    /// up to a factor that all slices share; they add up to 0.
    ///
    /// Source: R. Raj Bahadur, A Note on Quantiles in Large Samples, Annals of Mathematical
    /// Statistics 37 (3), 1966, for quantiles.
    pub fn pushes(&self, figure: Figure) -> Vec<f64> {
        let value = self.figure(figure, &self.whole());
        let push: Box<dyn Fn(usize) -> f64> = match (figure, figure.quantile()) {
            (_, Some(quantile)) => {
                let below = self.below(value);
                Box::new(move |slice| below[slice] - quantile * self.hits.at(slice))
            }
            (Figure::Success, None) => {
                Box::new(|slice| self.successes.at(slice) - value * self.hits.at(slice))
            }
            (Figure::Throughput, None) => {
                Box::new(|slice| self.successes.at(slice) - value / 1e9 * self.time_ns.at(slice))
            }
            (_, None) => Box::new(|slice| self.total_ns.at(slice) - value * self.hits.at(slice)),
        };
        (0..self.n_slices).map(push).collect()
    }

    /// Returns how many hits of each slice are quicker than a latency in ns.
    fn below(&self, ns: f64) -> Vec<f64> {
        let idx = self.cells.partition_point(|(cell, _)| bounds_of(*cell)[1] <= ns);
        let at = |idx: usize, slice| self.cells[idx].1.at(slice);
        let before = |slice| idx.checked_sub(1).map_or(0.0, |idx| at(idx, slice));
        let share = self.cells.get(idx).map_or(0.0, |(cell, _)| {
            let [shortest, next] = bounds_of(*cell);
            ((ns - shortest) / (next - shortest)).clamp(0.0, 1.0)
        });
        let part = |slice| if share > 0.0 { share * (at(idx, slice) - before(slice)) } else { 0.0 };
        (0..self.n_slices).map(|slice| before(slice) + part(slice)).collect()
    }

    /// Hits of the whole run.
    pub fn hits(&self) -> f64 {
        self.hits.over(&self.whole())
    }

    /// Returns the variance of what a single hit adds to the pushes; 0 of throughput, to which the time
    /// between hits adds as much.
    pub fn variance(&self, figure: Figure) -> f64 {
        let value = self.figure(figure, &self.whole());
        match (figure, figure.quantile()) {
            (_, Some(quantile)) => quantile * (1.0 - quantile),
            (Figure::Success, None) => value * (1.0 - value),
            (Figure::Throughput, None) => 0.0,
            (_, None) => {
                let mut before = 0.0;
                let squares = self.cells.iter().map(|(cell, hits)| {
                    let up_to = hits.over(&self.whole());
                    let in_cell = up_to - std::mem::replace(&mut before, up_to);
                    let [shortest, next] = bounds_of(*cell);
                    in_cell * (f64::midpoint(shortest, next) - value).powi(2)
                });
                squares.sum::<f64>() / self.hits()
            }
        }
    }
}

fn ratio(sum: &Running, size: &Running, stretches: &[Range<usize>]) -> f64 {
    let size = size.over(stretches);
    if size > 0.0 { sum.over(stretches) / size } else { 0.0 }
}

/// Returns the cells that occur in any slice, each with the hits in it and below it, slice by slice.
fn cells_of(slices: &Slices) -> Vec<(u16, Running)> {
    let mut cells: Vec<u16> =
        slices.iter().flat_map(|slice| slice.cells().map(|(cell, _)| cell)).collect();
    cells.sort_unstable();
    cells.dedup();
    // What lies in each slice, cell by cell; then what lies in it and below it.
    let mut columns: Vec<_> = slices.iter().map(|slice| slice.cells().peekable()).collect();
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
