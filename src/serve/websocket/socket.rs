//! An open socket: reads messages, and sends what waits for it when it is due.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{Sink, Stream};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::Instant;
use tokio_websockets::proto::ProtocolError;
use tokio_websockets::{CloseCode, Error, Limits, Message, ServerBuilder, WebSocketStream};

use crate::clock;
use crate::serve::delays::Wait;
use crate::serve::websocket::ServedSocket;
use crate::serve::websocket::answer::Answer;
use crate::serve::websocket::hub::Seat;
use crate::serve::websocket::journal::{Entry, Opened};
use crate::serve::websocket::link::{Content, End, Outgoing};
use crate::serve::websocket::service::Service;

/// Size in bytes of the largest message that is accepted, which is also the largest one of the
/// Autobahn suite.
const MAX_MESSAGE: usize = 16 << 20;

/// Longest time from a close frame to the end of the connection.
const CLOSING: Duration = Duration::from_secs(5);

/// Longest time for which the rest of a connection is read after a violation of the protocol. If it
/// were closed with unread bytes, the client could miss the close frame.
const LINGER: Duration = Duration::from_secs(1);

/// Size in bytes of the longest reason of a close frame.
///
/// Source: RFC 6455, section 5.5.
const MAX_REASON: usize = 123;

/// Answers the messages of a connection after its handshake, until it ends.
pub async fn run<S: AsyncRead + AsyncWrite + Unpin>(service: Service<'_>, connection: S) {
    let limits = Limits::default().max_payload_len(Some(MAX_MESSAGE));
    let room = match service.served.answer {
        Answer::Broadcast => Some(service.head.uri.path()),
        _ => None,
    };
    let mut socket = Socket {
        stream: ServerBuilder::new().limits(limits).serve(connection),
        seat: service.hub.enter(service.number, room),
        opened: Opened::new(service.journal.clone()),
        wait: None,
        deadline: None,
        has_violated: false,
        service,
    };
    poll_fn(|context| socket.poll(context)).await;
    if socket.has_violated {
        let end = Some(clock::now() + LINGER);
        clock::limit(end, socket.linger()).await;
    }
}

/// How far a connection has been read.
enum Read {
    /// There is nothing to read now.
    All,
    /// Too much waits to be sent.
    Full,
    /// The connection has ended.
    End,
}

struct Socket<'a, S> {
    service: Service<'a>,
    stream: WebSocketStream<S>,
    seat: Seat<'a>,
    opened: Opened,
    /// Ends when the next message is due. None if the socket waits for none.
    wait: Option<Wait<'a>>,
    /// When the connection ends at the latest. None before a close frame.
    deadline: Option<Instant>,
    /// Whether the client has violated the protocol.
    has_violated: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<'_, S> {
    /// Reads and sends what is possible now. Ready at the end of the socket.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.seat.link.listen(context.waker());
        loop {
            let read = self.read(context);
            let sent = self.flush(context);
            let now = clock::now();
            let has_ended = matches!(read, Read::End)
                || matches!(sent, Poll::Ready(Err(_)))
                || self.deadline.is_some_and(|end| end <= now);
            if has_ended {
                return Poll::Ready(());
            }
            let may_read_again = matches!(read, Read::Full) && !self.seat.link.is_full();
            if !may_read_again && self.wait(context, sent.is_pending()).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// Reads messages until there is none.
    fn read(&mut self, context: &mut Context<'_>) -> Read {
        // A client that does not read its answers is not read either.
        while !self.seat.link.is_full() {
            // After a close frame nothing can be sent, so what is due goes before the next frame.
            if matches!(self.hand_over(context), Poll::Ready(Err(_))) {
                return Read::End;
            }
            match Pin::new(&mut self.stream).poll_next(context) {
                Poll::Ready(Some(Ok(message))) => self.received(message),
                Poll::Ready(Some(Err(error))) => self.failed(&error),
                Poll::Ready(None) => return Read::End,
                Poll::Pending => return Read::All,
            }
        }
        Read::Full
    }

    fn received(&mut self, message: Message) {
        if let Some((code, _)) = message.as_close() {
            self.closing(code);
        } else if (message.is_text() || message.is_binary()) && self.deadline.is_none() {
            self.answer(message, clock::now());
        }
    }

    /// Notes that the first close frame has been sent or received.
    fn closing(&mut self, code: CloseCode) {
        if self.deadline.is_none() {
            self.opened.code = Some(code.into());
            self.deadline = Some(clock::now() + CLOSING);
            self.seat.link.shut();
        }
    }

    fn failed(&mut self, error: &Error) {
        // If the connection is cut off, no close frame can follow.
        let Some(code) = code_of(error) else { return };
        self.has_violated = true;
        // The stream has sent a close frame itself, except for a message of too many fragments.
        self.close(&End { code, reason: "the message is larger than 16 MiB".into() });
    }

    /// Begins the closing handshake.
    fn close(&mut self, End { code, reason }: &End) {
        let reason = &reason[..reason.floor_char_boundary(MAX_REASON)];
        // It fails if a close frame has been sent or received before.
        let _ = Pin::new(&mut self.stream).start_send(Message::close(Some(*code), reason));
        self.closing(*code);
    }

    /// Answers a message.
    fn answer(&mut self, message: Message, arrived: Instant) {
        let Service { served, state, journal, .. } = &self.service;
        let ServedSocket { spec, .. } = served;
        let entry = journal
            .as_ref()
            .map(|journal| Rc::new(Entry::new(journal, message.as_payload(), arrived)));
        let random = &mut state.borrow_mut().random;
        let content = match (spec.closes.draw(random), &served.answer) {
            (Some(code), _) => {
                let reason = format!("drawn for the route {}", served.route).into();
                Some(Content::Close(End { code, reason }))
            }
            (None, Answer::Broadcast) => {
                self.seat.broadcast(self.service.asked.has_self, |link| {
                    if !spec.draw_loss(random) {
                        let due = arrived + spec.latency.draw(random);
                        let content = Content::Message(message.clone());
                        let outgoing = Outgoing { content, entry: entry.clone() };
                        link.deliver(due, spec.is_overtaking, outgoing);
                    }
                });
                None
            }
            (None, _) if spec.draw_loss(random) => None,
            (None, _) => self.service.content(message, random),
        };
        if let Some(content) = content {
            let due = arrived + spec.latency.draw(random);
            self.seat.link.push(due, spec.is_overtaking, Outgoing { content, entry });
        }
    }

    /// Hands over what is due, without sending it yet. Pending if the client has to read first.
    fn hand_over(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if let Some(end) = self.seat.link.ending() {
            self.close(&end);
        }
        while let Some(first) = self.seat.link.first_due() {
            let now = clock::now();
            if first > now {
                break;
            }
            if Pin::new(&mut self.stream).poll_ready(context)?.is_pending() {
                return Poll::Pending;
            }
            if let Some((due, outgoing)) = self.seat.link.pop(now) {
                self.hand_over_one(due, outgoing, now)?;
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Sends what is due. Pending if the client has to read first.
    fn flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        ready!(self.hand_over(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Hands over a message.
    fn hand_over_one(
        &mut self,
        due: Instant,
        outgoing: Outgoing,
        now: Instant,
    ) -> Result<(), Error> {
        let Outgoing { content, entry } = outgoing;
        let (message, rest) = match content {
            Content::Message(message) => (message, None),
            Content::Tokens(mut tokens) => {
                let (text, is_last) = tokens.message();
                (Message::text(text), (!is_last).then_some(tokens))
            }
            Content::Close(end) => {
                if let Some(entry) = entry {
                    entry.closed(end.code, now);
                }
                self.close(&end);
                return Ok(());
            }
        };
        Pin::new(&mut self.stream).start_send(message)?;
        if let Some(entry) = &entry {
            entry.replied(now);
        }
        if let Some(tokens) = rest {
            let Service { served, state, asked, .. } = &self.service;
            let interval = asked.interval.or(served.spec.interval).unwrap_or(served.spec.latency);
            let next = due + interval.draw(&mut state.borrow_mut().random);
            let content = Content::Tokens(tokens);
            self.seat.link.push_rest(next, Outgoing { content, entry });
        }
        Ok(())
    }

    /// Waits until the next message is due, or until the end of a connection that closes. Ready if
    /// that has come, also if it came only after the messages that were due had been sent. A socket
    /// that is blocked waits for its client to read.
    fn wait(&mut self, context: &mut Context<'_>, is_blocked: bool) -> Poll<()> {
        let due = self.seat.link.first_due().filter(|_| !is_blocked);
        let next = self.deadline.or(due);
        if self.wait.as_ref().map(Wait::end) != next {
            self.wait = next.map(|next| self.service.delays.until(next));
        }
        match &mut self.wait {
            Some(wait) => Pin::new(wait).poll(context),
            None => Poll::Pending,
        }
    }

    /// Reads the rest of the connection.
    async fn linger(&mut self) -> io::Result<()> {
        let connection = self.stream.get_mut();
        connection.shutdown().await?;
        let mut rest = [0; 4096];
        while connection.read(&mut rest).await? > 0 {}
        Ok(())
    }
}

/// Returns the close code for a violation of the protocol. None for a connection that is cut off.
fn code_of(error: &Error) -> Option<CloseCode> {
    match error {
        Error::Protocol(ProtocolError::InvalidUtf8) => Some(CloseCode::INVALID_FRAME_PAYLOAD_DATA),
        Error::Protocol(_) => Some(CloseCode::PROTOCOL_ERROR),
        Error::PayloadTooLong { .. } => Some(CloseCode::MESSAGE_TOO_BIG),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures_util::{SinkExt, StreamExt};
    use http::Request;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;
    use tokio_websockets::ClientBuilder;

    use super::*;
    use crate::clock::Alarm;
    use crate::serve::delays::Delays;
    use crate::serve::dynamic::{Memory, State};
    use crate::serve::response::ResponseSpec;
    use crate::serve::websocket::asked::Asked;
    use crate::serve::websocket::hub::Hub;
    use crate::serve::websocket::spec::SocketSpec;

    /// Runs a socket with an answer until the client has done what it does.
    async fn with_client<F: Future<Output = ()>>(
        answer: Answer,
        hub: &Hub,
        client: impl FnOnce(WebSocketStream<tokio::io::DuplexStream>) -> F,
    ) {
        let (near, far) = tokio::io::duplex(1 << 16);
        let defaults = ResponseSpec {
            latency: "0".parse().unwrap(),
            errors: 0.0,
            statuses: http::StatusCode::OK.into(),
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::new(),
        };
        let spec = SocketSpec::like(&defaults);
        let served = ServedSocket { route: String::new(), spec, answer };
        let (head, ()) = Request::get("/room").body(()).unwrap().into_parts();
        let (random, memory) = (SmallRng::seed_from_u64(1), Memory::new(1));
        let (delays, state) = (Delays::default(), RefCell::new(State { random, memory }));
        let service = Service {
            served: &served,
            asked: Asked::default(),
            head: &head,
            number: hub.number(),
            journal: None,
            delays: &delays,
            state: &state,
            hub,
        };
        let client = client(ClientBuilder::new().take_over(near));
        tokio::select! {
            _ = async { tokio::join!(client, run(service, far)) } => (),
            () = delays.run(Alarm::coarse()) => unreachable!("it runs forever"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_no_answers_is_not_read_either() {
        let text = Message::text("x".repeat(1 << 20));
        let mut n_sent = 0;
        let client = |mut stream: WebSocketStream<tokio::io::DuplexStream>| {
            let n_sent = &mut n_sent;
            async move {
                let send = async {
                    for _ in 0..100 {
                        stream.send(text.clone()).await.unwrap();
                        *n_sent += 1;
                    }
                };
                let later = Some(clock::now() + Duration::from_secs(3600));
                assert_eq!(clock::limit(later, send).await, None);
                // Once it reads, the answers come.
                for _ in 0..10 {
                    assert_eq!(stream.next().await.unwrap().unwrap().as_payload().len(), 1 << 20);
                }
            }
        };
        with_client(Answer::Echo, &Hub::default(), client).await;
        assert!((64..68).contains(&n_sent), "{n_sent}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_nothing_is_cut_off_when_the_server_ends_its_socket() {
        let hub = Hub::default();
        let start = clock::now();
        let client = |mut stream: WebSocketStream<tokio::io::DuplexStream>| {
            let hub = &hub;
            async move {
                stream.send(Message::text("x".repeat(1 << 20))).await.unwrap();
                hub.end_all().await;
                // The farewell is shorter than the time until the end of the connection.
                assert_eq!(clock::now() - start, Duration::from_secs(1));
                while stream.get_mut().read(&mut [0; 4096]).await.is_ok_and(|length| length > 0) {
                    clock::pause(Duration::from_millis(200)).await;
                }
            }
        };
        with_client(Answer::Echo, &hub, client).await;
        let took = clock::now() - start;
        assert!(took < Duration::from_secs(12), "{took:?}");
    }
}
