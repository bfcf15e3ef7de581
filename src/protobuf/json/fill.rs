//! Values in the holes of a JSON tree.

use std::borrow::Cow;

use crate::protobuf::json::source::Source;
use crate::protobuf::json::{Json, JsonValue, Key, Member, TextPart, parser};

/// Appends the value of a hole, by its number, to a text.
pub type HoleValues<'a> = dyn FnMut(usize, &mut String) + 'a;

/// A value is no JSON, or has bad escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadValue;

impl Json<'_> {
    /// Returns the tree with values in its holes.
    pub fn filled(&self, values: &mut HoleValues<'_>) -> Result<Json<'static>, BadValue> {
        let value = match &self.value {
            JsonValue::Template(parts) => {
                let mut text = String::new();
                join(parts, values, &mut text)?;
                JsonValue::Text(Cow::Owned(text))
            }
            JsonValue::Raw(parts) => {
                let mut text = String::new();
                join(parts, values, &mut text)?;
                read(&text)?.into_owned()
            }
            JsonValue::List(items) => {
                let items = items.iter().map(|item| item.filled(values));
                JsonValue::List(items.collect::<Result<_, _>>()?)
            }
            JsonValue::Object(members) => {
                let members = members.iter().map(|member| member.filled(values));
                JsonValue::Object(members.collect::<Result<_, _>>()?)
            }
            other => return Ok(Json { at: self.at, value: other.clone() }.into_owned()),
        };
        Ok(Json { at: self.at, value })
    }
}

impl Member<'_> {
    fn filled(&self, values: &mut HoleValues<'_>) -> Result<Member<'static>, BadValue> {
        let mut key = String::new();
        match &self.key {
            Key::Fixed(text) => key.push_str(text),
            Key::Template(parts) => join(parts, values, &mut key)?,
        }
        let value = self.value.filled(values)?;
        Ok(Member { at: self.at, key: Key::Fixed(Cow::Owned(key)), value })
    }
}

/// Appends the parts of a text, with values in its holes.
pub fn join(
    parts: &[TextPart<'_>],
    values: &mut HoleValues<'_>,
    text: &mut String,
) -> Result<(), BadValue> {
    for part in parts {
        match part {
            TextPart::Fixed(fixed) => text.push_str(fixed),
            TextPart::Hole(hole) if hole.is_escaped => {
                let mut escaped = String::from("\"");
                values(hole.number, &mut escaped);
                escaped.push('"');
                match read(&escaped)? {
                    JsonValue::Text(plain) => text.push_str(&plain),
                    _ => return Err(BadValue),
                }
            }
            TextPart::Hole(hole) => values(hole.number, text),
        }
    }
    Ok(())
}

/// Reads a value that is JSON.
pub fn read(text: &str) -> Result<JsonValue<'_>, BadValue> {
    let source = Source { text: Cow::Borrowed(text), holes: Vec::new() };
    // A character of code 0 would be taken for a hole.
    let is_json = !text.contains('\0');
    let values = parser::parse_all(&source).ok().filter(|values| is_json && values.len() == 1);
    let value = values.and_then(|mut values| values.pop()).ok_or(BadValue)?;
    Ok(value.value.into_owned())
}
