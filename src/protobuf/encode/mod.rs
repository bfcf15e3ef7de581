//! From a JSON tree to the wire format, with places for what depends on holes.
//!
//! The bytes are those of prost-reflect for the same JSON: fields by number, and none that equals
//! its default unless it has presence. Entries of maps are in the order of the text, where
//! prost-reflect's order is random.

mod expected;
mod field;
mod scalar;
mod draft;
mod well_known;
mod lists;

pub use crate::protobuf::encode::draft::{Draft, Op, OpKind, OpenPart, Slot, insert_length};

use prost::encoding::WireType;
use prost_reflect::{Kind, MessageDescriptor};

use crate::protobuf::encode::field::{Field, How};
use crate::protobuf::encode::scalar::Scalar;
use crate::protobuf::json::{Json, JsonValue, Key, Member};

/// What is wrong with a JSON tree, and where.
#[derive(Debug)]
pub struct Misfit {
    /// Offset in the text, in bytes.
    pub at: usize,
    /// The fields that lead to the value, e.g. `task.turns[1].text`.
    pub path: String,
    /// What is wrong and what was expected.
    pub text: String,
}

type Encoded = Result<(), Misfit>;

/// Writes messages.
#[derive(Default)]
pub struct Encoder {
    pub draft: Draft,
    /// The fields that lead to the present value.
    path: String,
}

impl Encoder {
    /// Returns an encoder that appends to bytes.
    pub fn after(bytes: Vec<u8>) -> Self {
        Self { draft: Draft { bytes, ops: Vec::new() }, path: String::new() }
    }

    /// Writes a part of a message whose holes have values.
    pub fn part(&mut self, slot: &Slot, json: &Json<'_>) -> Encoded {
        match slot {
            Slot::Field(field, How::Whole) => self.field(field, json),
            Slot::Field(field, how) => self.single(field, json, *how),
            Slot::Body(message) => self.body(message, json),
            Slot::Value => self.dynamic_value(json),
            Slot::Struct => self.dynamic_struct(json),
        }
    }

    /// Writes the content of a message.
    pub fn body(&mut self, message: &MessageDescriptor, json: &Json<'_>) -> Encoded {
        if matches!(json.value, JsonValue::Raw(_)) {
            self.open_body(message, json);
            return Ok(());
        }
        if let Some(well_known) = self.well_known(message, json) {
            return well_known;
        }
        match &json.value {
            JsonValue::Object(members) => self.members(message, json, members.iter()),
            _ => Err(self.misfit(json, &Kind::Message(message.clone()))),
        }
    }

    /// Writes the fields of an object.
    fn members<'a, 't: 'a>(
        &mut self,
        message: &MessageDescriptor,
        json: &Json<'_>,
        members: impl Iterator<Item = &'a Member<'t>>,
    ) -> Encoded {
        let mut fields = Vec::new();
        for member in members {
            let Key::Fixed(name) = &member.key else {
                self.open_body(message, json);
                return Ok(());
            };
            match Field::find(message, name) {
                Some(field) => fields.push((field, name, member)),
                None => return Err(self.unknown_field(message, member.at, name)),
            }
        }
        fields.sort_by_key(|(field, ..)| field.number);
        if self.has_open_choice(&fields) {
            self.open_body(message, json);
            return Ok(());
        }
        self.check_fields(&fields)?;
        for (field, name, member) in &fields {
            self.below(&[".", name], |encoder| encoder.field(field, &member.value))?;
        }
        Ok(())
    }

    /// Returns whether values decide which field of a oneof is set.
    fn has_open_choice(&self, fields: &[Named<'_, '_>]) -> bool {
        let is_open = |member: &Member<'_>| matches!(member.value.value, JsonValue::Raw(_));
        fields.iter().any(|(field, _, member)| {
            let of_same = |(other, ..): &&Named<'_, '_>| other.oneof == field.oneof;
            field.oneof.is_some() && is_open(member) && fields.iter().filter(of_same).count() > 1
        })
    }

    /// Checks that no field is there twice, and no two fields of a oneof.
    fn check_fields(&self, fields: &[Named<'_, '_>]) -> Encoded {
        for pair in fields.windows(2) {
            if pair[0].0.number == pair[1].0.number {
                let (_, name, member) = &pair[1];
                return Err(self.problem(
                    member.at,
                    format!("field '{name}' is there twice: expected it once"),
                ));
            }
        }
        let mut set: Vec<(&str, &str)> = Vec::new();
        for (field, name, member) in fields {
            let Some(oneof) = field.oneof.as_deref().filter(|_| is_set(field, member)) else {
                continue;
            };
            if let Some((_, other)) = set.iter().find(|(known, _)| *known == oneof) {
                return Err(self.problem(member.at, format!(
                    "fields '{other}' and '{name}' are both set, but both belong to oneof '{oneof}': expected one of them"
                )));
            }
            set.push((oneof, name));
        }
        Ok(())
    }

    /// Writes a field, unless it is absent.
    pub fn field(&mut self, field: &Field, json: &Json<'_>) -> Encoded {
        if json.value == JsonValue::Null && !field.has_null() {
            return Ok(());
        }
        match field.shape {
            field::Shape::Single => self.single(field, json, How::Whole),
            _ if matches!(json.value, JsonValue::Raw(_)) => {
                self.open_field(field, json, How::Whole);
                Ok(())
            }
            field::Shape::Map => self.map(field, json),
            field::Shape::List | field::Shape::PackedList => self.list(field, json),
        }
    }

    /// Writes one value of a field, with its key.
    fn single(&mut self, field: &Field, json: &Json<'_>, how: How) -> Encoded {
        if let Kind::Message(message) = &field.kind {
            return self.message(field, message, json, how);
        }
        let is_open = matches!(json.value, JsonValue::Template(_) | JsonValue::Raw(_));
        // A value in quotes is a string, which is never a bool.
        if is_open && !(field.kind == Kind::Bool && json.value.kind() == "a string") {
            self.open_field(field, json, how);
            return Ok(());
        }
        let Some(scalar) = Scalar::read(&field.kind, &json.value) else {
            return Err(self.misfit(json, &field.kind));
        };
        let is_always = field.has_presence || matches!(how, How::Element | How::Packed);
        if scalar.is_default && !is_always {
            return Ok(());
        }
        if how != How::Packed {
            self.draft.key(field.number, field.wire_type());
        }
        scalar.write(&mut self.draft.bytes);
        Ok(())
    }

    /// Writes a message as a value of a field.
    fn message(
        &mut self,
        field: &Field,
        message: &MessageDescriptor,
        json: &Json<'_>,
        how: How,
    ) -> Encoded {
        if matches!(json.value, JsonValue::Raw(_)) {
            self.open_field(field, json, how);
            return Ok(());
        }
        if field.is_group {
            self.draft.key(field.number, WireType::StartGroup);
            self.body(message, json)?;
            self.draft.key(field.number, WireType::EndGroup);
            return Ok(());
        }
        self.draft.key(field.number, WireType::LengthDelimited);
        self.draft.start();
        self.body(message, json)?;
        self.draft.end();
        Ok(())
    }

    fn open_body(&mut self, message: &MessageDescriptor, json: &Json<'_>) {
        self.open(json, Slot::Body(message.clone()));
    }

    fn open_field(&mut self, field: &Field, json: &Json<'_>, how: How) {
        self.open(json, Slot::Field(field.clone(), how));
    }

    /// Writes a part that depends on values.
    fn open(&mut self, json: &Json<'_>, slot: Slot) {
        let (json, path) = (json.clone().into_owned(), self.path.clone());
        let expected = expected::of_slot(&slot);
        self.draft.open_part(OpenPart { json, slot, path, expected, position: (1, 1) });
    }

    /// Calls a function for a value below the present one.
    fn below(&mut self, names: &[&str], inner: impl FnOnce(&mut Self) -> Encoded) -> Encoded {
        let length = self.path.len();
        // The path of a field of the whole message begins with its name.
        let is_first = length == 0 && names.first() == Some(&".");
        names.iter().skip(usize::from(is_first)).for_each(|name| self.path.push_str(name));
        inner(self)?;
        self.path.truncate(length);
        Ok(())
    }

    fn problem(&self, at: usize, text: String) -> Misfit {
        Misfit { at, path: self.path.clone(), text }
    }

    fn misfit(&self, json: &Json<'_>, kind: &Kind) -> Misfit {
        self.problem(json.at, expected::of_kind_not(kind, &json.value))
    }

    fn unknown_field(&self, message: &MessageDescriptor, at: usize, name: &str) -> Misfit {
        self.problem(at, expected::known_field(message, name))
    }
}

/// A field of a message with its name and its value in JSON.
type Named<'a, 't> = (Field, &'a std::borrow::Cow<'t, str>, &'a Member<'t>);

/// Returns whether a member sets its field.
fn is_set(field: &Field, member: &Member<'_>) -> bool {
    member.value.value != JsonValue::Null || field.has_null()
}
