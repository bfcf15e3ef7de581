//! The chart data of a stream, in bounded memory.

pub mod extent;
pub mod outcomes;
pub mod flows;
pub mod calls;
pub mod sockets;
pub mod run;
pub mod slicing;

pub mod lttb;
pub mod marks;
pub mod sampled_hits;
pub mod bin;
pub mod by_name;
pub mod natural_order;
