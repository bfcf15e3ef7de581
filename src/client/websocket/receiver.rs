//! The side of a socket that receives.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use crate::client::Shared;
use crate::client::websocket::end::SocketEnd;
use crate::client::websocket::message::SocketEvent;
use crate::client::websocket::socket::{Rules, SharedSocket};

/// Number of messages that are passed on before other sockets have their turn.
const MAX_TURN: usize = 64;

/// Receives what the server sends on a socket, and writes what its sender could not write. When
/// dropped, the connection closes.
pub struct SocketReceiver {
    socket: SharedSocket,
    client: Rc<Shared>,
    /// Maximum number of bytes kept of a message.
    max_body: usize,
}

impl SocketReceiver {
    /// Returns the receiver of a socket. `max_body` is the maximum number of bytes kept of a
    /// message; None for no limit.
    pub(super) fn new(socket: SharedSocket, client: Rc<Shared>, max_body: Option<u64>) -> Self {
        let max_body = max_body.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
        Self { socket, client, max_body }
    }

    /// Leaves the bodies of replies empty, for a caller that keeps only some of them.
    pub fn without_bodies(mut self) -> Self {
        self.max_body = 0;
        self
    }

    /// Passes on what arrives, until the socket ends. Pings are answered and not passed on.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the connection closes.
    pub async fn read(self, mut on_event: impl FnMut(SocketEvent)) -> SocketEnd {
        poll_fn(|context| self.poll_turn(context, &mut on_event)).await
    }

    fn poll_turn(
        &self,
        context: &mut Context<'_>,
        on_event: &mut impl FnMut(SocketEvent),
    ) -> Poll<SocketEnd> {
        let rules = Rules { max_body: self.max_body, memory: &self.client.bodies };
        self.socket.borrow_mut().begin_turn(context.waker());
        for _ in 0..MAX_TURN {
            let read = self.socket.borrow_mut().poll_read(context, rules);
            let has_written = self.socket.borrow_mut().has_written();
            // The socket is not borrowed here: the caller may send on it.
            if has_written {
                on_event(SocketEvent::Written);
            }
            match ready!(read) {
                Ok(event) => on_event(event),
                Err(end) => return Poll::Ready(end),
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for SocketReceiver {
    fn drop(&mut self) {
        self.socket.borrow_mut().abort();
    }
}
