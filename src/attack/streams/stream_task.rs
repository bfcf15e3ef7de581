//! The task of a stream: it opens the stream, passes on its replies, and records how both ended.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::attack::hit_task::HitContext;
use crate::attack::streams::flight::Label;
use crate::attack::streams::long_stream::LongStream;
use crate::attack::target_choice::{Goal, PreparedTarget};
use crate::client::{CallReceiver, CallSender, INTERRUPTED, Outcome, StreamEnd};
use crate::clock;
use crate::record::{Headers, Kind, Messaging, Record};

/// Why a stream ended that the attack still needed, if the server reported no error.
const ENDED_EARLY: &str = "the server ended the stream";

/// How long a server may take to end a stream after the last reply.
pub const CLOSE_WAIT: Duration = Duration::from_secs(5);

/// The error of a stream that the server did not end in that time.
const NOT_ENDED: &str = "the server did not end the stream within 5s";

/// The task of a stream.
pub struct StreamTask {
    pub context: Rc<HitContext>,
    pub stream: Rc<LongStream<CallSender>>,
    /// Number of the connect among the hits of the attack.
    pub seq: u64,
    /// When the connect was due.
    pub scheduled: Option<Instant>,
    /// Counts the stream until it has ended.
    pub token: TaskTrackerToken,
}

impl StreamTask {
    /// Opens the stream and reads it to its end. If dropped earlier, it records what was known.
    pub async fn run(self) {
        let Self { context, stream, seq, scheduled, token: _token } = self;
        let Goal::Call(call) = &stream.label.target.goal else { return };
        let mut connect = Connect::new(context.clone(), stream.label.clone(), seq, scheduled);
        let opened = context.client.open_stream(call, seq, &mut connect.outcome).await;
        let Some((sender, mut receiver)) = opened else {
            stream.end(connect.outcome.error.as_deref());
            return;
        };
        connect.opened = Some(clock::now());
        context.progress.stream_opened();
        let _open = Open(&context);
        stream.open(sender);
        let head = receiver.head(&mut connect.outcome).await;
        let is_used = stream.traffic().n_out > 0;
        connect.end(head.as_ref().err().cloned(), is_used);
        let code = connect.outcome.code;
        drop(connect);
        match head {
            Err(error) => stream.end(Some(&error)),
            Ok(()) => read(&context, &stream, receiver, Ending { seq, code }).await,
        }
    }
}

/// What the record of a stream's end repeats from its beginning.
#[derive(Clone, Copy)]
struct Ending {
    seq: u64,
    /// HTTP status.
    code: u16,
}

/// Passes on the replies of a stream until it ends.
async fn read(
    context: &Rc<HitContext>,
    stream: &Rc<LongStream<CallSender>>,
    receiver: CallReceiver<'_>,
    ending: Ending,
) {
    let mut close = Close { context, stream, ending, end: None };
    let end = receiver.read(|reply| stream.receive(reply)).await;
    let error = end.error.clone();
    close.end = Some(end);
    // The record needs to know whether the stream was closed by this side.
    drop(close);
    stream.end(error.as_deref());
}

/// Counts a stream as open.
struct Open<'a>(&'a HitContext);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.progress.stream_ended();
    }
}

/// The connect of a stream. When dropped, it writes its record.
struct Connect {
    context: Rc<HitContext>,
    label: Rc<Label>,
    seq: u64,
    scheduled: Option<Instant>,
    outcome: Outcome,
    /// When messages could be sent. None before.
    opened: Option<Instant>,
}

impl Connect {
    /// Begins a connect.
    fn new(
        context: Rc<HitContext>,
        label: Rc<Label>,
        seq: u64,
        scheduled: Option<Instant>,
    ) -> Self {
        Self { context, label, seq, scheduled, outcome: Outcome::released_now(), opened: None }
    }

    /// Ends the connect when the head of the response has arrived, or did not. Some servers send it
    /// with their first reply; a stream that was used before counts as open since messages could be
    /// sent.
    fn end(&mut self, failure: Option<String>, is_used: bool) {
        let has_failed = failure.is_some();
        self.outcome.end(failure);
        if let Some(opened) = self.opened.filter(|_| is_used && !has_failed) {
            self.outcome.latency = opened - self.outcome.released;
        }
    }
}

impl Drop for Connect {
    fn drop(&mut self) {
        if !self.outcome.is_over() {
            let failure = self.opened.is_none().then(|| INTERRUPTED.to_owned());
            self.end(failure, true);
        }
        let HitContext { recorder, epoch, attack, .. } = &*self.context;
        let outcome = &self.outcome;
        let lag = self.scheduled.map(|slot| outcome.released.saturating_duration_since(slot));
        let PreparedTarget { goal, name } = &*self.label.target;
        let messaging = Messaging {
            kind: Kind::Connect,
            grpc_status: outcome.messaging.as_ref().and_then(|messaging| messaging.grpc_status),
            socket: Some(self.label.number),
            ..Messaging::default()
        };
        let record = Record {
            attack,
            seq: self.seq,
            code: outcome.code,
            timestamp_ns: epoch.wall_ns_of(outcome.released),
            latency: outcome.latency,
            lag,
            connect: outcome.connect,
            first_byte: outcome.first_byte,
            retries: outcome.retries,
            error: outcome.error.as_deref(),
            name,
            method: goal.method(),
            url: goal.url(),
            headers: outcome.headers.as_ref().map(Headers::Received),
            messaging: Some(messaging),
            ..Record::default()
        };
        recorder.push(&record, 0);
    }
}

/// The end of a stream. When dropped, it writes its record.
struct Close<'a> {
    context: &'a HitContext,
    stream: &'a LongStream<CallSender>,
    ending: Ending,
    /// How the stream ended. None if it is cut off.
    end: Option<StreamEnd>,
}

impl Close<'_> {
    /// Returns why the stream ended against the plan. None if it did not.
    fn error(&self, closed: Option<Instant>) -> Option<&str> {
        match (&self.end, closed) {
            (Some(StreamEnd { error: Some(error), .. }), _) => Some(error),
            (Some(_), None) => Some(ENDED_EARLY),
            (Some(_), Some(_)) => None,
            (None, Some(closed)) if clock::now() >= closed + CLOSE_WAIT => Some(NOT_ENDED),
            (None, _) => Some(INTERRUPTED),
        }
    }
}

impl Drop for Close<'_> {
    fn drop(&mut self) {
        let HitContext { recorder, epoch, attack, .. } = self.context;
        let (closed, now) = (self.stream.closed_at(), clock::now());
        let label = &self.stream.label;
        let PreparedTarget { goal, name } = &*label.target;
        let traffic = self.stream.traffic();
        let messaging = Messaging {
            kind: Kind::Close,
            grpc_status: self.end.as_ref().and_then(|end| end.grpc_status),
            messages_in: traffic.n_in,
            messages_out: traffic.n_out,
            socket: Some(label.number),
            ..Messaging::default()
        };
        let trailers = self.end.as_ref().and_then(|end| end.trailers.as_ref());
        let record = Record {
            attack,
            seq: self.ending.seq,
            code: self.ending.code,
            timestamp_ns: epoch.wall_ns_of(closed.unwrap_or(now)),
            latency: closed.map_or(Duration::ZERO, |closed| now - closed),
            error: self.error(closed),
            name,
            method: goal.method(),
            url: goal.url(),
            headers: trailers.map(Headers::Received),
            messaging: Some(messaging),
            ..Record::default()
        };
        recorder.push(&record, self.end.as_ref().map_or(0, |end| end.claimed));
    }
}
