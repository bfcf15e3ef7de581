//! What is kept of a stream for its charts, in bounded memory.

pub mod extent;
pub mod outcomes;
pub mod run;
pub mod timeline;

pub mod lttb;
pub mod marks;
pub mod sampled_hits;
pub mod bin;
pub mod by_name;
pub mod natural_order;
