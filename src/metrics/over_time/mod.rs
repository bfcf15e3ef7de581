//! A run over time: bins of equal length, a timeline of few of them, and the last interval.

pub mod bins;
pub mod timeline;
pub mod last_interval;
