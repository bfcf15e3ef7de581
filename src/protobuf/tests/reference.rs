//! The messages of prost-reflect, with which ours are compared.

use std::fmt::Write;

use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage, Value};

/// Encodes a JSON text with prost-reflect. None if prost-reflect refuses the text.
pub fn encode(message: &MessageDescriptor, json: &str) -> Option<Vec<u8>> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let encoded = DynamicMessage::deserialize(message.clone(), &mut reader).ok()?;
    reader.end().ok()?;
    Some(encoded.encode_to_vec())
}

/// Checks that two messages have the same bytes, except for the order of the entries of maps,
/// which is random in prost-reflect.
pub fn assert_same(message: &MessageDescriptor, ours: &[u8], theirs: &[u8], json: &str) {
    if ours == theirs {
        return;
    }
    assert_eq!(ours.len(), theirs.len(), "{json}: {ours:x?} is not {theirs:x?}");
    let [ours, theirs] = [ours, theirs].map(|wire| {
        let read = DynamicMessage::decode(message.clone(), wire);
        read.map(|message| canonical(&message)).map_err(|error| error.to_string())
    });
    assert_eq!(ours, theirs, "{json}");
}

/// Returns a message as a text in which maps are sorted.
fn canonical(message: &DynamicMessage) -> String {
    let mut text = format!("{}{{", message.descriptor().full_name());
    for (field, value) in message.fields() {
        write!(text, "{}:{},", field.number(), canonical_value(value)).unwrap();
    }
    for (field, value) in message.extensions() {
        write!(text, "{}:{},", field.number(), canonical_value(value)).unwrap();
    }
    assert_eq!(message.unknown_fields().count(), 0, "a field is unknown");
    text + "}"
}

fn canonical_value(value: &Value) -> String {
    match value {
        Value::Message(message) => canonical(message),
        Value::List(values) => values.iter().map(canonical_value).collect::<Vec<_>>().join(";"),
        Value::Map(entries) => {
            let entry = |(key, value)| format!("{key:?}={}", canonical_value(value));
            let mut entries: Vec<_> = entries.iter().map(entry).collect();
            entries.sort();
            entries.join(";")
        }
        scalar => format!("{scalar:?}"),
    }
}
