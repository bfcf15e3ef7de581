//! The target of each hit.
//!
//! An attack gets its targets as a [`TargetSource`], which is split into the [`EngineTargets`] of
//! each engine. An engine prepares them as [`PreparedTargets`], which yield the target of each hit
//! to the dispatcher.

mod source;
mod share;
pub mod mix;
mod row_reader;
mod hit_targets;
mod prepared;

pub use hit_targets::HitTargets;
pub use prepared::{PreparedTarget, PreparedTargets};
pub use source::{EngineTargets, TargetList, TargetSource};
