//! Streams of results, read from files and pipes.

pub mod prefetch;
pub mod background_fold;
pub mod merge;
pub mod reader;
pub mod files;
