//! The responses of a call, from the code that makes them to the body that sends them.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::{Future, poll_fn, ready as at_once};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, Response};
use hyper::body::{Body, Frame};
use tokio::task;

use crate::serve::grpc::framing::Encoding;

/// Where a call puts its responses.
pub struct Outbox {
    slot: Rc<Slot>,
    encoding: Encoding,
}

/// What a call has to send at once.
#[derive(Default)]
struct Slot {
    /// A message with its prefix. None if the body has taken it.
    frame: RefCell<Option<Bytes>>,
    /// Whether the head of the response may be sent before a message.
    is_begun: Cell<bool>,
}

impl Slot {
    /// Returns whether the head of the response is known.
    fn has_begun(&self) -> bool {
        self.is_begun.get() || self.frame.borrow().is_some()
    }
}

impl Outbox {
    /// Sends the head of the response before the first message.
    pub fn begin(&self) {
        self.slot.is_begun.set(true);
    }

    /// Sends a message. It waits until the client accepts the message, by HTTP/2's flow control.
    ///
    /// # Cancel safety
    ///
    /// Not safe: it is unknown whether the message has been sent.
    pub async fn send(&self, message: &[u8]) {
        let mut frame = Some(self.encoding.frame(message));
        poll_fn(|_| {
            let mut slot = self.slot.frame.borrow_mut();
            match (slot.is_some(), frame.take()) {
                // The body polls the call, so it continues after it has taken the frame.
                (true, rest) => {
                    frame = rest;
                    Poll::Pending
                }
                (false, Some(first)) => {
                    *slot = Some(first);
                    Poll::Pending
                }
                (false, None) => Poll::Ready(()),
            }
        })
        .await;
        // A client with a large window would let a stream run on without a pause, while neither its
        // reset nor other calls are read.
        task::consume_budget().await;
    }
}

/// A call in progress, which ends with its trailers.
pub type Call = Pin<Box<dyn Future<Output = HeaderMap>>>;

/// Runs a call until it is known how the response begins, and returns the response with these
/// headers. If the call ends without a message, the response has its trailers as headers.
///
/// Source: gRPC over HTTP/2, Responses: `Trailers-Only`.
pub async fn respond(
    headers: HeaderMap,
    encoding: Encoding,
    call: impl FnOnce(Outbox) -> Call,
) -> Response<CallBody> {
    let slot = Rc::new(Slot::default());
    let mut call = call(Outbox { slot: slot.clone(), encoding });
    let ended = poll_fn(|context| match call.as_mut().poll(context) {
        Poll::Ready(trailers) => Poll::Ready(Some(trailers)),
        Poll::Pending if slot.has_begun() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    });
    let ended = ended.await;
    let mut response = Response::new(CallBody { slot, call: ended.is_none().then_some(call) });
    *response.headers_mut() = headers;
    response.headers_mut().extend(ended.unwrap_or_default());
    response
}

/// The body of a response: the messages of a call, then its trailers. The call runs while the body
/// is read, and ends when the body is dropped.
pub struct CallBody {
    slot: Rc<Slot>,
    /// None after the end.
    call: Option<Call>,
}

impl CallBody {
    /// Polls the call. Returns its next frame, and None while there is none.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Frame<Bytes>>> {
        let Some(call) = &mut self.call else { return Poll::Ready(None) };
        let trailers = call.as_mut().poll(context);
        if let Some(message) = self.slot.frame.take() {
            // The call has ended at its deadline: the trailers follow.
            if let Poll::Ready(trailers) = trailers {
                self.call = Some(Box::pin(at_once(trailers)));
            }
            return Poll::Ready(Some(Frame::data(message)));
        }
        let trailers = ready!(trailers);
        self.call = None;
        Poll::Ready(Some(Frame::trailers(trailers)))
    }
}

impl Body for CallBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.get_mut().poll(context).map(|frame| frame.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.call.is_none()
    }
}
