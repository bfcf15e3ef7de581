//! The command line: flags, streams, signals, exit codes.

pub mod attack;
pub mod encode;
pub mod plot;
pub mod report;
pub mod serve;
