//! The target of each hit.
//!
//! An attack gets its targets as a [`TargetSource`], which is split into the [`EngineShare, EngineTargets`] of
//! each engine. An engine prepares them as [`PreparedTargets`], which yield the target of each hit
//! to the dispatcher.

mod source;
mod share;
pub mod mix;
pub mod row_reader;
mod hit_targets;
mod prepared;

pub use crate::attack::target_choice::hit_targets::HitTargets;
pub use crate::attack::target_choice::prepared::{
    Goal, NO_REQUEST, PreparedTarget, PreparedTargets,
};
pub use crate::attack::target_choice::source::{
    EngineShare, EngineTargets, StreamedList, TargetList, TargetSource,
};
