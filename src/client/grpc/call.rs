//! One call: request, response, retries, and when a stream is ended.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use http::HeaderMap;
use tokio::time::Instant;

use crate::client::connection::{Problem, Unanswered};
use crate::client::failure;
use crate::client::grpc::inbox::{Inbox, Stored};
use crate::client::grpc::prepared::{CallKind, PreparedCall};
use crate::client::grpc::reader::Rules;
use crate::client::grpc::sender::{Sender, Sent};
use crate::client::hit::retry::{Attempt, Retries};
use crate::client::http2::{self, Incoming, Pending};
use crate::client::options::HitLimits;
use crate::client::response::grpc_status::{
    DEADLINE_EXCEEDED, Form, NO_MESSAGE, NO_RESPONSE, NO_STATUS, SEVERAL_MESSAGES, Status,
};
use crate::client::{Client, Outcome};
use crate::clock;

/// How long a server may take to end a stream whose client has ended its side because of
/// `-stream-length`.
const GRACE: Duration = Duration::from_secs(1);

/// Why a call failed, as a text for the record.
enum Failure {
    /// No response arrived.
    Unanswered(Unanswered),
    /// The response broke off or is malformed.
    Broken(String),
}

/// The outcome of a call that runs. When dropped, it learns what was sent.
struct Running<'a> {
    outcome: &'a mut Outcome,
    sent: &'a Sent,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.sent.store(self.outcome);
    }
}

/// One call with all that it depends on.
struct Run<'a> {
    client: &'a Client,
    call: &'a PreparedCall,
    seq: u64,
    limits: HitLimits,
    deadline: Option<Instant>,
}

impl Client {
    /// Makes a call as hit `seq` and fills in its outcome.
    ///
    /// A call is a success if the response has HTTP status 200 and gRPC status 0. A stream that
    /// [`CallOptions::stream_length`](crate::client::CallOptions::stream_length) ends is one as
    /// well, without a gRPC status, if nothing failed until then.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the stream of the call is reset and `outcome` holds what was known
    /// until then.
    pub async fn call(&self, call: &PreparedCall, seq: u64, outcome: &mut Outcome) {
        self.call_within(self.limits(), call, seq, outcome).await;
    }

    /// Makes a call as [`Client::call`] does, with separate limits. Those on redirects and decoding
    /// have no effect.
    ///
    /// # Cancel safety
    ///
    /// The same as [`Client::call`].
    pub async fn call_within(
        &self,
        limits: HitLimits,
        call: &PreparedCall,
        seq: u64,
        outcome: &mut Outcome,
    ) {
        let deadline = limits.timeout.and_then(|timeout| outcome.released.checked_add(timeout));
        outcome.messaging = Some(Box::default());
        let run = Run { client: self, call, seq, limits, deadline };
        let failure = match clock::limit(deadline, run.make(outcome)).await {
            Some(made) => made.err(),
            // The server's own DeadlineExceeded is a status; this one is not.
            None => Some(DEADLINE_EXCEEDED.to_owned()),
        };
        outcome.end(failure);
    }
}

impl Run<'_> {
    /// Makes the call, again if [`Retries`] allow it.
    async fn make(&self, outcome: &mut Outcome) -> Result<(), String> {
        let mut retries = Retries::default();
        let of_call = |cause: &str| failure::of_grpc(&self.call.text, cause);
        loop {
            let lease = self.client.lease(self.call.channels.next(), outcome).await;
            let mut lease = lease.map_err(|cause| of_call(&cause))?;
            let is_reused = lease.is_reused();
            let Some(stream) = lease.connection().as_http2() else {
                return Err(of_call("http2: the connection uses HTTP/1.1"));
            };
            let unanswered = match self.exchange(stream, outcome).await {
                Ok(()) => {
                    if self.client.shared.options.keepalive {
                        lease.give_back();
                    }
                    return Ok(());
                }
                Err(Failure::Broken(text)) => return Err(text),
                Err(Failure::Unanswered(unanswered)) => unanswered,
            };
            let attempt = Attempt { is_reused, is_http2: true, is_idempotent: false };
            let Some(pause) = retries.pause_before_next(&unanswered, attempt) else {
                return Err(of_call(&unanswered.problem.cause()));
            };
            drop(lease);
            if !pause.is_zero() {
                clock::pause(pause).await;
            }
            // The record counts requests that the server may have seen more than once.
            if !unanswered.is_unsent {
                outcome.add_retry();
            }
        }
    }

    /// Sends the request over a stream and reads its response.
    async fn exchange(
        &self,
        stream: &mut http2::Stream,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        let options = &self.client.shared.options.calls;
        let end = options.stream_length.and_then(|length| outcome.released.checked_add(length));
        let (pending, outgoing) = stream.open(self.call.head(self.seq, self.deadline), false)?;
        let sent = Sent::default();
        let mut sender = Sender::new(self.call, outgoing, &sent);
        let running = Running { outcome, sent: &sent };
        if self.call.kind.is_client_streaming {
            let sending = sender.send_all(options, end);
            // Boxed, since every call would reserve memory for what only streams need.
            let reading = Box::pin(self.read_until(end, running, stream, pending));
            return Box::pin(while_reading(sending, reading)).await;
        }
        sender.send_single();
        match end.filter(|_| self.call.kind.is_server_streaming) {
            None => self.read_response(running.outcome, stream, pending).await,
            end => Box::pin(self.read_until(end, running, stream, pending)).await,
        }
    }

    /// Reads the response, until a stream of the server is ended at an instant.
    async fn read_until(
        &self,
        end: Option<Instant>,
        running: Running<'_>,
        stream: &mut http2::Stream,
        pending: Pending,
    ) -> Result<(), Failure> {
        let sent = running.sent;
        let ended = {
            let mut reading = pin!(self.read_response(running.outcome, stream, pending));
            let limit = end.filter(|_| self.call.kind.is_server_streaming);
            let mut ended = clock::limit(limit, reading.as_mut()).await;
            if ended.is_none() && sent.is_cut() && !sent.is_canceled() {
                let grace = end.map(|end| end + GRACE);
                ended = clock::limit(grace, reading).await;
            }
            ended
        };
        match ended {
            Some(done) if done.is_ok() || !sent.is_canceled() => done,
            _ if running.outcome.code == 0 => Err(Failure::Broken(NO_RESPONSE.to_owned())),
            // The stream is reset when its handles are dropped.
            _ => Ok(()),
        }
    }

    /// Reads the response to its end.
    async fn read_response(
        &self,
        outcome: &mut Outcome,
        stream: &mut http2::Stream,
        mut pending: Pending,
    ) -> Result<(), Failure> {
        let peer = stream.peer();
        let (head, mut body) = stream.head(&mut pending).await?;
        outcome.peer = peer;
        let form = Form::of(&head);
        outcome.begin_call_response(head);
        match form {
            Form::Grpc => {}
            Form::Http => return Ok(()),
            Form::Other(problem) => {
                outcome.error = Some(problem);
                return Ok(());
            }
        }
        self.read_messages(outcome, &mut body).await.map_err(Failure::Broken)?;
        let trailers = body.trailers().await;
        let trailers = trailers.map_err(|error| Failure::Broken(error.body_wording()))?;
        finish(self.call.kind, outcome, trailers).map_err(Failure::Broken)
    }

    /// Reads the messages of a response.
    async fn read_messages(
        &self,
        outcome: &mut Outcome,
        body: &mut Incoming,
    ) -> Result<(), String> {
        let Outcome { released, body: kept, messaging, headers, .. } = outcome;
        let stored = Stored {
            released: *released,
            keeps_all: self.limits.keeps_messages,
            body: kept,
            noted: messaging.get_or_insert_default(),
        };
        let rules = Rules {
            max_message: self.client.shared.options.calls.max_message,
            max_body: self.limits.max_body,
            memory: &self.client.shared.bodies,
        };
        let mut inbox = Inbox::new(headers.get_or_insert_default(), rules, stored);
        while let Some(data) = body.data().await {
            let data = data.map_err(|error| error.body_wording())?;
            inbox.take(&data, clock::now()).await?;
        }
        inbox.end()
    }
}

/// Adds the trailers to an outcome, and the status that the server has sent.
///
/// # Errors
///
/// If there is no status, or not one message as a call without a stream needs it.
fn finish(
    kind: CallKind,
    outcome: &mut Outcome,
    trailers: Option<HeaderMap>,
) -> Result<(), String> {
    let headers = outcome.headers.get_or_insert_default();
    let status = trailers.as_ref().and_then(Status::of).or_else(|| Status::of(headers));
    for (name, value) in trailers.iter().flatten() {
        // Both fit into the limit on heads, but a map has its own.
        let _ = headers.try_append(name, value.clone());
    }
    let Some(status) = status else {
        // The status of HTTP says more than the lack of one of gRPC.
        return if outcome.error.is_some() { Ok(()) } else { Err(NO_STATUS.to_owned()) };
    };
    let messaging = outcome.messaging.get_or_insert_default();
    messaging.grpc_status = status.number;
    let n_messages = messaging.messages_in;
    outcome.error = status.error.or(outcome.error.take());
    match n_messages {
        _ if outcome.error.is_some() || kind.is_server_streaming => Ok(()),
        0 => Err(NO_MESSAGE.to_owned()),
        1 => Ok(()),
        _ => Err(SEVERAL_MESSAGES.to_owned()),
    }
}

/// Sends while the response is read, until that has ended.
async fn while_reading<T>(
    sending: impl Future<Output = ()>,
    reading: impl Future<Output = T>,
) -> T {
    let (mut sending, mut reading) = (pin!(sending), pin!(reading));
    let mut is_sent = false;
    poll_fn(|context| {
        is_sent = is_sent || sending.as_mut().poll(context).is_ready();
        reading.as_mut().poll(context)
    })
    .await
}

impl From<http2::Unanswered> for Failure {
    fn from(unanswered: http2::Unanswered) -> Self {
        let http2::Unanswered { error, is_unsent } = unanswered;
        Self::Unanswered(Unanswered { problem: Problem::Http2(error), is_unsent })
    }
}
