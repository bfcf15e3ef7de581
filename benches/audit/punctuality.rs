//! Compares arrivals with the plan.

use std::collections::HashSet;

use crate::arrivals::{Counts, count_per_ms, errors, errors_on_fitted_grid};
use crate::quantile::quantile;
use crate::run::{Seen, Setting};

/// How well arrivals followed a plan of a constant rate.
#[derive(Debug)]
pub struct Punctuality {
    /// Distinct hits that arrived.
    pub arrived: usize,
    /// Hits that were planned.
    pub planned: u64,
    /// Arrival minus slot, in ns, sorted.
    pub errors_ns: Vec<i64>,
    /// The same relative to a grid that only the arrivals determine.
    pub fitted_ns: Vec<i64>,
    /// Time from one arrival to the next, in ns, sorted.
    pub gaps_ns: Vec<i64>,
    /// Time between two slots, in ns.
    pub planned_gap_ns: i64,
    /// Arrivals per ms.
    pub per_ms: Counts,
}

impl Punctuality {
    /// Compares the arrivals of a run with its plan.
    pub fn of(setting: &Setting, seen: &Seen) -> Self {
        let slot_of = |seq| seen.hits.get(&seq).map(|hit| hit.slot_ns);
        let times: Vec<i64> = seen.arrivals.iter().map(|arrival| arrival.timestamp_ns).collect();
        let mut gaps_ns: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        gaps_ns.sort_unstable();
        let planned_gap_ns = 1_000_000_000 / setting.rate as i64;
        let n_ms = (seen.planned * 1_000).div_ceil(setting.rate) as usize;
        // Start in the middle between two slots, so that a ms has the same hits whether they are
        // slightly early or slightly late.
        let first_slot = seen.hits.values().map(|hit| hit.slot_ns).min().unwrap_or(0);
        let begin_ns = first_slot - planned_gap_ns / 2;
        Self {
            arrived: seen.arrivals.iter().filter_map(|a| a.seq).collect::<HashSet<_>>().len(),
            planned: seen.planned,
            errors_ns: errors(&seen.arrivals, slot_of),
            fitted_ns: errors_on_fitted_grid(&seen.arrivals, setting.rate),
            gaps_ns,
            planned_gap_ns,
            per_ms: count_per_ms(&seen.arrivals, begin_ns, n_ms),
        }
    }

    /// Returns the cells of the table of errors.
    pub fn error_cells(&self) -> Vec<String> {
        let errors = [0.5, 0.9, 0.99, 1.0].map(|q| micros(quantile(&self.errors_ns, q)));
        let arrived = format!("{} / {}", self.arrived, self.planned);
        let fitted = [0.5, 0.99].map(|q| micros(quantile(&self.fitted_ns, q)));
        [arrived].into_iter().chain(errors).chain(fitted).collect()
    }

    /// Returns the cells of the table of regularity.
    pub fn regularity_cells(&self) -> Vec<String> {
        let Counts { mean, variance, greatest } = self.per_ms;
        let counts = [format!("{mean:.2}"), format!("{variance:.2}"), greatest.to_string()];
        let gaps = [0.01, 0.5, 0.99, 1.0].map(|q| micros(quantile(&self.gaps_ns, q)));
        counts.into_iter().chain([micros(self.planned_gap_ns)]).chain(gaps).collect()
    }
}

/// Returns a duration in µs, as in the tables.
pub fn micros(nanos: i64) -> String {
    format!("{:.1}", nanos as f64 / 1e3)
}
