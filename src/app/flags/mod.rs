//! Groups of flags, and what they are turned into.

pub mod load;
pub mod targets;
pub mod network;
pub mod thresholds;
