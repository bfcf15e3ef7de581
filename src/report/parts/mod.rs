//! Parts that several kinds of report have: tables of groups and thresholds, intervals, rows about flows
//! and calls.

pub mod groups;
pub mod thresholds;
pub mod intervals;
pub mod flows;
pub mod calls;
pub mod sockets;
