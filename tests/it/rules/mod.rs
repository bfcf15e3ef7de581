//! Tests of the source tree, and of the helpers that benches use.

pub mod benches;
mod field;
mod house;
