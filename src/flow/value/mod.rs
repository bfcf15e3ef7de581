//! Values of variables, queries and filters.

pub mod number;
pub mod json;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

/// A value. At most 24 bytes, and cheap to clone: texts, lists and objects are shared.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// No value yet: a variable before its capture.
    #[default]
    Unset,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer of 64 bits.
    Integer(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// An integer beyond 64 bits, as digits, maybe after a minus sign; or a number beyond the range of
    /// floats, maybe with a point and an exponent, which hurl takes for an integer.
    BigInteger(Arc<str>),
    /// A text.
    Text(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A list.
    List(Arc<[Value]>),
    /// An object, with its members in the order of their names.
    Object(Arc<[(Arc<str>, Value)]>),
    /// A time.
    Date(DateTime<Utc>),
    /// A flag of a cookie that is set: `Secure`, `HttpOnly`.
    Flag,
    /// A response that redirected.
    Redirect(Arc<Redirection>),
}

/// A response that redirected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirection {
    /// HTTP status.
    pub status: u16,
    /// The URL that it led to.
    pub location: Box<str>,
}

impl Value {
    /// Returns a text value.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Returns the value of a variable that the command line or a feed gives as text, as hurl reads
    /// it: a number, `true`, `false`, `null`, or a text, which double quotes may enclose.
    pub fn of_variable(text: &str) -> Self {
        let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text {
            "true" => Self::Bool(true),
            "false" => Self::Bool(false),
            "null" => Self::Null,
            _ => match (text.parse(), text.parse()) {
                (Ok(integer), _) => Self::Integer(integer),
                _ if is_digits => Self::BigInteger(text.into()),
                (_, Ok(float)) => Self::Float(float),
                _ => Self::text(quoted.unwrap_or(text)),
            },
        }
    }

    /// Returns the value as a template shows it. None for a value that no template can show: bytes,
    /// a list, an object, a flag, a redirect, or no value.
    pub fn render(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Null
            | Self::Bool(_)
            | Self::Integer(_)
            | Self::Float(_)
            | Self::BigInteger(_) => Some(Cow::Owned(self.to_string())),
            Self::Date(date) => Some(Cow::Owned(iso_date(date))),
            _ => None,
        }
    }

    /// Returns what kind of value it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unset => "unset",
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) | Self::BigInteger(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
            Self::Date(_) => "a date",
            Self::Flag => "a flag",
            Self::Redirect(_) => "a redirect",
        }
    }

    /// Returns whether it is an integer or a float.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Integer(_) | Self::Float(_) | Self::BigInteger(_))
    }
}

/// Returns a time as templates show it: in UTC, to the microsecond.
pub fn iso_date(date: &DateTime<Utc>) -> String {
    date.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// Numbers are equal if they have the same value, whatever their types. Values of different kinds
/// are not equal, and neither are redirects.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unset, Self::Unset) | (Self::Null, Self::Null) | (Self::Flag, Self::Flag) => {
                true
            }
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Text(left), Self::Text(right)) => left == right,
            (Self::Bytes(left), Self::Bytes(right)) => left == right,
            (Self::List(left), Self::List(right)) => left == right,
            (Self::Object(left), Self::Object(right)) => left == right,
            (Self::Date(left), Self::Date(right)) => left == right,
            (left, right) => number::compare(left, right) == Some(Ordering::Equal),
        }
    }
}

/// As a template shows it; values that no template can show have a form for people.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset => f.write_str("unset"),
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => number::write_float(f, *value),
            Self::BigInteger(text) | Self::Text(text) => f.write_str(text),
            Self::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::Date(date) => f.write_str(&iso_date(date)),
            Self::Flag => f.write_str("set"),
            Self::List(_) | Self::Object(_) | Self::Redirect(_) => {
                f.write_str(&self.to_json().to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests;
