//! What is kept of a stream for its charts, in bounded memory.

pub mod extent;
pub mod series;
pub mod tally;
pub mod outcomes;
pub mod names;
pub mod run;
pub mod timeline;

pub mod lttb;
pub mod marks;
pub mod order;
