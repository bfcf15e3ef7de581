//! gRPC by others: clients of `serve`, and servers as the target.

mod grpcurl;
mod grpcio;
mod servers;
