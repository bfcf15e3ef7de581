//! The headers of a call: metadata of the target, and those that gRPC prescribes.
//!
//! Source: gRPC over HTTP/2, Requests.

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, TE};

use crate::client::request::headers::Header;

/// The header with the time left for the call.
pub const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// The header with the encoding of compressed messages, in requests and responses.
pub const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");

const GRPC_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// Returns metadata with the headers of a call, and a placeholder for the time left.
pub fn headers_of_call(mut metadata: Vec<Header>, is_compressed: bool) -> Vec<Header> {
    metadata.push((CONTENT_TYPE, HeaderValue::from_static("application/grpc")));
    metadata.push((TE, HeaderValue::from_static("trailers")));
    if is_compressed {
        metadata.push((GRPC_ENCODING, HeaderValue::from_static("gzip")));
    }
    metadata.push((GRPC_ACCEPT_ENCODING, HeaderValue::from_static("gzip,identity")));
    // With the placeholder, the headers of a call are copied without growing.
    metadata.push((GRPC_TIMEOUT, HeaderValue::from_static("0n")));
    metadata
}
