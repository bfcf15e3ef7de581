//! The sockets of a flow, and the steps that use them.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::attack::flows::open_socket::{Arrived, OpenSocket};
use crate::attack::flows::request::{SocketAction, SocketRequest};
use crate::client::{Client, HitLimits, Outcome, PreparedSocket, Sent, SocketMessage};
use crate::clock;
use crate::record::{Kind, Messaging};
use crate::units::GoDuration;

/// The error of a step without an open socket.
const NOT_OPEN: &str = "no open WebSocket with this URL: expected a CONNECT before";

/// The open sockets of a flow. When dropped, they are closed.
#[derive(Default)]
pub struct Sockets {
    /// Each with its URL without the query. A flow has few.
    open: Vec<(String, OpenSocket)>,
    /// Whether messages are kept that arrive while no step waits for them.
    keeps_all: bool,
}

/// A step that is made.
pub struct Making<'a> {
    pub client: &'a Client,
    pub request: &'a SocketRequest,
    pub limits: HitLimits,
    /// Number of the hit.
    pub seq: u64,
}

/// A message for the checks of a step.
pub struct Candidate<'a> {
    /// The URL of the socket.
    pub url: &'a str,
    pub bytes: &'a Bytes,
    /// Time from the release of the step to the arrival of the message.
    pub latency: Duration,
}

impl Sockets {
    /// Returns no sockets. `keeps_all` is whether messages are kept that arrive while no step waits
    /// for them.
    pub fn new(keeps_all: bool) -> Self {
        Self { open: Vec::new(), keeps_all }
    }

    /// Makes a step, and fills in its outcome. `accepts` returns whether a message is the reply that
    /// a step waits for.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, `outcome` holds what was known until then.
    pub async fn make(
        &mut self,
        making: Making<'_>,
        outcome: &mut Outcome,
        accepts: impl AsyncFnMut(Candidate<'_>) -> bool,
    ) {
        let kind = match making.request.action {
            SocketAction::Connect(_) => Kind::Connect,
            SocketAction::Send { .. } | SocketAction::Receive => Kind::Message,
            SocketAction::Close => Kind::Close,
        };
        outcome.messaging = Some(Box::new(Messaging { kind, ..Messaging::default() }));
        if let SocketAction::Connect(prepared) = &making.request.action {
            return self.connect(&making, prepared, outcome).await;
        }
        let Some(index) = self.open.iter().position(|(key, _)| *key == making.request.key) else {
            return outcome.end(Some(NOT_OPEN.to_owned()));
        };
        let socket = &mut self.open[index].1;
        let deadline = making.limits.timeout.and_then(|limit| outcome.released.checked_add(limit));
        let step = Step { making: &making, socket, deadline, outcome };
        match &making.request.action {
            SocketAction::Connect(_) => {}
            SocketAction::Send { message, awaits_reply } => {
                step.send(message, *awaits_reply, accepts).await;
            }
            SocketAction::Receive => step.receive(async |_| true).await,
            SocketAction::Close => {
                step.close().await;
                self.open.swap_remove(index);
            }
        }
    }

    async fn connect(
        &mut self,
        making: &Making<'_>,
        prepared: &PreparedSocket,
        outcome: &mut Outcome,
    ) {
        let Making { client, request, limits, seq } = *making;
        // A second socket with the URL takes the place of the first one.
        self.open.retain(|(key, _)| *key != request.key);
        let opened = client.open_socket_within(limits, prepared, seq, outcome).await;
        if let Some((sender, receiver)) = opened {
            let socket = OpenSocket::new(sender, receiver, self.keeps_all);
            self.open.push((request.key.clone(), socket));
        }
    }
}

/// A step on an open socket.
struct Step<'a> {
    making: &'a Making<'a>,
    socket: &'a mut OpenSocket,
    deadline: Option<Instant>,
    outcome: &'a mut Outcome,
}

impl Step<'_> {
    async fn send(
        mut self,
        message: &SocketMessage,
        awaits_reply: bool,
        accepts: impl AsyncFnMut(Candidate<'_>) -> bool,
    ) {
        if awaits_reply {
            self.socket.await_new();
        }
        let sent = match self.socket.send(message) {
            Ok(sent) => sent,
            Err(error) => {
                self.socket.await_none();
                return self.outcome.end(Some(error));
            }
        };
        self.outcome.bytes_out = message.len() as u64;
        self.noted().messages_out = 1;
        if awaits_reply {
            let mut sending = Sending { step: self, sent };
            sending.step.receive_one(accepts).await;
        } else {
            self.outcome.end(None);
            self.note_sent(&sent);
        }
    }

    async fn receive(mut self, accepts: impl AsyncFnMut(Candidate<'_>) -> bool) {
        self.receive_one(accepts).await;
    }

    /// Waits for a message that is accepted.
    async fn receive_one(&mut self, accepts: impl AsyncFnMut(Candidate<'_>) -> bool) {
        let found = clock::limit(self.deadline, self.accepted(accepts)).await;
        self.socket.await_none();
        let outcome = &mut *self.outcome;
        match found {
            None => {
                let limit = GoDuration(self.making.limits.timeout.unwrap_or_default());
                outcome.end(Some(format!("no reply within {limit}")));
            }
            Some(Err(reason)) => outcome.end(Some(reason)),
            Some(Ok(Arrived { bytes, at })) => {
                outcome.body = self.making.client.keep(bytes, self.making.limits.max_body);
                outcome.end(None);
                outcome.latency = at.saturating_duration_since(outcome.released);
            }
        }
    }

    /// Reads messages up to the first that is accepted.
    async fn accepted(
        &mut self,
        mut accepts: impl AsyncFnMut(Candidate<'_>) -> bool,
    ) -> Result<Arrived, String> {
        loop {
            let arrived = self.socket.next().await.map_err(|end| end.reason())?;
            let noted = self.noted();
            noted.messages_in = noted.messages_in.saturating_add(1);
            let latency = arrived.at.saturating_duration_since(self.outcome.released);
            let url = &self.making.request.url;
            if accepts(Candidate { url, bytes: &arrived.bytes, latency }).await {
                return Ok(arrived);
            }
        }
    }

    async fn close(self) {
        let Self { making, socket, deadline, outcome } = self;
        let Some((end, n_messages)) = clock::limit(deadline, socket.close()).await else {
            let limit = GoDuration(making.limits.timeout.unwrap_or_default());
            return outcome
                .end(Some(format!("the server did not close the socket within {limit}")));
        };
        let noted = outcome.messaging.get_or_insert_default();
        (noted.close_code, noted.messages_in) = (end.close_code, n_messages);
        outcome.end(end.error);
    }

    fn noted(&mut self) -> &mut Messaging {
        self.outcome.messaging.get_or_insert_default()
    }

    fn note_sent(&mut self, sent: &Sent) {
        let released = self.outcome.released;
        self.noted().sent = sent.at().map(|at| at.saturating_duration_since(released));
    }
}

/// A step that has sent a message. When dropped, it notes when the system had the message.
struct Sending<'a> {
    step: Step<'a>,
    sent: Sent,
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.step.note_sent(&self.sent);
    }
}
