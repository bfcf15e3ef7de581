//! Groups of flags, each with the values that they are turned into.

pub mod load;
pub mod grpc;
pub mod websocket;
pub mod given_targets;
pub mod targets;
pub mod flows;
pub mod network;
pub mod thresholds;
