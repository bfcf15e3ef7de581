//! The side of a stream that receives.

use http::HeaderMap;

use crate::client::connection::connector::Connector;
use crate::client::grpc::prepared::PreparedCall;
use crate::client::grpc::reader::{MessageReader, Received, Rules};
use crate::client::grpc::stream::unanswered_by;
use crate::client::http2::{Incoming, Pending};
use crate::client::messages::Reply;
use crate::client::pool::Lease;
use crate::client::response::grpc_status::{Form, NO_STATUS, Status};
use crate::client::{Client, Outcome, failure};
use crate::clock;

/// Receives what the server sends on a stream.
pub struct CallReceiver<'a> {
    client: &'a Client,
    call: &'a PreparedCall,
    lease: Lease<Connector>,
    pending: Pending,
    /// The head and the body of the response. None before.
    response: Option<(HeaderMap, Incoming)>,
    /// The status in a head without messages after it. None in all other cases.
    ended: Option<Status>,
}

/// How a stream ended.
#[derive(Debug)]
pub struct StreamEnd {
    /// The gRPC status. None if the server sent none.
    pub grpc_status: Option<u8>,
    /// Why the stream failed. None for the status OK.
    pub error: Option<String>,
    /// The metadata after the last message. None without any.
    pub trailers: Option<HeaderMap>,
    /// Number of bytes of the memory for bodies that an incomplete message holds.
    pub claimed: usize,
}

impl<'a> CallReceiver<'a> {
    /// Returns the receiver of a request whose head was sent.
    pub(super) fn new(
        client: &'a Client,
        call: &'a PreparedCall,
        lease: Lease<Connector>,
        pending: Pending,
    ) -> Self {
        Self { client, call, lease, pending, response: None, ended: None }
    }

    /// Waits for the head of the response, and fills it in.
    ///
    /// # Errors
    ///
    /// Why the server does not serve the stream. The outcome is not over then.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the stream cannot be read any more.
    pub async fn head(&mut self, outcome: &mut Outcome) -> Result<(), String> {
        let of_call = |cause: &str| failure::of_grpc(&self.call.text, cause);
        let Some(stream) = self.lease.connection().as_http2() else {
            return Err(of_call("http2: the connection uses HTTP/1.1"));
        };
        let head = stream.head(&mut self.pending).await;
        let (head, body) =
            head.map_err(|failed| of_call(&unanswered_by(failed).problem.cause()))?;
        let form = Form::of(&head);
        outcome.peer = stream.peer();
        outcome.begin_call_response(head);
        let headers = outcome.headers.get_or_insert_default();
        // A status in the head is the end of the stream. One without messages may be a success.
        if let Some(mut status) = Status::of(headers) {
            outcome.messaging.get_or_insert_default().grpc_status = status.number;
            let error = status.error.take();
            self.ended = Some(status);
            return error.map_or(Ok(()), Err);
        }
        match form {
            Form::Grpc => {}
            Form::Http => return Err(outcome.error.take().unwrap_or_default()),
            Form::Other(problem) => return Err(problem),
        }
        self.response = Some((headers.clone(), body));
        Ok(())
    }

    /// Passes on each message of the server, until the stream ends.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the stream is reset.
    pub async fn read(mut self, mut on_message: impl FnMut(Reply)) -> StreamEnd {
        let mut claimed = 0;
        if let Some(Status { number, error }) = self.ended.take() {
            return StreamEnd { grpc_status: number, error, trailers: None, claimed };
        }
        let read = self.read_messages(&mut on_message, &mut claimed).await;
        let trailers = match (read, &mut self.response) {
            (Ok(()), Some((_, body))) => {
                body.trailers().await.map_err(|error| error.body_wording())
            }
            (Ok(()), None) => Ok(None),
            (Err(error), _) => Err(error),
        };
        let (trailers, failure) = match trailers {
            Ok(trailers) => (trailers, None),
            Err(failure) => (None, Some(failure)),
        };
        let status = trailers.as_ref().and_then(Status::of);
        let grpc_status = status.as_ref().and_then(|status| status.number);
        let error = match status {
            Some(status) => status.error,
            None => failure.or_else(|| Some(NO_STATUS.to_owned())),
        };
        if error.is_none() && self.client.shared.options.keepalive {
            self.lease.give_back();
        }
        StreamEnd { grpc_status, error, trailers, claimed }
    }

    /// Passes on each message, and sets what an incomplete one has claimed.
    async fn read_messages(
        &mut self,
        on_message: &mut impl FnMut(Reply),
        claimed: &mut usize,
    ) -> Result<(), String> {
        let Some((headers, body)) = &mut self.response else { return Ok(()) };
        let shared = &self.client.shared;
        let rules = Rules {
            max_message: shared.options.calls.max_message,
            max_body: self.client.limits().max_body,
            memory: &shared.bodies,
        };
        let mut reader = MessageReader::new(headers, rules, 0);
        let read = async {
            while let Some(data) = body.data().await {
                let data = data.map_err(|error| error.body_wording())?;
                let at = clock::now();
                let pass_on = |received: Received| {
                    let Received { kept, len } = received;
                    on_message(Reply { body: kept, len: len as u64, at });
                    0
                };
                reader.take(&data, pass_on).await?;
            }
            reader.end()
        };
        let read = read.await;
        *claimed = reader.discard();
        read
    }
}
