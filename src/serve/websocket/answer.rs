//! What a socket answers to each message.

use bytes::Bytes;

use crate::serve::template::Template;

/// What a socket answers.
#[derive(Clone)]
pub enum Answer {
    /// The message that it receives.
    Echo,
    /// The message, to the other sockets of its path.
    Broadcast,
    /// Tokens, one after the other, and that they are complete.
    Agent,
    /// Nothing.
    Silent,
    /// The same text always.
    Fixed(Bytes),
    /// A text with values of the message and the handshake.
    Filled(Template),
}

impl Answer {
    /// All names of answers, in the order of the documentation.
    pub const NAMES: &str = "echo, broadcast, agent or silent";

    /// Returns the answer with a name. None if there is no such answer.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "echo" => Some(Self::Echo),
            "broadcast" => Some(Self::Broadcast),
            "agent" => Some(Self::Agent),
            "silent" => Some(Self::Silent),
            _ => None,
        }
    }

    /// Returns the answer with a text, a template.
    pub(in crate::serve) fn of_body(body: Template) -> Self {
        match body.fixed() {
            Some(text) => Self::Fixed(Bytes::copy_from_slice(text.as_bytes())),
            None => Self::Filled(body),
        }
    }
}
