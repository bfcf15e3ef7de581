//! Messages that have their own form in JSON: the well-known types.
//!
//! Source: Protocol Buffers, "ProtoJSON Format", and the files of `google/protobuf`.

use std::collections::HashSet;

use prost::Message;
use prost::encoding::WireType;
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor};
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use crate::protobuf::encode::field::{Field, How};
use crate::protobuf::encode::{Encoded, Encoder, Slot, expected};
use crate::protobuf::json::{Json, JsonValue, Key, Member};

/// Field numbers of `google.protobuf.Value`.
mod value_number {
    pub const NULL: u32 = 1;
    pub const NUMBER: u32 = 2;
    pub const STRING: u32 = 3;
    pub const BOOL: u32 = 4;
    pub const STRUCT: u32 = 5;
    pub const LIST: u32 = 6;
}

/// How JSON writes a well-known type.
enum Form {
    /// As text, which prost-reflect reads.
    Text,
    /// As the value of its only field.
    Wrapper(Kind),
    Struct,
    List,
    Value,
    Any,
    Empty,
}

/// Returns how JSON writes a type. None if as the object of its fields.
fn form(name: &str) -> Option<Form> {
    Some(match name.strip_prefix("google.protobuf.")? {
        "Timestamp" | "Duration" | "FieldMask" => Form::Text,
        "DoubleValue" => Form::Wrapper(Kind::Double),
        "FloatValue" => Form::Wrapper(Kind::Float),
        "Int64Value" => Form::Wrapper(Kind::Int64),
        "UInt64Value" => Form::Wrapper(Kind::Uint64),
        "Int32Value" => Form::Wrapper(Kind::Int32),
        "UInt32Value" => Form::Wrapper(Kind::Uint32),
        "BoolValue" => Form::Wrapper(Kind::Bool),
        "StringValue" => Form::Wrapper(Kind::String),
        "BytesValue" => Form::Wrapper(Kind::Bytes),
        "Struct" => Form::Struct,
        "ListValue" => Form::List,
        "Value" => Form::Value,
        "Any" => Form::Any,
        "Empty" => Form::Empty,
        _ => return None,
    })
}

impl Encoder {
    /// Writes the content of a well-known type. None if the type has the form of all others.
    pub(super) fn well_known(
        &mut self,
        message: &MessageDescriptor,
        json: &Json<'_>,
    ) -> Option<Encoded> {
        let form = form(message.full_name())?;
        Some(match (form, &json.value) {
            (Form::Wrapper(kind), _) => {
                self.single(&Field::plain(1, kind, false), json, How::OfMap)
            }
            (Form::Value, _) => self.dynamic_value(json),
            (Form::Any, JsonValue::Object(_)) => self.any(message, json),
            (Form::Text, JsonValue::Template(_)) => {
                self.open_body(message, json);
                Ok(())
            }
            (Form::Text, JsonValue::Text(text)) => self.text_form(message, json, text),
            (Form::Struct, JsonValue::Object(_)) => self.dynamic_struct(json),
            (Form::List, JsonValue::List(items)) => self.dynamic_list(items),
            (Form::Empty, JsonValue::Object(members)) if members.is_empty() => Ok(()),
            _ => Err(self.misfit(json, &Kind::Message(message.clone()))),
        })
    }

    /// Writes a type whose text prost-reflect reads.
    fn text_form(&mut self, message: &MessageDescriptor, json: &Json<'_>, text: &str) -> Encoded {
        let text: StrDeserializer<'_, Error> = text.into_deserializer();
        match DynamicMessage::deserialize(message.clone(), text) {
            Ok(read) => {
                self.draft.bytes.extend_from_slice(&read.encode_to_vec());
                Ok(())
            }
            Err(_) => Err(self.misfit(json, &Kind::Message(message.clone()))),
        }
    }

    /// Writes the content of a `google.protobuf.Any`: the name of a type, and a message of it.
    fn any(&mut self, message: &MessageDescriptor, json: &Json<'_>) -> Encoded {
        // A message without fields is left out, and only the values say whether it has fields.
        if json.has_holes() {
            self.open_body(message, json);
            return Ok(());
        }
        let JsonValue::Object(members) = &json.value else { return Ok(()) };
        let is =
            |name: &'static str| move |member: &&Member<'_>| member.key == Key::Fixed(name.into());
        let url = members.iter().find(is("@type")).map(|member| &member.value);
        let Some((at, JsonValue::Text(url))) = url.map(|url| (url.at, &url.value)) else {
            return Err(self.problem(json.at, expected::ANY.into()));
        };
        let name = url.rsplit_once('/').map(|(_, name)| name);
        let Some(of_url) = name.and_then(|name| message.parent_pool().get_message_by_name(name))
        else {
            return Err(self.problem(at, expected::known_type(url)));
        };
        self.single(
            &Field::plain(1, Kind::String, false),
            &Json { at, value: JsonValue::Text(url.clone()) },
            How::OfMap,
        )?;
        let start = self.draft.bytes.len();
        self.draft.key(2, WireType::LengthDelimited);
        self.draft.start();
        let content = self.draft.bytes.len();
        let others = members.iter().filter(|member| !is("@type")(member));
        if form(of_url.full_name()).is_some() {
            self.any_value(&of_url, json, others)?;
        } else {
            self.members(&of_url, json, others)?;
        }
        if self.draft.bytes.len() == content {
            self.draft.ops.pop();
            self.draft.bytes.truncate(start);
            return Ok(());
        }
        self.draft.end();
        Ok(())
    }

    /// Writes a well-known type in a `google.protobuf.Any`, which JSON has in the field `value`.
    fn any_value<'a, 't: 'a>(
        &mut self,
        message: &MessageDescriptor,
        json: &Json<'_>,
        mut others: impl Iterator<Item = &'a Member<'t>>,
    ) -> Encoded {
        match (others.next(), others.next()) {
            (Some(member), None) if member.key == Key::Fixed("value".into()) => {
                self.below(&[".value"], |encoder| encoder.body(message, &member.value))
            }
            _ => Err(self.problem(json.at, expected::any_of(message))),
        }
    }

    /// Writes the content of a `google.protobuf.Value`.
    pub(super) fn dynamic_value(&mut self, json: &Json<'_>) -> Encoded {
        let field = |number, kind| Field::plain(number, kind, true);
        match &json.value {
            JsonValue::Null => {
                self.draft.key(value_number::NULL, WireType::Varint);
                self.draft.bytes.push(0);
                Ok(())
            }
            JsonValue::Number(_) => {
                self.single(&field(value_number::NUMBER, Kind::Double), json, How::Element)
            }
            JsonValue::Text(_) | JsonValue::Template(_) => {
                self.single(&field(value_number::STRING, Kind::String), json, How::Element)
            }
            JsonValue::Bool(_) => {
                self.single(&field(value_number::BOOL, Kind::Bool), json, How::Element)
            }
            JsonValue::Object(_) => {
                self.nested(value_number::STRUCT, |encoder| encoder.dynamic_struct(json))
            }
            JsonValue::List(items) => {
                self.nested(value_number::LIST, |encoder| encoder.dynamic_list(items))
            }
            JsonValue::Raw(_) => {
                self.open(json, Slot::Value);
                Ok(())
            }
        }
    }

    /// Writes the content of a `google.protobuf.ListValue`.
    fn dynamic_list(&mut self, items: &[Json<'_>]) -> Encoded {
        for (n, item) in items.iter().enumerate() {
            let path = ["[", &n.to_string(), "]"];
            let value = |encoder: &mut Self| encoder.dynamic_value(item);
            self.nested(1, |encoder| encoder.below(&path, value))?;
        }
        Ok(())
    }

    /// Writes the content of a `google.protobuf.Struct`: a map from names to values.
    pub(super) fn dynamic_struct(&mut self, json: &Json<'_>) -> Encoded {
        let JsonValue::Object(members) = &json.value else {
            return Err(self.problem(json.at, expected::found("an object", &json.value)));
        };
        // Only values decide whether two names are the same.
        if members.iter().any(|member| matches!(member.key, Key::Template(_))) {
            self.open(json, Slot::Struct);
            return Ok(());
        }
        let mut names = HashSet::new();
        for member in members {
            let Key::Fixed(name) = &member.key else { continue };
            if !names.insert(name) {
                return Err(self.problem(member.at, expected::ONE_KEY.into()));
            }
            let path = [".", name];
            self.nested(1, |encoder| {
                encoder.below(&path, |encoder| encoder.struct_entry(name, member))
            })?;
        }
        Ok(())
    }

    fn struct_entry(&mut self, name: &str, member: &Member<'_>) -> Encoded {
        let of_name = Json { at: member.at, value: JsonValue::Text(name.into()) };
        self.single(&Field::plain(1, Kind::String, false), &of_name, How::OfMap)?;
        self.nested(2, |encoder| encoder.dynamic_value(&member.value))
    }

    /// Writes a message with a number, whose content a function writes.
    fn nested(&mut self, number: u32, content: impl FnOnce(&mut Self) -> Encoded) -> Encoded {
        self.draft.key(number, WireType::LengthDelimited);
        self.draft.start();
        content(self)?;
        self.draft.end();
        Ok(())
    }
}
