//! gRPC: calls of all four types over HTTP/2.
//!
//! Source: gRPC over HTTP/2.

mod status;
mod framing;
mod timeout;
mod outbox;
mod echo;
mod health;
mod reflection;
mod spec;
mod answer;
mod calls;
mod call;

pub use answer::Answer;
pub use call::Call;
pub use calls::{Calls, ServedMethod};
pub use framing::{Encoding, Inbox};
pub use outbox::{CallBody, Outbox, respond};
pub use spec::CallSpec;
pub use status::{Code, Status};
pub use timeout::of_request as timeout_of;

use http::header::CONTENT_TYPE;
use http::{Method, Request, Version};

/// Returns whether a request is a gRPC call.
pub fn is_call<B>(request: &Request<B>) -> bool {
    let content_type =
        request.headers().get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    let rest = content_type.strip_prefix(b"application/grpc");
    let is_grpc = matches!(rest, Some([] | [b'+' | b';', ..]));
    is_grpc && request.version() == Version::HTTP_2 && request.method() == Method::POST
}
