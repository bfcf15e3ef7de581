//! An open socket of a flow: a task reads it, and steps wait for what it has read.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use tokio::sync::Notify;
use tokio::task;
use tokio::time::Instant;

use crate::client::{Sent, SocketEnd, SocketEvent, SocketMessage, SocketReceiver, SocketSender};
use crate::clock;

/// How long a server may take to confirm the close of a socket whose flow has ended.
const CLOSE_WAIT: Duration = Duration::from_secs(1);

/// Maximum number of messages that wait to be read by a step. The oldest ones are dropped.
const MAX_UNREAD: usize = 1024;

/// Maximum number of bytes of those messages.
const MAX_UNREAD_BYTES: usize = 1 << 20;

/// The code of a socket that is closed because it is not needed any more.
const NORMAL: u16 = 1000;

/// An open socket of a flow. When dropped, it is closed.
pub struct OpenSocket {
    sender: SocketSender,
    shared: Rc<Shared>,
}

/// A message that has arrived.
pub struct Arrived {
    pub bytes: Bytes,
    pub at: Instant,
}

/// What the task that reads a socket shares with the steps.
struct Shared {
    state: RefCell<State>,
    /// Notified when the flow does not need the socket any more.
    dropped: Notify,
}

struct State {
    unread: VecDeque<Arrived>,
    n_bytes: usize,
    /// Whether messages are kept that arrive while no step waits.
    keeps_all: bool,
    /// Whether a step waits for messages.
    is_awaited: bool,
    /// None while the socket is open.
    end: Option<SocketEnd>,
    /// Wakes the step that waits. None if none does.
    waiter: Option<Waker>,
}

impl OpenSocket {
    /// Begins to read a socket. `keeps_all` is whether messages are kept that arrive while no step
    /// waits for them.
    pub fn new(sender: SocketSender, receiver: SocketReceiver, keeps_all: bool) -> Self {
        let state = State {
            unread: VecDeque::new(),
            n_bytes: 0,
            keeps_all,
            is_awaited: false,
            end: None,
            waiter: None,
        };
        let shared = Rc::new(Shared { state: RefCell::new(state), dropped: Notify::new() });
        task::spawn_local(read(receiver.without_bodies(), shared.clone()));
        Self { sender, shared }
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// Why it cannot be sent.
    pub fn send(&mut self, message: &SocketMessage) -> Result<Sent, String> {
        let sent = self.sender.send(message);
        sent.map_err(|error| match &self.shared.state.borrow().end {
            Some(end) => end.reason(),
            None => error,
        })
    }

    /// Begins to wait for messages. Those that have arrived before are discarded.
    pub fn await_new(&mut self) {
        let state = &mut *self.shared.state.borrow_mut();
        state.unread.clear();
        (state.n_bytes, state.is_awaited) = (0, true);
    }

    /// Waits for the next message that no step has read.
    ///
    /// # Errors
    ///
    /// How the socket ended.
    ///
    /// # Cancel safety
    ///
    /// Safe: a message that arrives later is the next one.
    pub async fn next(&mut self) -> Result<Arrived, SocketEnd> {
        self.shared.state.borrow_mut().is_awaited = true;
        poll_fn(|context| {
            let state = &mut *self.shared.state.borrow_mut();
            if let Some(arrived) = state.unread.pop_front() {
                state.n_bytes -= arrived.bytes.len();
                return Poll::Ready(Ok(arrived));
            }
            if let Some(end) = &state.end {
                return Poll::Ready(Err(end.clone()));
            }
            state.waiter = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Ends the wait for messages.
    pub fn await_none(&mut self) {
        let state = &mut *self.shared.state.borrow_mut();
        state.is_awaited = false;
        if !state.keeps_all {
            state.unread = VecDeque::new();
            state.n_bytes = 0;
        }
    }

    /// Closes the socket, and waits until the server has confirmed it. Returns how it ended, and the
    /// number of messages that arrived meanwhile.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the socket is closed nevertheless.
    pub async fn close(&mut self) -> (SocketEnd, u32) {
        self.await_new();
        self.sender.close(NORMAL);
        let mut n_messages: u32 = 0;
        loop {
            match self.next().await {
                Ok(_) => n_messages = n_messages.saturating_add(1),
                Err(end) => return (end, n_messages),
            }
        }
    }
}

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.sender.close(NORMAL);
        self.shared.dropped.notify_one();
    }
}

/// Reads a socket until it ends, or until some time after its flow.
async fn read(receiver: SocketReceiver, shared: Rc<Shared>) {
    let reading = pin!(receiver.read(|event| {
        if let SocketEvent::Message(reply, bytes) = event {
            shared.add(&bytes, reply.at);
        }
    }));
    let closing = pin!(async {
        shared.dropped.notified().await;
        clock::pause(CLOSE_WAIT).await;
    });
    if let Either::Left((end, _)) = select(reading, closing).await {
        shared.end(end);
    }
}

impl Shared {
    fn add(&self, bytes: &Bytes, at: Instant) {
        let state = &mut *self.state.borrow_mut();
        if !state.is_awaited && !state.keeps_all {
            return;
        }
        // Copied, since the bytes are a part of the read buffer of the socket.
        let bytes = Bytes::copy_from_slice(bytes);
        state.n_bytes += bytes.len();
        state.unread.push_back(Arrived { bytes, at });
        while state.unread.len() > MAX_UNREAD
            || (state.n_bytes > MAX_UNREAD_BYTES && state.unread.len() > 1)
        {
            let dropped = state.unread.pop_front();
            state.n_bytes -= dropped.map_or(0, |dropped| dropped.bytes.len());
        }
        wake(state);
    }

    fn end(&self, end: SocketEnd) {
        let state = &mut *self.state.borrow_mut();
        state.end = Some(end);
        wake(state);
    }
}

fn wake(state: &mut State) {
    if let Some(waiter) = mem::take(&mut state.waiter) {
        waiter.wake();
    }
}
