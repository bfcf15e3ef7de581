//! When each hit is due: a rate over time, turned into slots by pure arithmetic, without a clock.

pub mod stages;
pub mod seed;
mod pacer;
mod poisson;
mod shard;

pub use pacer::Pacer;
pub use shard::Shard;
