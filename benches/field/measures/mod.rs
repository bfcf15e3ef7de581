//! What is measured: one module per measure.

pub mod calls;
pub mod closed;
pub mod http2;
pub mod memory;
pub mod overload;
pub mod rated;
pub mod recovery;
pub mod sockets;
pub mod stream;
pub mod threads;
