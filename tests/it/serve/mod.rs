//! The server of `drumfire serve` beyond HTTP/1.1.

/// Calls a method without a schema.
mod client;

mod http2;
mod grpc;
mod grpc_routes;
