//! The service `grpc.health.v1.Health`.
//!
//! Source: gRPC, "GRPC Health Checking Protocol".

use std::collections::HashMap;

use bytes::Bytes;
use prost::Message;

use crate::serve::grpc::echo::decode;
use crate::serve::grpc::status::{Code, Status};

/// The service is healthy.
const SERVING: i32 = 1;

/// There is no such service, which only Watch reports in this way.
const SERVICE_UNKNOWN: i32 = 3;

#[derive(Clone, PartialEq, Message)]
struct HealthCheckRequest {
    #[prost(string, tag = "1")]
    service: String,
}

#[derive(Clone, PartialEq, Message)]
struct HealthCheckResponse {
    #[prost(int32, tag = "1")]
    status: i32,
}

#[derive(Clone, PartialEq, Message)]
struct HealthListResponse {
    #[prost(map = "string, message", tag = "1")]
    statuses: HashMap<String, HealthCheckResponse>,
}

/// Returns the health of the service in a request; an empty name stands for the whole server.
///
/// # Errors
///
/// The status for a service that does not exist, and for bytes that are no request.
pub fn check(request: &Bytes, services: &[String]) -> Result<Bytes, Status> {
    match status_of(request, services)? {
        SERVING => Ok(encoded(SERVING)),
        _ => Err(Status::new(Code::NOT_FOUND, "unknown service")),
    }
}

/// Returns the first response of Watch.
///
/// # Errors
///
/// The status for bytes that are no request.
pub fn watched(request: &Bytes, services: &[String]) -> Result<Bytes, Status> {
    status_of(request, services).map(encoded)
}

/// Returns the health of all services.
pub fn list(services: &[String]) -> Bytes {
    let statuses = services.iter().map(String::as_str).chain([""]);
    let statuses = statuses.map(|name| (name.to_owned(), HealthCheckResponse { status: SERVING }));
    HealthListResponse { statuses: statuses.collect() }.encode_to_vec().into()
}

fn status_of(request: &Bytes, services: &[String]) -> Result<i32, Status> {
    let HealthCheckRequest { service } = decode(request)?;
    let is_served = service.is_empty() || services.contains(&service);
    Ok(if is_served { SERVING } else { SERVICE_UNKNOWN })
}

fn encoded(status: i32) -> Bytes {
    HealthCheckResponse { status }.encode_to_vec().into()
}
