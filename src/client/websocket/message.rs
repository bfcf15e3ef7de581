//! Messages that are sent, and what arrives.

use bytes::Bytes;
use tokio::time::Instant;
use tokio_websockets::Message;

use crate::client::messages::Reply;

/// A message that can be sent on sockets any number of times. Copies share their bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketMessage {
    bytes: Bytes,
    is_text: bool,
}

/// What arrives on a socket.
#[derive(Debug)]
pub enum SocketEvent {
    /// A message, and all of its bytes: those of the reply end at the limit on bodies.
    ///
    /// Both share the read buffer of the socket, so that keeping them keeps the buffer.
    Message(Reply, Bytes),
    /// The answer to a ping.
    Pong {
        /// The payload of the ping.
        payload: Bytes,
        /// When it arrived.
        at: Instant,
    },
    /// The system has taken more of what waited to be sent, so that there may be room for messages
    /// again. Pongs for pings of the server count as well.
    Written,
}

impl SocketMessage {
    /// Returns a message of text, which must be UTF-8: other bytes are sent as they are, and
    /// servers fail the socket.
    pub fn text(bytes: Bytes) -> Self {
        Self { bytes, is_text: true }
    }

    /// Returns a message of any bytes.
    pub fn binary(bytes: Bytes) -> Self {
        Self { bytes, is_text: false }
    }

    /// Returns the bytes of the message.
    pub fn payload(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the length of the message in bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns whether the message has no bytes.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns the message as the crate of the frames takes it.
    pub(super) fn to_frame(&self) -> Message {
        match self.is_text {
            true => Message::text(self.bytes.clone()),
            false => Message::binary(self.bytes.clone()),
        }
    }
}
