//! JUDGED: limits for figures, and whether a run kept within them.
//!
//! A limit reads `[NAME:]METRIC OP VALUE`, as in `p99<500ms` or `auth.*:success>=99%`; see
//! [`Threshold`]; what ends an attack has a time behind it, see [`Abort`]. What it is held against are [`Metrics`](crate::metrics::Metrics), those of the
//! whole or of each group whose name is such.

mod unit;
mod metric;
mod scope;
mod abort;
mod expression;
mod file;
mod outcome;

pub use abort::{Abort, Lookout};
pub use expression::{Op, Parts, Threshold};
pub use file::parse_thresholds;
pub use metric::{Aggregate, Metric, Series};
pub use outcome::{Finding, Judgement, Row};
pub use scope::Scope;
pub use unit::Unit;
