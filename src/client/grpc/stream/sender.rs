//! The side of a stream that sends.

use bytes::Bytes;

use crate::client::Client;
use crate::client::grpc::prepared::{Framed, PreparedCall};
use crate::client::http2::Outgoing;
use crate::client::messages::Sent;

/// A message that can be sent on streams.
#[derive(Clone, Debug)]
pub struct CallMessage(Framed);

/// Sends the messages of a stream.
pub struct CallSender {
    outgoing: Outgoing,
    /// Number of bytes that were handed over.
    n_given: u64,
}

impl Client {
    /// Returns a message in wire format as streams send it.
    pub fn message(&self, wire: &Bytes) -> CallMessage {
        CallMessage(Framed::new(wire, self.shared.options.calls.is_compressed))
    }
}

impl PreparedCall {
    /// Returns one of its messages, which take turns. An empty list has empty messages.
    pub fn message(&self, number: u64) -> CallMessage {
        let place = number.checked_rem(self.messages.len() as u64).map(|place| place as usize);
        let message = place.and_then(|place| self.messages.get(place));
        CallMessage(message.cloned().unwrap_or_else(|| Framed::new(&[], false)))
    }
}

impl CallMessage {
    /// Returns the length of the message in bytes, without its prefix and before compression.
    pub fn len(&self) -> usize {
        self.0.len
    }

    /// Returns whether the message has no bytes, as one without fields.
    pub fn is_empty(&self) -> bool {
        self.0.len == 0
    }
}

impl CallSender {
    /// Returns the sender of a request whose head was sent.
    pub(super) fn new(outgoing: Outgoing) -> Self {
        Self { outgoing, n_given: 0 }
    }

    /// Hands over a message, without waiting. It is sent as the windows of the server allow.
    ///
    /// # Errors
    ///
    /// If the stream has ended.
    pub fn send(&mut self, message: &CallMessage) -> Result<Sent, String> {
        let Framed { bytes, .. } = &message.0;
        let given = self.outgoing.give(bytes.clone(), false);
        given.map_err(|error| error.body_wording())?;
        self.n_given += bytes.len() as u64;
        Ok(Sent::later(self.outgoing.progress().map(|progress| progress.mark(self.n_given))))
    }

    /// Ends the stream from this side: no further message follows.
    pub fn end(&mut self) {
        // If the stream has ended, its receiver learns why.
        let _ = self.outgoing.end();
    }
}
