//! Opens sockets: dial, TLS, handshake.

use std::time::Duration;

use http::header::SEC_WEBSOCKET_KEY;
use tokio::time::Instant;

use crate::client::connection::Connection;
use crate::client::failure::timeout::TIMEOUT_AWAITING_HEAD;
use crate::client::http1::{self, HeaderLines};
use crate::client::options::HitLimits;
use crate::client::pool::Connect;
use crate::client::response::kept_body::KeptBody;
use crate::client::websocket::handshake::{Key, check};
use crate::client::websocket::prepared::PreparedSocket;
use crate::client::websocket::receiver::SocketReceiver;
use crate::client::websocket::sender::SocketSender;
use crate::client::websocket::socket::{SharedSocket, Socket};
use crate::client::websocket::wire::Wire;
use crate::client::{Client, Outcome, failure};
use crate::clock;

/// Maximum number of bytes kept of the body of a refusal, which may say why.
const MAX_REFUSAL: usize = 4 << 10;

/// How long the body of a refusal may take.
const REFUSAL_WAIT: Duration = Duration::from_secs(1);

/// A socket that is opened.
#[derive(Clone, Copy)]
struct Beginning<'a> {
    socket: &'a PreparedSocket,
    /// Number of the hit.
    seq: u64,
    deadline: Option<Instant>,
    /// Maximum number of bytes kept of a body. None for no limit.
    max_body: Option<u64>,
}

impl Client {
    /// Opens a socket as hit `seq` and fills in its outcome, which is over then: its latency ends
    /// with the head of the response. None if the socket is not open.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the connection closes and `outcome` holds what was known until
    /// then.
    pub async fn open_socket(
        &self,
        socket: &PreparedSocket,
        seq: u64,
        outcome: &mut Outcome,
    ) -> Option<(SocketSender, SocketReceiver)> {
        self.open_socket_within(self.limits(), socket, seq, outcome).await
    }

    /// Opens a socket as [`Client::open_socket`] does, with separate limits. Those on redirects and
    /// decoding have no effect, since neither is done.
    ///
    /// # Cancel safety
    ///
    /// The same as [`Client::open_socket`].
    pub async fn open_socket_within(
        &self,
        limits: HitLimits,
        socket: &PreparedSocket,
        seq: u64,
        outcome: &mut Outcome,
    ) -> Option<(SocketSender, SocketReceiver)> {
        let deadline = limits.timeout.and_then(|timeout| outcome.released.checked_add(timeout));
        // Boxed, since a task that reads an open socket would keep the memory for its handshake.
        let begun = Beginning { socket, seq, deadline, max_body: limits.max_body };
        let opened = Box::pin(self.begin_socket(begun, outcome));
        let (opened, failure) = match clock::limit(deadline, opened).await {
            Some(Ok(opened)) => (opened, None),
            Some(Err(failure)) => (None, Some(failure)),
            None => (None, Some(failure::of_socket(&socket.text, TIMEOUT_AWAITING_HEAD))),
        };
        outcome.end(failure);
        let socket = opened?;
        let receiver = SocketReceiver::new(socket.clone(), self.shared.clone(), limits.max_body);
        Some((SocketSender::new(socket), receiver))
    }

    /// Makes the handshake on a new connection. None if the server refuses it with a status.
    async fn begin_socket(
        &self,
        begun: Beginning<'_>,
        outcome: &mut Outcome,
    ) -> Result<Option<SharedSocket>, String> {
        let Beginning { socket, seq, .. } = begun;
        let of_socket = |cause: &str| failure::of_socket(&socket.text, cause);
        let began = clock::now();
        let connected = socket.connector.connect().await;
        outcome.add_connect(clock::now() - began);
        let Connection::Http1(mut connection) = connected.map_err(|cause| of_socket(&cause))?
        else {
            return Err(of_socket("the server agreed on HTTP/2: expected HTTP/1.1"));
        };
        let key = Key::random();
        let mut headers = (*socket.request.headers).clone();
        headers.extend(key.header().map(|value| (SEC_WEBSOCKET_KEY, value)));
        let head = connection.send(&socket.request, &HeaderLines::new(&headers), seq).await;
        let head = head.map_err(|error| of_socket(&error.wording()))?;
        let answer = check(&head, &key, &socket.protocols);
        outcome.peer = connection.peer();
        outcome.begin_handshake_response(head);
        if outcome.error.is_some() {
            self.read_refusal(&mut connection, begun, outcome).await;
            return Ok(None);
        }
        answer?;
        let (stream, rest) = connection.into_stream();
        let wire = Wire::new(stream, rest, clock::now());
        Ok(Some(Socket::new(wire, self.shared.options.calls.max_message)))
    }

    /// Reads the start of the body of a refusal. That it breaks off is no failure.
    async fn read_refusal(
        &self,
        connection: &mut http1::Connection,
        begun: Beginning<'_>,
        outcome: &mut Outcome,
    ) {
        let limit = begun.max_body.and_then(|most| usize::try_from(most).ok());
        let limit = limit.map_or(MAX_REFUSAL, |most| most.min(MAX_REFUSAL));
        let mut body = KeptBody::new(limit, &self.shared.bodies, outcome.body.claimed);
        let reading = connection.read_body(
            async |data: &[u8]| {
                body.add(data);
                if body.is_full() { Err(String::new()) } else { Ok(()) }
            },
            http1::Error::body_wording,
        );
        let latest = clock::now() + REFUSAL_WAIT;
        let latest = begun.deadline.map_or(latest, |deadline| deadline.min(latest));
        clock::limit(Some(latest), reading).await.map(Result::err);
        outcome.body = body.take();
    }
}
