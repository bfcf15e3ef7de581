//! Live metrics of a running attack, exported to other systems.

pub mod prometheus;
