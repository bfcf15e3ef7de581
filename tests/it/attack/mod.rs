//! Tests of what `attack` sends, when it sends it, and when it stops.

mod abort;
mod lazy;
mod live;
mod overload;
mod requests;
pub mod schedule;
