//! Tallies of a stream: status codes, errors and their requests, exhausted resources, slowest hits,
//! flows, time span.

pub mod status_codes;
pub mod errors;
pub mod failing_requests;
pub mod exhaustion;
pub mod slowest;
pub mod flows;
pub mod time_span;
