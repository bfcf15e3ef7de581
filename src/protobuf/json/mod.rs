//! JSON texts with holes, as trees.
//!
//! Every value knows its place in the text, and objects keep their keys in order and twice if they
//! are there twice. serde_json's tree has neither.

mod source;
mod parser;
mod fill;

pub use crate::protobuf::json::fill::{BadValue, HoleValues, join, read};
pub use crate::protobuf::json::parser::parse_all;
pub use crate::protobuf::json::source::Source;

use std::borrow::Cow;

/// A part of a JSON text with variables. Holes are numbered from 0 in the order of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonPiece<'a> {
    /// Text as it is.
    Fixed(&'a str),
    /// The place of a variable.
    ///
    /// In quotes, the value is text and may have any characters. Outside of quotes, the value is
    /// JSON, e.g. a number, `true`, `null`, or an object.
    Hole {
        /// Whether the value is escaped for JSON strings already, by the filter `json`.
        json: bool,
    },
}

/// A JSON value with its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Json<'t> {
    /// Offset of the first byte, in bytes.
    pub at: usize,
    /// The value.
    pub value: JsonValue<'t>,
}

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum JsonValue<'t> {
    Null,
    Bool(bool),
    /// A number as it is written.
    Number(Cow<'t, str>),
    /// A string without holes.
    Text(Cow<'t, str>),
    /// A string with holes.
    Template(Vec<TextPart<'t>>),
    List(Vec<Json<'t>>),
    Object(Vec<Member<'t>>),
    /// Holes outside of quotes, and numbers and words between them without a space: JSON as soon
    /// as the holes have values.
    Raw(Vec<TextPart<'t>>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member<'t> {
    /// Offset of the key, in bytes.
    pub at: usize,
    /// The key; [`JsonValue::Text`] or [`JsonValue::Template`].
    pub key: Key<'t>,
    /// The value.
    pub value: Json<'t>,
}

/// The key of a member.
#[derive(Clone, Debug, PartialEq)]
pub enum Key<'t> {
    Fixed(Cow<'t, str>),
    Template(Vec<TextPart<'t>>),
}

/// A part of a string with holes.
#[derive(Clone, Debug, PartialEq)]
pub enum TextPart<'t> {
    /// Text without escapes.
    Fixed(Cow<'t, str>),
    /// A hole.
    Hole(Hole),
}

/// A hole of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Number of the hole in the whole text, from 0.
    pub number: usize,
    /// Whether the value has the escapes of a JSON string.
    pub is_escaped: bool,
}

impl Json<'_> {
    /// Returns a tree that does not depend on the text.
    pub fn into_owned(self) -> Json<'static> {
        Json { at: self.at, value: self.value.into_owned() }
    }

    /// Returns whether the value or a part of the value is a hole.
    pub fn has_holes(&self) -> bool {
        match &self.value {
            JsonValue::Template(_) | JsonValue::Raw(_) => true,
            JsonValue::List(items) => items.iter().any(Json::has_holes),
            JsonValue::Object(members) => members
                .iter()
                .any(|member| matches!(member.key, Key::Template(_)) || member.value.has_holes()),
            _ => false,
        }
    }
}

impl JsonValue<'_> {
    fn into_owned(self) -> JsonValue<'static> {
        match self {
            JsonValue::Null => JsonValue::Null,
            JsonValue::Bool(value) => JsonValue::Bool(value),
            JsonValue::Number(text) => JsonValue::Number(owned(text)),
            JsonValue::Text(text) => JsonValue::Text(owned(text)),
            JsonValue::Template(parts) => JsonValue::Template(owned_parts(parts)),
            JsonValue::Raw(parts) => JsonValue::Raw(owned_parts(parts)),
            JsonValue::List(items) => {
                JsonValue::List(items.into_iter().map(Json::into_owned).collect())
            }
            JsonValue::Object(members) => {
                JsonValue::Object(members.into_iter().map(Member::into_owned).collect())
            }
        }
    }

    /// Returns what kind of value this is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            JsonValue::Null => "null",
            JsonValue::Bool(_) => "true or false",
            JsonValue::Number(_) => "a number",
            JsonValue::Text(_) | JsonValue::Template(_) => "a string",
            JsonValue::List(_) => "a list",
            JsonValue::Object(_) => "an object",
            JsonValue::Raw(_) => "a variable without quotes",
        }
    }
}

impl Member<'_> {
    fn into_owned(self) -> Member<'static> {
        let key = match self.key {
            Key::Fixed(text) => Key::Fixed(owned(text)),
            Key::Template(parts) => Key::Template(owned_parts(parts)),
        };
        Member { at: self.at, key, value: self.value.into_owned() }
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

fn owned_parts(parts: Vec<TextPart<'_>>) -> Vec<TextPart<'static>> {
    let owned_part = |part| match part {
        TextPart::Fixed(text) => TextPart::Fixed(owned(text)),
        TextPart::Hole(hole) => TextPart::Hole(hole),
    };
    parts.into_iter().map(owned_part).collect()
}

#[cfg(test)]
mod tests;
