//! Parts that several kinds of report have: tables of groups and thresholds, intervals.

pub mod groups;
pub mod thresholds;
pub mod intervals;
