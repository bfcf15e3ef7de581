//! The attacks of a stream: their plans, their facts, and where they ran.

pub mod plan;
pub mod facts;
pub mod provenance;
pub mod closed_loop;
