//! What the attacks of a stream planned, where they ran, and what they knew at their ends.

pub mod plan;
pub mod facts;
pub mod origins;
