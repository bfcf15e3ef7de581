//! What the encoder needs to know of a field.

use prost::encoding::WireType;
use prost_reflect::{Cardinality, ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor};

/// A field of a message, or an extension.
#[derive(Clone, Debug)]
pub struct Field {
    pub number: u32,
    pub kind: Kind,
    pub shape: Shape,
    pub is_group: bool,
    /// Whether a value that equals the default is encoded.
    pub has_presence: bool,
    /// Name of the oneof that the field is part of. None if it is part of none.
    pub oneof: Option<String>,
}

/// How many values a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Single,
    /// With a key for each element.
    List,
    /// With one key for all elements.
    PackedList,
    Map,
}

/// What a single value is in its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The only value of the field, which may be null.
    Whole,
    /// An element of a list, which is always encoded.
    Element,
    /// An element of a packed list, which has no key.
    Packed,
    /// A key or a value of a map.
    OfMap,
}

/// Defines the same function for both kinds of descriptors, which share no trait.
macro_rules! from_descriptor {
    ($name:ident, $descriptor:ty, $oneof:expr) => {
        fn $name(field: &$descriptor) -> Field {
            let shape = match () {
                () if field.is_map() => Shape::Map,
                () if field.cardinality() != Cardinality::Repeated => Shape::Single,
                () if field.is_packed() => Shape::PackedList,
                () => Shape::List,
            };
            Field {
                number: field.number(),
                kind: field.kind(),
                shape,
                is_group: field.is_group(),
                has_presence: field.supports_presence(),
                oneof: $oneof(field),
            }
        }
    };
}

from_descriptor!(from_field, FieldDescriptor, |field: &FieldDescriptor| {
    field.containing_oneof().map(|oneof| oneof.name().to_owned())
});
from_descriptor!(from_extension, ExtensionDescriptor, |_| None);

impl Field {
    /// Finds a field by its name in JSON, by its name in the schema, or as an extension in
    /// brackets.
    pub fn find(message: &MessageDescriptor, name: &str) -> Option<Self> {
        let field = message.get_field_by_json_name(name);
        let field = field.or_else(|| message.get_field_by_name(name));
        let extension = || message.get_extension_by_json_name(name);
        field.as_ref().map(from_field).or_else(|| extension().as_ref().map(from_extension))
    }

    /// Returns key and value of the entries of a map. None if the field is no map.
    pub fn of_map(&self) -> Option<[Self; 2]> {
        let entry = self.kind.as_message().filter(|_| self.shape == Shape::Map)?;
        Some([from_field(&entry.map_entry_key_field()), from_field(&entry.map_entry_value_field())])
    }

    /// Returns a field that is described by its number and kind alone.
    pub fn plain(number: u32, kind: Kind, has_presence: bool) -> Self {
        let (shape, is_group, oneof) = (Shape::Single, false, None);
        Self { number, kind, shape, is_group, has_presence, oneof }
    }

    /// Returns whether null is a value of the field, instead of its absence.
    pub fn has_null(&self) -> bool {
        let name = match &self.kind {
            Kind::Message(message) => message.full_name(),
            Kind::Enum(of) => of.full_name(),
            _ => return false,
        };
        self.shape == Shape::Single
            && ["google.protobuf.Value", "google.protobuf.NullValue"].contains(&name)
    }

    /// Returns how a single value is encoded.
    pub fn wire_type(&self) -> WireType {
        self.kind.wire_type()
    }
}
