//! Messages on long-lived streams and sockets: when they were sent, and what came back.

use std::cell::Cell;
use std::rc::Rc;

use tokio::time::Instant;

use crate::client::response::kept_body::StoredBody;

/// When the system took the bytes up to a place in a stream; None until then.
pub type Mark = Rc<Cell<Option<Instant>>>;

/// When the system had all of a message.
#[derive(Clone, Debug, Default)]
pub struct Sent(When);

#[derive(Clone, Debug, Default)]
enum When {
    /// Unknown.
    #[default]
    Never,
    /// At once.
    At(Instant),
    /// When the mark has an instant.
    Later(Mark),
}

impl Sent {
    /// Returns that the system had a message at an instant.
    pub(super) fn at_once(at: Instant) -> Self {
        Self(When::At(at))
    }

    /// Returns that the system has a message when a mark is reached. None if that is unknown.
    pub(super) fn later(mark: Option<Mark>) -> Self {
        Self(mark.map_or(When::Never, When::Later))
    }

    /// Returns the instant. None until then, and if it is unknown.
    pub fn at(&self) -> Option<Instant> {
        match &self.0 {
            When::Never => None,
            When::At(at) => Some(*at),
            When::Later(mark) => mark.get(),
        }
    }
}

/// A message that the server has sent.
#[derive(Debug)]
pub struct Reply {
    /// The message as it was on the wire, decompressed, up to the limits.
    pub body: StoredBody,
    /// Length of the message in bytes, decompressed.
    pub len: u64,
    /// When it arrived.
    pub at: Instant,
}
