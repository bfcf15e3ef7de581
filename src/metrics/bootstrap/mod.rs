//! Bootstrap: confidence intervals of a run's statistics, by resampling its slices of time.
//!
//! Latencies of hits that are close in time depend on each other: a queue, a garbage collection or
//! a busy neighbor slows many hits in a row. So blocks of slices are resampled instead of single
//! hits. Their length follows from the correlation in the run;
//! docs/method/quantiles-and-intervals.md describes the method.

mod block_length;
mod sums;
mod resample;
mod interval;

pub use interval::{Confidence, ConfidenceInterval};
pub use resample::Resampled;

#[cfg(test)]
mod tests;
