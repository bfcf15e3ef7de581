//! The server of `drumfire serve` beyond HTTP/1.1.

/// Calls a method without a schema.
mod client;
/// Opens WebSockets.
mod sockets;

mod http2;
mod grpc;
mod grpc_routes;
mod websocket;
mod websocket_routes;
mod websocket_limits;
