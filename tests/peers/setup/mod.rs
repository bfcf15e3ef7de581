//! Helpers that the tests of all peers share.

pub mod attacks;
pub mod certificates;
pub mod installed;
pub mod request_log;
