//! Shared helpers: the binary, its streams, servers, certificates, a terminal.

#[path = "../../../benches/support/arrivals.rs"]
pub mod arrivals;
pub mod attacks;
pub mod certificates;
pub mod chatting;
pub mod frames;
pub mod handshakes;
pub mod harness;
pub mod http2;
pub mod markdown;
pub mod patient;
pub mod pty;
pub mod results;
pub mod servers;
pub mod talking;
pub mod waiting;
