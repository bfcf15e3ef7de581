//! WebSockets: handshakes, and sockets that answer messages.
//!
//! Source: RFC 6455, "The WebSocket Protocol", 2011.

mod handshake;
mod closes;
mod spec;
mod answer;
mod asked;
mod tokens;
mod journal;
mod link;
mod hub;
mod service;
mod socket;

pub use answer::Answer;
pub use asked::Asked;
pub use closes::Closes;
pub use handshake::{Handshake, Refusal, is_upgrade};
pub use hub::Hub;
pub use journal::Journal;
pub use service::Service;
pub use socket::run;
pub use spec::SocketSpec;

/// The sockets of a path.
pub struct ServedSocket {
    /// The path of its route as written. Empty for a path that is built in.
    pub route: String,
    /// Its delays, refusals and failures.
    pub spec: SocketSpec,
    /// Its messages.
    pub answer: Answer,
}
