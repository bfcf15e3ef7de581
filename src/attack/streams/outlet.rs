//! What sends the messages of a stream.

use crate::client::{CallMessage, CallSender, Sent};

/// What sends the messages of an open stream.
pub trait Outlet {
    /// A message that can be sent.
    type Message;

    /// Hands over a message, without waiting. It is sent as fast as the server takes it. Returns
    /// when the system has all of it, which may be later.
    ///
    /// # Errors
    ///
    /// If the stream has ended. The reader of its replies learns why.
    fn send(&mut self, message: &Self::Message) -> Result<Sent, String>;

    /// Ends the stream from this side: no further message follows.
    fn end(&mut self);
}

impl Outlet for CallSender {
    type Message = CallMessage;

    fn send(&mut self, message: &CallMessage) -> Result<Sent, String> {
        CallSender::send(self, message)
    }

    fn end(&mut self) {
        CallSender::end(self);
    }
}
