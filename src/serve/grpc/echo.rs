//! The service `drumfire.v1.Echo`, which returns what it receives.

use bytes::Bytes;
use prost::Message;

use crate::serve::grpc::status::Status;

/// A request. Source: src/protobuf/schema/builtin/echo.proto.
#[derive(Clone, PartialEq, Message)]
struct EchoRequest {
    #[prost(string, tag = "1")]
    text: String,
    #[prost(int32, tag = "2")]
    count: i32,
    #[prost(bytes = "bytes", tag = "3")]
    payload: Bytes,
}

/// A response. Source: src/protobuf/schema/builtin/echo.proto.
#[derive(Clone, PartialEq, Message)]
struct EchoResponse {
    #[prost(string, tag = "1")]
    text: String,
    #[prost(int32, tag = "2")]
    index: i32,
    #[prost(bytes = "bytes", tag = "3")]
    payload: Bytes,
    #[prost(int32, tag = "4")]
    received: i32,
}

/// Where a response is in its call.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Number of the response, from 0.
    pub index: u32,
    /// Number of requests so far.
    pub received: u32,
}

/// Returns the response to a request.
///
/// # Errors
///
/// The status for bytes that are no message of the service.
pub fn answer(request: &Bytes, place: Place) -> Result<Bytes, Status> {
    let EchoRequest { text, payload, .. } = decode(request)?;
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let (index, received) = (number(place.index), number(place.received));
    Ok(EchoResponse { text, index, payload, received }.encode_to_vec().into())
}

/// Returns how many responses a request asks for. None if it leaves the number to the server.
///
/// # Errors
///
/// As for [`answer`].
pub fn count(request: &Bytes) -> Result<Option<u32>, Status> {
    Ok(u32::try_from(decode::<EchoRequest>(request)?.count).ok().filter(|count| *count > 0))
}

/// Returns a message.
///
/// # Errors
///
/// The status for bytes that are no such message.
pub fn decode<M: Message + Default>(wire: &Bytes) -> Result<M, Status> {
    let failed = |error| Status::internal(format!("grpc: error unmarshalling request: {error}"));
    M::decode(wire.clone()).map_err(failed)
}
