//! What sends the messages of a stream.

use crate::client::Sent;

/// What sends the messages of an open stream.
pub trait Outlet {
    /// A message that can be sent.
    type Message: Payload;

    /// Hands over a message, without waiting. It is sent as fast as the server takes it. Returns
    /// when the system has all of it, which may be later.
    ///
    /// # Errors
    ///
    /// If the stream has ended. The reader of its replies learns why.
    fn send(&mut self, message: &Self::Message) -> Result<Sent, String>;

    /// Returns whether the server takes messages so slowly that no further one should be handed
    /// over now.
    fn is_full(&self) -> bool {
        false
    }

    /// Ends the stream from this side: no further message follows.
    fn end(&mut self);

    /// Ends the stream at once, and the server learns no reason.
    fn abort(&mut self) {
        self.end();
    }
}

/// A message that can be sent.
pub trait Payload {
    /// Returns the number of bytes of the message.
    fn n_bytes(&self) -> u64;

    /// Returns the bytes by which a reply can be recognized.
    fn payload(&self) -> &[u8];
}
