//! Shared helpers: the binary, its streams, servers, certificates, a terminal.

pub mod certificates;
pub mod harness;
pub mod markdown;
pub mod pty;
pub mod results;
pub mod servers;
