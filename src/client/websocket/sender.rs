//! The side of a socket that sends.

use bytes::Bytes;

use crate::client::messages::Sent;
use crate::client::websocket::message::SocketMessage;
use crate::client::websocket::socket::SharedSocket;

/// Sends on a socket. Its receiver must be reading, so that what the system does not take at once
/// is sent later.
pub struct SocketSender(SharedSocket);

impl SocketSender {
    pub(super) fn new(socket: SharedSocket) -> Self {
        Self(socket)
    }

    /// Hands over a message and writes what the system takes at once, without waiting.
    ///
    /// # Errors
    ///
    /// If the socket has ended, or if more than 1 MiB waits to be sent.
    pub fn send(&mut self, message: &SocketMessage) -> Result<Sent, String> {
        self.0.borrow_mut().send(message.to_frame())
    }

    /// Returns whether more than 1 MiB waits to be sent. The receiver passes on
    /// [`SocketEvent::Written`](crate::client::SocketEvent::Written) when the system takes some of
    /// it.
    pub fn is_full(&self) -> bool {
        self.0.borrow().is_full()
    }

    /// Sends a ping, as [`SocketSender::send`] sends a message.
    ///
    /// # Errors
    ///
    /// As [`SocketSender::send`], and if the payload is longer than 125 bytes.
    pub fn ping(&mut self, payload: Bytes) -> Result<(), String> {
        self.0.borrow_mut().ping(payload)
    }

    /// Closes the socket with a code: 1000 to 1003, 1007 to 1014 or 3000 to 4999; any other is not
    /// sent. Nothing can be sent after that. The receiver ends when the server confirms.
    pub fn close(&mut self, code: u16) {
        self.0.borrow_mut().close(code);
    }

    /// Closes the connection at once, without telling the server.
    pub fn abort(&mut self) {
        self.0.borrow_mut().abort();
    }
}
