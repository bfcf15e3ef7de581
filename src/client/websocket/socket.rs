//! An open socket, which its sender and its receiver share.

use std::cell::RefCell;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use futures_util::{Sink, Stream};
use tokio_websockets::{ClientBuilder, CloseCode, Config, Error, Limits, Message, WebSocketStream};

use crate::client::failure::io::of_read;
use crate::client::messages::{Reply, Sent};
use crate::client::response::body_budget::BodyAccount;
use crate::client::response::kept_body::StoredBody;
use crate::client::websocket::end::{ABORTED, CLOSED, NOT_READING, SocketEnd};
use crate::client::websocket::linger;
use crate::client::websocket::message::SocketEvent;
use crate::client::websocket::wire::Wire;

/// Maximum number of bytes that wait to be sent when another message is handed over.
const MAX_BACKLOG: u64 = 1 << 20;

/// Maximum length of the payload of a ping in bytes.
///
/// Source: RFC 6455, section 5.5.
const MAX_PING: usize = 125;

/// A socket that its sender and its receiver share.
pub type SharedSocket = Rc<RefCell<Socket>>;

/// An open socket.
pub struct Socket {
    /// None after the end.
    stream: Option<WebSocketStream<Wire>>,
    /// Number of bytes of all frames that were handed over.
    n_given: u64,
    /// Number of bytes that the system has taken, as far as the caller knows.
    n_noted: u64,
    /// Whether bytes may wait to be written.
    is_unflushed: bool,
    /// Whether this side has sent its close frame.
    is_closing: bool,
    /// Wakes the receiver. None before it reads.
    receiver: Option<Waker>,
    /// Why nothing can be sent any more. None while the socket is open.
    ended: Option<String>,
}

/// How messages are received.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// Maximum number of bytes kept of a message.
    pub max_body: usize,
    /// The memory for bodies.
    pub memory: &'a BodyAccount,
}

impl Socket {
    /// Returns a socket on a stream after the handshake. `max_message` is the maximum length of a
    /// received message in bytes.
    pub fn new(wire: Wire, max_message: usize) -> SharedSocket {
        // One frame for each message, whose length in bytes is then known.
        let config = Config::default().frame_size(usize::MAX);
        let limits = Limits::default().max_payload_len(Some(max_message));
        let stream = ClientBuilder::new().config(config).limits(limits).take_over(wire);
        Rc::new(RefCell::new(Self {
            stream: Some(stream),
            n_given: 0,
            n_noted: 0,
            is_unflushed: false,
            is_closing: false,
            receiver: None,
            ended: None,
        }))
    }

    /// Hands over a message and writes what the system takes at once.
    ///
    /// # Errors
    ///
    /// If the socket has ended, or if too much waits to be sent.
    pub fn send(&mut self, message: Message) -> Result<Sent, String> {
        if let Some(ended) = &self.ended {
            return Err(ended.clone());
        }
        if self.is_full() {
            return Err(NOT_READING.to_owned());
        }
        let Some(stream) = &mut self.stream else { return Err(ABORTED.to_owned()) };
        let n_bytes = frame_len(message.as_payload().len());
        // The state of the stream is known above; only the reason of the end is not.
        Pin::new(&mut *stream).start_send(message).map_err(|error| error.to_string())?;
        self.n_given += n_bytes;
        self.flush();
        let Some(stream) = &mut self.stream else { return Err(ABORTED.to_owned()) };
        let wire = stream.get_mut();
        if let Some(failure) = wire.failure() {
            let failure = of_read(failure, "EOF");
            self.ended = Some(failure.clone());
            return Err(failure);
        }
        self.n_noted = wire.n_written();
        Ok(wire.sent(self.n_given))
    }

    /// Returns whether too much waits to be sent for another message.
    pub fn is_full(&self) -> bool {
        self.n_given.saturating_sub(self.n_written()) > MAX_BACKLOG
    }

    /// Returns whether the system has taken bytes since the last message or the last call.
    pub fn has_written(&mut self) -> bool {
        let n_written = self.n_written();
        mem::replace(&mut self.n_noted, n_written) < n_written
    }

    /// Sends a ping; see [`Socket::send`].
    ///
    /// # Errors
    ///
    /// As [`Socket::send`], and if the payload is longer than 125 bytes.
    pub fn ping(&mut self, payload: Bytes) -> Result<(), String> {
        if payload.len() > MAX_PING {
            return Err(format!("a ping carries at most {MAX_PING} bytes"));
        }
        self.send(Message::ping(payload)).map(drop)
    }

    /// Sends the close frame. A code that must not be sent is left out.
    pub fn close(&mut self, code: u16) {
        if self.ended.is_some() {
            return;
        }
        let code = CloseCode::try_from(code).ok().filter(|code| !code.is_reserved());
        if let Some(stream) = &mut self.stream {
            // The stream refuses it only if the server was faster.
            let _ = Pin::new(stream).start_send(Message::close(code, ""));
            (self.is_closing, self.ended) = (true, Some(CLOSED.to_owned()));
            self.flush();
        }
    }

    /// Closes the connection without a close frame.
    pub fn abort(&mut self) {
        self.stream = None;
        self.ended.get_or_insert_with(|| ABORTED.to_owned());
        if let Some(receiver) = self.receiver.take() {
            receiver.wake();
        }
    }

    /// Begins a turn of the receiver.
    pub fn begin_turn(&mut self, receiver: &Waker) {
        if !self.receiver.as_ref().is_some_and(|known| known.will_wake(receiver)) {
            self.receiver = Some(receiver.clone());
        }
        if let Some(stream) = &mut self.stream {
            stream.get_mut().begin_turn();
        }
        if self.is_unflushed {
            self.flush();
        }
    }

    /// Reads until something arrives that concerns the caller.
    ///
    /// # Errors
    ///
    /// How the socket ended.
    pub fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        rules: Rules<'_>,
    ) -> Poll<Result<SocketEvent, SocketEnd>> {
        loop {
            let Some(stream) = &mut self.stream else {
                return Poll::Ready(Err(SocketEnd::failed(ABORTED)));
            };
            let end = match ready!(Pin::new(&mut *stream).poll_next(context)) {
                None => SocketEnd::without_close(None),
                Some(Err(error)) => {
                    let end = SocketEnd::by_error(&error, stream.get_ref().is_ended());
                    return Poll::Ready(Err(self.fail(&error, end)));
                }
                Some(Ok(message)) if message.is_close() => {
                    SocketEnd::by_close(&message, self.is_closing)
                }
                Some(Ok(message)) if message.is_ping() => {
                    match self.add_pong(message.as_payload().len()) {
                        Ok(()) => continue,
                        Err(problem) => SocketEnd::failed(problem),
                    }
                }
                Some(Ok(message)) => {
                    return Poll::Ready(Ok(event(message, stream.get_ref(), rules)));
                }
            };
            return Poll::Ready(Err(self.end(end)));
        }
    }

    /// Counts the pong that the stream sends for a ping.
    ///
    /// # Errors
    ///
    /// If too much waits to be sent: a server may send pings without reading anything.
    fn add_pong(&mut self, len: usize) -> Result<(), &'static str> {
        if !self.is_closing {
            self.n_given += frame_len(len);
            self.is_unflushed = true;
        }
        if self.is_full() { Err(NOT_READING) } else { Ok(()) }
    }

    /// Ends the socket because of what the server has sent, and lets the server know why.
    fn fail(&mut self, error: &Error, end: SocketEnd) -> SocketEnd {
        // For other errors, the stream has a close frame with its code ready.
        if let (Error::PayloadTooLong { .. }, Some(stream)) = (error, &mut self.stream) {
            let close = Message::close(Some(CloseCode::MESSAGE_TOO_BIG), "");
            // That of a frame is refused, since there is one as well; not that of fragments.
            let _ = Pin::new(stream).start_send(close);
        }
        self.end(end)
    }

    /// Ends the socket. Its connection closes when the server has closed it, too.
    fn end(&mut self, end: SocketEnd) -> SocketEnd {
        self.flush();
        let reason = end.error.as_deref().unwrap_or("the server has closed the socket");
        self.ended.get_or_insert_with(|| reason.to_owned());
        if let Some(stream) = self.stream.take() {
            linger::until_closed(stream);
        }
        end
    }

    /// Writes what the system takes at once. The receiver writes the rest.
    fn flush(&mut self) {
        let Some(stream) = &mut self.stream else { return };
        let waker = self.receiver.as_ref().unwrap_or(Waker::noop());
        let flushed = Pin::new(stream).poll_flush(&mut Context::from_waker(waker));
        self.is_unflushed = flushed.is_pending();
    }

    fn n_written(&self) -> u64 {
        self.stream.as_ref().map_or(0, |stream| stream.get_ref().n_written())
    }
}

/// Returns what a message or a pong is to the caller.
fn event(message: Message, wire: &Wire, rules: Rules<'_>) -> SocketEvent {
    let (is_pong, at) = (message.is_pong(), wire.read_at());
    let bytes = Bytes::from(message.into_payload());
    if is_pong {
        return SocketEvent::Pong { payload: bytes, at };
    }
    let len = bytes.len() as u64;
    let body = StoredBody::of(bytes.clone(), rules.max_body, rules.memory);
    SocketEvent::Message(Reply { body, len, at }, bytes)
}

/// Returns the length of a client's frame with a payload, in bytes.
///
/// Source: RFC 6455, section 5.2.
fn frame_len(payload: usize) -> u64 {
    let head = match payload {
        ..=125 => 2,
        126..=0xffff => 4,
        _ => 10,
    };
    let mask = 4;
    head + mask + payload as u64
}
