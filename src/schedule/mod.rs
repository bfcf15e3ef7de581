//! The schedule: when each hit is due. Pure arithmetic on offsets from the start, without a clock.

pub mod seed;
pub mod stages;
mod poisson;
mod pacer;
mod shard;
mod opening;
mod users;

pub use opening::{Opening, Turn};
pub use pacer::Pacer;
pub use shard::Shard;
pub use users::{Presence, Users};
