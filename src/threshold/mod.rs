//! Thresholds: limits that a run, or its difference from another run, must keep.
//!
//! - [`Threshold`]: `[NAME:]METRIC OP VALUE`, e.g. `p99<500ms`, `auth.*:success>=99%` or
//!   `flow.p95<3s`, checked against the [`Metrics`](crate::metrics::Metrics) of a run, or of each
//!   group or flow with that name
//! - [`Abort`]: a threshold and a duration; an attack ends if it holds for that long
//! - [`RegressionLimit`]: `[NAME:]METRIC OP LIMIT`, e.g. `p99>+5%`, checked against the difference
//!   of two runs

mod outcome;
mod scope;
mod unit;
mod metric;
mod expression;
mod file;
mod results;
mod regression_limit;
mod abort;

pub use abort::{Abort, AbortWatcher};
pub use expression::{Op, Parts, Threshold};
pub use file::parse_thresholds;
pub use metric::{Aggregate, FlowMetric, FlowTime, Found, KindScope, Metric, Series};
pub use outcome::Outcome;
pub use regression_limit::RegressionLimit;
pub use results::{Measured, RunParts, ThresholdResult, ThresholdResults};
pub use scope::{Scope, Selected};
pub use unit::Unit;
