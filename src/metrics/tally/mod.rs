//! Counts of what occurred: status codes, errors, exhausted resources, the slowest hits, the span.

pub mod status_codes;
pub mod errors;
pub mod exhaustion;
pub mod slowest;
pub mod span;
