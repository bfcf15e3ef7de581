//! The record of a close: how a stream ended.

use std::time::Duration;

use http::HeaderMap;

use crate::attack::hit_task::HitContext;
use crate::attack::streams::long_stream::LongStream;
use crate::attack::streams::outlet::Outlet;
use crate::attack::target_choice::PreparedTarget;
use crate::client::INTERRUPTED;
use crate::clock;
use crate::record::{Headers, Kind, Messaging, Record};

/// The end of a stream. When dropped, it writes its record.
pub struct Close<'a, O: Outlet> {
    pub context: &'a HitContext,
    pub stream: &'a LongStream<O>,
    /// Number of the stream's first connect among the hits of the attack.
    pub seq: u64,
    /// HTTP status of the response that opened the stream.
    pub code: u16,
    /// How the stream ended. None if it is cut off.
    pub end: Option<Ended>,
    /// The error if it is cut off after this side had closed it, and the server had its time.
    pub not_ended: &'static str,
}

/// How a stream ended.
#[derive(Debug, Default)]
pub struct Ended {
    /// Why it ended against the plan. None if it did not.
    pub error: Option<String>,
    /// The gRPC status. None if the server sent none.
    pub grpc_status: Option<u8>,
    /// The code of the server's close frame. None without one.
    pub close_code: Option<u16>,
    /// The metadata after the last message. None without any.
    pub trailers: Option<HeaderMap>,
    /// Number of bytes of the memory for bodies that an incomplete message holds.
    pub claimed: usize,
}

/// How long a server may take to end a stream after the last reply.
pub const CLOSE_WAIT: Duration = Duration::from_secs(5);

impl<O: Outlet> Close<'_, O> {
    /// Returns why the stream ended against the plan. None if it did not.
    fn error(&self) -> Option<&str> {
        match (&self.end, self.stream.closing()) {
            (Some(Ended { error, .. }), _) => error.as_deref(),
            (None, Some(closing)) if clock::now() >= closing.at + CLOSE_WAIT => {
                Some(self.not_ended)
            }
            (None, _) => Some(INTERRUPTED),
        }
    }
}

impl<O: Outlet> Drop for Close<'_, O> {
    fn drop(&mut self) {
        let HitContext { recorder, epoch, attack, .. } = self.context;
        let (closed, now) = (self.stream.closing().map(|closing| closing.at), clock::now());
        let label = &self.stream.label;
        let PreparedTarget { goal, name } = &*label.target;
        let traffic = self.stream.traffic();
        let messaging = Messaging {
            kind: Kind::Close,
            grpc_status: self.end.as_ref().and_then(|end| end.grpc_status),
            close_code: self.end.as_ref().and_then(|end| end.close_code),
            messages_in: traffic.n_in,
            messages_out: traffic.n_out,
            socket: Some(label.number),
            ..Messaging::default()
        };
        let trailers = self.end.as_ref().and_then(|end| end.trailers.as_ref());
        let record = Record {
            attack,
            seq: self.seq,
            code: self.code,
            timestamp_ns: epoch.wall_ns_of(closed.unwrap_or(now)),
            latency: closed.map_or(Duration::ZERO, |closed| now - closed),
            error: self.error(),
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
