//! Tests of what `attack` sends, when it sends it, and when it stops.

mod abort;
mod bodies;
mod endings;
mod lazy;
mod live;
mod overload;
mod requests;
mod schedule;
mod streams;
