//! The commands that read streams, and the test server.

pub mod report;
pub mod compare;
pub mod plot;
pub mod encode;
pub mod serve;
