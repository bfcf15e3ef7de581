//! Names and types of the columns of a stream.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, TimeUnit};

/// Names of the columns, in order.
pub const SEQ: &str = "seq";
pub const TIMESTAMP: &str = "timestamp";
pub const LAG: &str = "lag";
pub const LATENCY: &str = "latency";
pub const CONNECT: &str = "connect";
pub const FIRST_BYTE: &str = "first_byte";
pub const CODE: &str = "code";
pub const BYTES_OUT: &str = "bytes_out";
pub const BYTES_IN: &str = "bytes_in";
pub const RETRIES: &str = "retries";
pub const ATTACK: &str = "attack";
pub const NAME: &str = "name";
pub const METHOD: &str = "method";
pub const URL: &str = "url";
pub const ERROR: &str = "error";
pub const HEADERS: &str = "headers";
pub const BODY: &str = "body";

/// Names of the columns that only streams of flows have, in order.
pub const FLOW: &str = "flow";
pub const FLOW_SEQ: &str = "flow_seq";
pub const FLOW_HIT: &str = "flow_hit";
pub const STEP: &str = "step";
pub const ATTEMPT: &str = "attempt";
pub const CHECKS: &str = "checks";
pub const CHECKS_FAILED: &str = "checks_failed";
pub const FLOW_TIME: &str = "flow_time";
pub const FLOW_THOUGHT: &str = "flow_thought";
pub const FLOW_FAILED: &str = "flow_failed";

/// The columns that every stream must have.
pub const REQUIRED: [&str; 6] = [SEQ, TIMESTAMP, LATENCY, CODE, BYTES_OUT, BYTES_IN];

/// The columns that are counted and summed.
pub const NUMBERS: [&str; 14] = [
    TIMESTAMP,
    LAG,
    LATENCY,
    CODE,
    BYTES_OUT,
    BYTES_IN,
    RETRIES,
    ERROR,
    FLOW_HIT,
    CHECKS,
    CHECKS_FAILED,
    FLOW_TIME,
    FLOW_THOUGHT,
    FLOW_FAILED,
];

/// The columns by which records are grouped.
pub const LABELS: [&str; 5] = [ATTACK, NAME, METHOD, URL, FLOW];

/// Names in the map of headers.
const ENTRIES: &str = "entries";
const KEY: &str = "key";
const VALUE: &str = "value";

/// Returns the schema of a batch with all columns of requests that are in no flow.
pub fn all() -> Schema {
    let duration = DataType::Duration(TimeUnit::Nanosecond);
    let timestamp = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    Schema::new(vec![
        Field::new(SEQ, DataType::UInt64, false),
        Field::new(TIMESTAMP, timestamp, false),
        Field::new(LAG, duration.clone(), true),
        Field::new(LATENCY, duration.clone(), false),
        Field::new(CONNECT, duration.clone(), true),
        Field::new(FIRST_BYTE, duration, true),
        Field::new(CODE, DataType::UInt16, false),
        Field::new(BYTES_OUT, DataType::UInt64, false),
        Field::new(BYTES_IN, DataType::UInt64, false),
        Field::new(RETRIES, DataType::UInt8, false),
        Field::new(ATTACK, word_type(), false),
        Field::new(NAME, word_type(), false),
        Field::new(METHOD, word_type(), false),
        Field::new(URL, word_type(), false),
        Field::new(ERROR, DataType::Utf8, true),
        Field::new(HEADERS, headers_type(), true),
        Field::new(BODY, DataType::Binary, true),
    ])
}

/// Returns the schema of a batch with all columns, also those of flows.
pub fn with_flows() -> Schema {
    let duration = DataType::Duration(TimeUnit::Nanosecond);
    let flows = [
        (FLOW, word_type()),
        (FLOW_SEQ, DataType::UInt64),
        (FLOW_HIT, DataType::UInt32),
        (STEP, DataType::UInt16),
        (ATTEMPT, DataType::UInt16),
        (CHECKS, DataType::UInt16),
        (CHECKS_FAILED, DataType::UInt16),
        (FLOW_TIME, duration.clone()),
        (FLOW_THOUGHT, duration),
        (FLOW_FAILED, DataType::Boolean),
    ];
    let plain = all();
    let flows = flows.map(|(name, column)| Arc::new(Field::new(name, column, true)));
    Schema::new(plain.fields().iter().cloned().chain(flows).collect::<Vec<_>>())
}

/// Returns the type of a text that recurs. The keys are signed, as pandas requires.
fn word_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Returns the type of the headers: a map from name to value.
fn headers_type() -> DataType {
    DataType::Map(header_entries(), false)
}

/// Returns the field of the entries in the map of headers.
pub fn header_entries() -> FieldRef {
    Arc::new(Field::new(ENTRIES, DataType::Struct(header_fields()), false))
}

/// Returns the two fields of a header.
pub fn header_fields() -> Fields {
    Fields::from(vec![Field::new(KEY, word_type(), false), Field::new(VALUE, word_type(), true)])
}
