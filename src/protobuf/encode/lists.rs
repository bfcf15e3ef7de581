//! Lists and maps.

use std::borrow::Cow;
use std::collections::HashSet;

use prost::encoding::WireType;
use prost_reflect::Kind;

use crate::protobuf::encode::field::{Field, How, Shape};
use crate::protobuf::encode::{Encoded, Encoder, expected};
use crate::protobuf::json::{Json, JsonValue, Key, Member};

impl Encoder {
    /// Writes all elements of a list.
    pub(super) fn list(&mut self, field: &Field, json: &Json<'_>) -> Encoded {
        let JsonValue::List(items) = &json.value else {
            return Err(self.no_such_shape(field, json));
        };
        if items.is_empty() {
            return Ok(());
        }
        let is_packed = field.shape == Shape::PackedList;
        let how = if is_packed { How::Packed } else { How::Element };
        if is_packed {
            self.draft.key(field.number, WireType::LengthDelimited);
            self.draft.start();
        }
        for (n, item) in items.iter().enumerate() {
            self.below(&["[", &n.to_string(), "]"], |encoder| encoder.single(field, item, how))?;
        }
        if is_packed {
            self.draft.end();
        }
        Ok(())
    }

    /// Writes all entries of a map, in the order of the text.
    pub(super) fn map(&mut self, field: &Field, json: &Json<'_>) -> Encoded {
        let (JsonValue::Object(members), Some(entry)) = (&json.value, field.of_map()) else {
            return Err(self.no_such_shape(field, json));
        };
        // Only values decide whether two keys are the same.
        if members.iter().any(|member| matches!(member.key, Key::Template(_))) {
            self.open_field(field, json, How::Whole);
            return Ok(());
        }
        let mut keys = HashSet::new();
        for member in members {
            let Key::Fixed(name) = &member.key else { continue };
            self.draft.key(field.number, WireType::LengthDelimited);
            self.draft.start();
            let path = ["[\"", name, "\"]"];
            self.below(&path, |encoder| encoder.entry(&entry, name, member, &mut keys))?;
            self.draft.end();
        }
        Ok(())
    }

    /// Writes the content of an entry of a map.
    fn entry(
        &mut self,
        [key, value]: &[Field; 2],
        name: &str,
        member: &Member<'_>,
        keys: &mut HashSet<Vec<u8>>,
    ) -> Encoded {
        let start = self.draft.bytes.len();
        let of_key = Json { at: member.at, value: key_value(&key.kind, name) };
        self.single(key, &of_key, How::OfMap)?;
        if !keys.insert(self.draft.bytes[start..].to_vec()) {
            return Err(self.problem(member.at, expected::ONE_KEY.into()));
        }
        self.single(value, &member.value, How::OfMap)
    }

    /// Returns that a list or a map was expected.
    fn no_such_shape(&self, field: &Field, json: &Json<'_>) -> super::Misfit {
        let expected = expected::of_shape(field.shape, &field.kind);
        self.problem(json.at, expected::found(&expected, &json.value))
    }
}

/// Returns the key of a map as the value that it stands for: keys in JSON are always strings.
fn key_value<'t>(kind: &Kind, name: &'t str) -> JsonValue<'t> {
    match (kind, name) {
        (Kind::Bool, "true") => JsonValue::Bool(true),
        (Kind::Bool, "false") => JsonValue::Bool(false),
        _ => JsonValue::Text(Cow::Borrowed(name)),
    }
}
