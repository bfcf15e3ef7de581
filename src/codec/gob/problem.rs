//! Reasons to refuse a message of a gob stream, and their texts.

use std::any;

use crate::codec::gob::limits::{MAX_DEPTH, MAX_FIELDS, MAX_MESSAGE_BYTES, MAX_PARTS, MAX_TYPES};

/// Reason to refuse a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The length of a message is zero or too large.
    #[error("a message of no or more than {MAX_MESSAGE_BYTES} bytes")]
    MessageLength,
    /// A result is too large.
    #[error("a result of more than {MAX_MESSAGE_BYTES} bytes")]
    ResultLength,
    /// A result is spread over too many messages.
    #[error("a result in more than {MAX_PARTS} messages")]
    TooManyParts,
    /// A byte that begins no number.
    #[error("no number begins with the byte {0:#04x}, expected a count")]
    Number(u8),
    /// A value is longer than its message.
    #[error("a value continues after the end of its message")]
    TooShort,
    /// A message is longer than its value.
    #[error("{0} bytes left over after a value")]
    LeftOver(usize),
    /// The step to the next field is too large.
    #[error("a step of {0} to the next field, expected a field of the struct")]
    FieldStep(u64),
    /// A struct does not have a field.
    #[error("field {number} of a struct that has {n_fields} fields")]
    NoField {
        /// Number of the field, from 1.
        number: usize,
        /// Fields of the struct.
        n_fields: usize,
    },
    /// A definition without a type.
    #[error("a definition of no type")]
    NoType,
    /// A stream with too many types.
    #[error("more than {MAX_TYPES} types, expected those of results")]
    TooManyTypes,
    /// A value of an unknown type.
    #[error("type {0} is not defined before its values")]
    Undefined(i64),
    /// Values within values, too deep.
    #[error("values are nested more than {MAX_DEPTH} deep")]
    TooDeep,
    /// A type definition with an unknown field.
    #[error("a definition with a field {0}, expected at most 3")]
    DefinitionField(usize),
    /// A type of an unknown kind.
    #[error("a type of the unknown kind {0}, expected one of 1 to 7")]
    Kind(usize),
    /// The name of a type with an unknown field.
    #[error("a type's name with a field {0}, expected at most 2")]
    NameField(usize),
    /// A struct with too many fields.
    #[error("a struct of {0} fields, expected at most {MAX_FIELDS}")]
    TooManyFields(usize),
    /// The definition of a field with an unknown field.
    #[error("a field's definition with a field {0}, expected at most 2")]
    FieldDefinition(usize),
    /// A value that is not a struct.
    #[error("a value that is not a struct, expected a result")]
    NotStruct,
    /// A struct that is not a result.
    #[error("a struct without a field 'Timestamp', expected a result")]
    NotResult,
    /// A field of a result has a wrong type.
    #[error("the field '{name}' has the wrong type, expected {expected}")]
    FieldType {
        /// Name of the field.
        name: String,
        /// Types that it may have.
        expected: &'static str,
    },
    /// A number that does not fit its field.
    #[error("the number {number}, expected one that fits {fits}")]
    Range {
        /// The number in the stream.
        number: i128,
        /// The type of the field.
        fits: &'static str,
    },
    /// A timestamp that is too early or too late.
    #[error("a timestamp out of range: expected one in the years 1678 to 2261")]
    TimestampRange,
    /// A timestamp that is not in Go's binary form.
    #[error("a timestamp in an unknown form: expected Go's time.Time")]
    TimestampForm,
}

impl Problem {
    /// Returns the problem of a number that does not fit the type `T`.
    pub fn range<T>(number: i128) -> Self {
        Self::Range { number, fits: any::type_name::<T>() }
    }
}
