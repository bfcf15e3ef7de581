//! Names and types of the columns of a stream.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, TimeUnit};

use crate::record::extras::Extras;

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

/// Names of the columns that only streams with calls or messages have, in order.
pub const KIND: &str = "kind";
pub const GRPC_STATUS: &str = "grpc_status";
pub const SENT: &str = "sent";
pub const FIRST_MESSAGE: &str = "first_message";
pub const GAP_MAX: &str = "gap_max";
pub const MESSAGES_IN: &str = "messages_in";
pub const MESSAGES_OUT: &str = "messages_out";
pub const SOCKET: &str = "socket";
pub const CLOSE_CODE: &str = "close_code";
pub const EXPECTED: &str = "expected";

/// The columns that every stream must have.
pub const REQUIRED: [&str; 6] = [SEQ, TIMESTAMP, LATENCY, CODE, BYTES_OUT, BYTES_IN];

/// The columns that are counted and summed.
pub const NUMBERS: [&str; 24] = [
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
    KIND,
    GRPC_STATUS,
    SENT,
    FIRST_MESSAGE,
    GAP_MAX,
    MESSAGES_IN,
    MESSAGES_OUT,
    SOCKET,
    CLOSE_CODE,
    EXPECTED,
];

/// The columns by which records are grouped.
pub const LABELS: [&str; 5] = [ATTACK, NAME, METHOD, URL, FLOW];

/// Names in the map of headers.
const ENTRIES: &str = "entries";
const KEY: &str = "key";
const VALUE: &str = "value";

/// Returns the schema of a batch: the columns of all streams, then those of some streams.
pub fn with(extras: Extras) -> Schema {
    let mut fields = plain_fields();
    let optional = |(name, column): (&str, DataType)| Field::new(name, column, true);
    if extras.flows {
        fields.extend(flow_columns().map(optional));
    }
    if extras.messaging {
        fields.extend(messaging_columns().map(optional));
    }
    Schema::new(fields)
}

/// Returns the columns of plain HTTP requests that are in no flow.
fn plain_fields() -> Vec<Field> {
    let timestamp = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    vec![
        Field::new(SEQ, DataType::UInt64, false),
        Field::new(TIMESTAMP, timestamp, false),
        Field::new(LAG, duration_type(), true),
        Field::new(LATENCY, duration_type(), false),
        Field::new(CONNECT, duration_type(), true),
        Field::new(FIRST_BYTE, duration_type(), true),
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
    ]
}

/// Returns the columns of requests in flows.
fn flow_columns() -> [(&'static str, DataType); 10] {
    [
        (FLOW, word_type()),
        (FLOW_SEQ, DataType::UInt64),
        (FLOW_HIT, DataType::UInt32),
        (STEP, DataType::UInt16),
        (ATTEMPT, DataType::UInt16),
        (CHECKS, DataType::UInt16),
        (CHECKS_FAILED, DataType::UInt16),
        (FLOW_TIME, duration_type()),
        (FLOW_THOUGHT, duration_type()),
        (FLOW_FAILED, DataType::Boolean),
    ]
}

/// Returns the columns of calls and messages.
fn messaging_columns() -> [(&'static str, DataType); 10] {
    [
        (KIND, word_type()),
        (GRPC_STATUS, DataType::UInt8),
        (SENT, duration_type()),
        (FIRST_MESSAGE, duration_type()),
        (GAP_MAX, duration_type()),
        (MESSAGES_IN, DataType::UInt32),
        (MESSAGES_OUT, DataType::UInt32),
        (SOCKET, DataType::UInt32),
        (CLOSE_CODE, DataType::UInt16),
        (EXPECTED, DataType::UInt32),
    ]
}

fn duration_type() -> DataType {
    DataType::Duration(TimeUnit::Nanosecond)
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
