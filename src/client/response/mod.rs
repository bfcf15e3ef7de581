//! The response to a request: its head, and its body, decompressed.

pub mod head;
pub mod grpc_status;
pub mod coding;
pub mod decoder;
pub mod body_budget;
pub mod kept_body;
pub mod body_sink;
