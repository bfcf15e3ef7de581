//! Tests of messages: every result is compared with that of prost-reflect.

mod marked;
mod reference;
mod messages;
mod holes;
mod invalid;
mod generated;

use std::path::PathBuf;

use crate::protobuf::{Method, Schema};

/// Returns the schema of the golden files.
fn schema() -> Schema {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/grpc"));
    Schema::from_protos(&[folder.join("all_types.proto")], &[folder]).unwrap()
}

/// Returns the method whose messages have every kind of field.
fn all_types() -> Method {
    schema().method("golden.v1.Golden/Send").unwrap()
}

/// Returns the method whose messages have what only the older syntax has.
fn legacy() -> Method {
    schema().method("golden.v1.Golden/SendLegacy").unwrap()
}
