//! Long-lived streams: messages are sent at any time, and those received are passed on.

mod sender;
mod receiver;

pub use receiver::{CallReceiver, StreamEnd};
pub use sender::{CallMessage, CallSender};

use crate::client::connection::{Problem, Unanswered};
use crate::client::grpc::prepared::PreparedCall;
use crate::client::hit::retry::{Attempt, Retries};
use crate::client::response::grpc_status::DEADLINE_EXCEEDED;
use crate::client::{Client, Outcome, failure, http2};
use crate::clock;

impl Client {
    /// Opens a stream as hit `seq`: waits for a connection and sends the head of the request. The
    /// server may send its head only with its first message, so that messages can be sent before.
    ///
    /// None if that fails; then the outcome is over. The timeout of hits limits the wait, but not
    /// the stream.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, `outcome` holds what was known until then.
    pub async fn open_stream<'a>(
        &'a self,
        call: &'a PreparedCall,
        seq: u64,
        outcome: &mut Outcome,
    ) -> Option<(CallSender, CallReceiver<'a>)> {
        let deadline = self.limits().timeout.map(|timeout| outcome.released + timeout);
        let failure = match clock::limit(deadline, self.begin_stream(call, seq, outcome)).await {
            Some(Ok(opened)) => return Some(opened),
            Some(Err(failure)) => failure,
            None => DEADLINE_EXCEEDED.to_owned(),
        };
        outcome.end(Some(failure));
        None
    }

    async fn begin_stream<'a>(
        &'a self,
        call: &'a PreparedCall,
        seq: u64,
        outcome: &mut Outcome,
    ) -> Result<(CallSender, CallReceiver<'a>), String> {
        let mut retries = Retries::default();
        let of_call = |cause: &str| failure::of_grpc(&call.text, cause);
        loop {
            let lease = self.lease(call.channels.next(), outcome).await;
            let mut lease = lease.map_err(|cause| of_call(&cause))?;
            let attempt =
                Attempt { is_reused: lease.is_reused(), is_http2: true, is_idempotent: false };
            let Some(stream) = lease.connection().as_http2() else {
                return Err(of_call("http2: the connection uses HTTP/1.1"));
            };
            let unanswered = match stream.open(call.head(seq, None), false) {
                Ok((pending, outgoing)) => {
                    let sender = CallSender::new(outgoing);
                    let receiver = CallReceiver::new(self, call, lease, pending);
                    return Ok((sender, receiver));
                }
                Err(unanswered) => unanswered_by(unanswered),
            };
            let Some(pause) = retries.pause_before_next(&unanswered, attempt) else {
                return Err(of_call(&unanswered.problem.cause()));
            };
            drop(lease);
            clock::pause(pause).await;
        }
    }
}

/// Returns why there is no response.
fn unanswered_by(unanswered: http2::Unanswered) -> Unanswered {
    let http2::Unanswered { error, is_unsent } = unanswered;
    Unanswered { problem: Problem::Http2(error), is_unsent }
}
