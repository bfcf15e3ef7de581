//! WebSockets: the handshake over HTTP/1.1, then messages in both directions.
//!
//! The frames are those of the crate `tokio-websockets`; only `socket` and its parts know it. A
//! message has no task: the sender writes at once what the system takes, and the task that reads
//! the socket writes the rest.
//!
//! Source: RFC 6455.

mod handshake;
mod prepared;
mod end;
mod wire;
mod message;
mod socket;
mod linger;
mod sender;
mod receiver;
mod opening;

pub use end::SocketEnd;
pub use message::{SocketEvent, SocketMessage};
pub use prepared::{PreparedSocket, SocketParts};
pub use receiver::SocketReceiver;
pub use sender::SocketSender;

#[cfg(test)]
mod tests;
