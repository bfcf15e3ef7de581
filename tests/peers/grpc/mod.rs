//! gRPC by others: clients of `serve`, servers as the target, and what is between.

mod grpcurl;
mod grpcio;
mod servers;
mod gateways;
mod scripted;
mod messages;

use crate::support::results::{Kept, records};

/// Returns the records of a stream, sorted by number.
#[track_caller]
fn sorted(stream: &[u8]) -> Vec<Kept> {
    let mut records = records(stream);
    records.sort_by_key(|record| record.seq);
    records
}
