//! The open loop of an engine: when its hits are due, and their release.

mod release;
mod open_loop;
mod slots;

pub use crate::attack::dispatch::open_loop::{BURST, Dispatch, GRAIN, wake_at};
pub use crate::attack::dispatch::release::Release;
pub use crate::attack::dispatch::slots::Slots;
