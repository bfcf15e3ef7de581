//! The commands that read streams, and the server: one file each.

pub mod report;
pub mod compare;
pub mod plot;
pub mod encode;
pub mod serve;
