//! Scalars: from JSON to the wire format.
//!
//! Source: Protocol Buffers, "ProtoJSON Format", and what prost-reflect accepts.

use std::borrow::Cow;
use std::str::FromStr;

use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};
use prost::encoding::encode_varint;
use prost_reflect::{EnumDescriptor, Kind};

use crate::protobuf::json::JsonValue;

/// Base64 with or without padding.
const BASE64: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, BASE64);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, BASE64);

/// A scalar in the wire format.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar<'t> {
    wire: Wire<'t>,
    /// Whether the value is that of a field that is absent.
    pub is_default: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Wire<'t> {
    Varint(u64),
    Fixed32(u32),
    Fixed64(u64),
    Bytes(Cow<'t, [u8]>),
}

impl<'t> Scalar<'t> {
    /// Reads a value of a kind. None if the value does not fit; messages never fit.
    pub fn read(kind: &Kind, json: &'t JsonValue<'_>) -> Option<Self> {
        Some(match kind {
            Kind::Double => float(json).map(|value| Self {
                wire: Wire::Fixed64(value.to_bits()),
                is_default: value == 0.0,
            })?,
            Kind::Float => single_float(json).map(|value| Self {
                wire: Wire::Fixed32(value.to_bits()),
                is_default: value == 0.0,
            })?,
            Kind::Int32 => Self::varint(i64::from(integer::<i32>(json)?) as u64),
            Kind::Int64 => Self::varint(integer::<i64>(json)? as u64),
            Kind::Uint32 => Self::varint(integer::<u32>(json)?.into()),
            Kind::Uint64 => Self::varint(integer(json)?),
            Kind::Sint32 => Self::varint(zigzag(integer::<i32>(json)?.into())),
            Kind::Sint64 => Self::varint(zigzag(integer(json)?)),
            Kind::Fixed32 => Self::fixed32(integer(json)?),
            Kind::Fixed64 => Self::fixed64(integer(json)?),
            Kind::Sfixed32 => Self::fixed32(integer::<i32>(json)? as u32),
            Kind::Sfixed64 => Self::fixed64(integer::<i64>(json)? as u64),
            Kind::Bool => match json {
                JsonValue::Bool(value) => Self::varint((*value).into()),
                _ => return None,
            },
            Kind::String => Self::bytes(Cow::Borrowed(text(json)?.as_bytes())),
            Kind::Bytes => Self::bytes(Cow::Owned(base64(text(json)?)?)),
            Kind::Enum(of) => {
                let number = enum_number(of, json)?;
                let wire = Wire::Varint(i64::from(number) as u64);
                Self { wire, is_default: number == of.default_value().number() }
            }
            Kind::Message(_) => return None,
        })
    }

    fn varint(value: u64) -> Self {
        Self { wire: Wire::Varint(value), is_default: value == 0 }
    }

    fn fixed32(value: u32) -> Self {
        Self { wire: Wire::Fixed32(value), is_default: value == 0 }
    }

    fn fixed64(value: u64) -> Self {
        Self { wire: Wire::Fixed64(value), is_default: value == 0 }
    }

    fn bytes(value: Cow<'t, [u8]>) -> Self {
        Self { is_default: value.is_empty(), wire: Wire::Bytes(value) }
    }

    /// Appends the value without a key.
    pub fn write(&self, wire: &mut Vec<u8>) {
        match &self.wire {
            Wire::Varint(value) => encode_varint(*value, wire),
            Wire::Fixed32(value) => wire.extend_from_slice(&value.to_le_bytes()),
            Wire::Fixed64(value) => wire.extend_from_slice(&value.to_le_bytes()),
            Wire::Bytes(value) => {
                encode_varint(value.len() as u64, wire);
                wire.extend_from_slice(value);
            }
        }
    }
}

/// Maps signed numbers to unsigned ones, small ones to small ones.
///
/// Source: Protocol Buffers, "Encoding", "Signed Integers".
fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn text<'t>(json: &'t JsonValue<'_>) -> Option<&'t str> {
    match json {
        JsonValue::Text(text) => Some(text),
        _ => None,
    }
}

/// Reads a whole number, in quotes or without. Without quotes, `1.0` and `1e3` are whole numbers.
fn integer<T: FromStr + TryFrom<i128>>(json: &JsonValue<'_>) -> Option<T> {
    match json {
        JsonValue::Text(text) => text.parse().ok(),
        JsonValue::Number(text) => match text.parse::<i128>() {
            Ok(value) => value.try_into().ok(),
            Err(_) => {
                let value: f64 = text.parse().ok()?;
                // Beyond 2^64 the cast below would be exact no longer, and no type has such numbers.
                let is_whole = value.fract() == 0.0 && value.abs() <= 1e20;
                is_whole.then(|| (value as i128).try_into().ok())?
            }
        },
        _ => None,
    }
}

/// Reads a number as a double. Numbers without quotes must be finite.
pub fn float(json: &JsonValue<'_>) -> Option<f64> {
    match json {
        JsonValue::Text(text) => text.parse().ok(),
        JsonValue::Number(text) => text.parse().ok().filter(|value: &f64| value.is_finite()),
        _ => None,
    }
}

/// Reads a number as a float, in two roundings unless it is whole, as prost-reflect does.
fn single_float(json: &JsonValue<'_>) -> Option<f32> {
    let JsonValue::Number(number) = json else { return text(json)?.parse().ok() };
    let whole = number.parse::<i128>().ok().filter(|value| *value != 0);
    let whole = whole.filter(|value| (i64::MIN.into()..=u64::MAX.into()).contains(value));
    let value =
        whole.map_or_else(|| float(json).map(|value| value as f32), |value| Some(value as f32));
    value.filter(|value| value.is_finite())
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let is_url_safe = text.bytes().any(|byte| matches!(byte, b'-' | b'_'));
    let engine = if is_url_safe { &URL_SAFE } else { &STANDARD };
    engine.decode(text).ok()
}

/// Reads a value of an enum: its name, or any number without quotes.
fn enum_number(of: &EnumDescriptor, json: &JsonValue<'_>) -> Option<i32> {
    let is_null = of.full_name() == "google.protobuf.NullValue";
    match json {
        JsonValue::Null if is_null => Some(0),
        JsonValue::Text(text) => of.get_value_by_name(text).map(|value| value.number()),
        JsonValue::Number(number) if !is_null && number != "-0" => number.parse().ok(),
        _ => None,
    }
}
