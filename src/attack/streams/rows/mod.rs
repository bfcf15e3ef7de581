//! The records of how streams were opened and how they ended.

mod connect;
mod close;

pub use close::{CLOSE_WAIT, Close, Ended};
pub use connect::{Connect, ConnectSlot};
