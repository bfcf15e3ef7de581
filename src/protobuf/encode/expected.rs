//! Words for what a field expects.

use prost_reflect::{EnumDescriptor, Kind, MessageDescriptor};

use crate::protobuf::encode::draft::Slot;
use crate::protobuf::encode::field::{How, Shape};
use crate::protobuf::json::JsonValue;
use crate::protobuf::problem::{listed, nearest};

/// What is wrong with a map or an object.
pub const ONE_KEY: &str = "a key is there twice: expected it once";

/// What a `google.protobuf.Any` expects.
pub const ANY: &str = "expected an object with the field \"@type\" (google.protobuf.Any), as in \
                       {\"@type\": \"type.googleapis.com/package.Message\", …}";

/// Returns that something else was found.
pub fn found(expected: &str, value: &JsonValue<'_>) -> String {
    format!("expected {expected}, found {}", value.kind())
}

/// Returns what a kind of value expects, where another value was found.
pub fn of_kind_not(kind: &Kind, value: &JsonValue<'_>) -> String {
    match (kind, value) {
        (Kind::Enum(of), JsonValue::Text(name)) => unknown_value(of, name),
        _ => found(&of_kind(kind), value),
    }
}

/// Returns what is expected in a place that depends on values.
pub fn of_slot(slot: &Slot) -> String {
    match slot {
        Slot::Field(field, How::Whole) => of_shape(field.shape, &field.kind),
        Slot::Field(field, _) => of_kind(&field.kind),
        Slot::Body(message) => of_kind(&Kind::Message(message.clone())),
        Slot::Value => "a JSON value (google.protobuf.Value)".into(),
        Slot::Struct => "an object (google.protobuf.Struct)".into(),
    }
}

/// Returns what a field expects.
pub fn of_shape(shape: Shape, kind: &Kind) -> String {
    match shape {
        Shape::Single => of_kind(kind),
        Shape::Map => "an object (map)".into(),
        Shape::List | Shape::PackedList => format!("a list, each element {}", of_kind(kind)),
    }
}

/// Returns what a kind of value expects.
fn of_kind(kind: &Kind) -> String {
    let whole = |name, least: i128, greatest: i128| {
        format!("{name}, a whole number from {least} to {greatest}")
    };
    match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            whole("an int32", i32::MIN.into(), i32::MAX.into())
        }
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            whole("an int64", i64::MIN.into(), i64::MAX.into())
        }
        Kind::Uint32 | Kind::Fixed32 => whole("a uint32", 0, u32::MAX.into()),
        Kind::Uint64 | Kind::Fixed64 => whole("a uint64", 0, u64::MAX.into()),
        Kind::Float => "a float, a number or \"NaN\", \"Infinity\", \"-Infinity\"".into(),
        Kind::Double => "a double, a number or \"NaN\", \"Infinity\", \"-Infinity\"".into(),
        Kind::Bool => "a bool, true or false without quotes".into(),
        Kind::String => "a string in quotes".into(),
        Kind::Bytes => "bytes, a string in base64".into(),
        Kind::Enum(of) => format!("a value of enum {}: {}", of.full_name(), values(of)),
        Kind::Message(message) => match message.full_name() {
            "google.protobuf.Timestamp" => {
                "a google.protobuf.Timestamp, as in \"2026-12-01T09:30:00Z\"".into()
            }
            "google.protobuf.Duration" => "a google.protobuf.Duration, as in \"1.5s\"".into(),
            "google.protobuf.FieldMask" => {
                "a google.protobuf.FieldMask, as in \"task.id,task.name\"".into()
            }
            "google.protobuf.ListValue" => "a list (google.protobuf.ListValue)".into(),
            "google.protobuf.Empty" => "an object without fields (google.protobuf.Empty)".into(),
            name => format!("an object (message {name})"),
        },
    }
}

fn values(of: &EnumDescriptor) -> String {
    let names: Vec<_> = of.values().map(|value| value.name().to_owned()).collect();
    listed(names.iter().map(String::as_str))
}

/// Returns that an enum has no such value, with a suggestion.
fn unknown_value(of: &EnumDescriptor, name: &str) -> String {
    let names: Vec<_> = of.values().map(|value| value.name().to_owned()).collect();
    let closest = nearest(name, names.iter().map(String::as_str));
    let expected = closest.map_or_else(|| values(of), |closest| format!("'{closest}'"));
    format!("unknown value '{name}' of enum {}: expected {expected}", of.full_name())
}

/// Returns that a message has no such field, with a suggestion.
pub fn known_field(message: &MessageDescriptor, name: &str) -> String {
    let names: Vec<_> = message.fields().map(|field| field.name().to_owned()).collect();
    let known = || names.iter().map(String::as_str);
    let expected = match nearest(name, known()) {
        Some(closest) => format!("'{closest}'"),
        None if names.is_empty() => "an object without fields".into(),
        None => format!("one of {}", listed(known())),
    };
    format!("unknown field '{name}' of message {}: expected {expected}", message.full_name())
}

/// Returns that the type of a `google.protobuf.Any` is unknown.
pub fn known_type(url: &str) -> String {
    format!(
        "unknown type '{url}': expected a message of the schema, as in type.googleapis.com/package.Message"
    )
}

/// Returns what a `google.protobuf.Any` of a well-known type expects.
pub fn any_of(message: &MessageDescriptor) -> String {
    format!(
        "expected only the fields \"@type\" and \"value\", as for each {} in a google.protobuf.Any",
        message.full_name()
    )
}
