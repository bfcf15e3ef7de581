//! Tallies of a stream: status codes, errors and their requests, exhausted resources, slowest hits,
//! flows, calls, kinds of records, time span, times of requests, WebSockets.

pub mod status_codes;
pub mod errors;
pub mod failing_requests;
pub mod exhaustion;
pub mod slowest;
pub mod flows;
pub mod calls;
pub mod kinds;
pub mod time_span;
pub mod request_times;
pub mod sockets;
