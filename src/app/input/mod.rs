//! Streams of results, read from files and pipes.

pub mod files;
pub mod errors;
pub mod prefetch;
pub mod merge;
pub mod background_fold;
mod events;
mod drain_deadline;
pub mod reader;
