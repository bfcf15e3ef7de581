//! Parses and prints values: durations, rates, sizes, shares, keywords, UUIDs.

mod keyword;
mod delay;
mod divisor;
mod duration;
mod rate;
mod size;
mod share;
mod uuid;

pub use delay::Delay;
pub use divisor::greatest_common_divisor;
pub use duration::{GoDuration, parse_duration, parse_span};
pub use keyword::parse_keyword;
pub use rate::{Rate, parse_rate};
pub use share::parse_share;
pub use size::parse_size;
pub use uuid::write_uuid;
