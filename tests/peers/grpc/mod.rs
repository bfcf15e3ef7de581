//! gRPC by others: clients of `serve`.

mod grpcurl;
mod grpcio;
