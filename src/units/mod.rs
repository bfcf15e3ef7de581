//! The small grammars of flags and reports: parse and print.

mod duration;
mod rate;
mod size;
mod share;

pub use duration::{GoDuration, parse_duration, parse_span, round_duration};
pub use rate::{Rate, parse_rate};
pub use share::parse_share;
pub use size::parse_size;
