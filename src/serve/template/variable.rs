//! The variables of a template.

use std::num::NonZeroUsize;
use std::str::FromStr;

use http::HeaderName;
use rand::Rng;
use serde_json::Value;

use crate::serve::template::Absent;
use crate::serve::template::received::Received;
use crate::units::write_uuid;

/// A value that a request has, or that is drawn for it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Variable {
    /// A random UUID.
    Uuid,
    Method,
    /// The path as sent, without the query.
    Path,
    /// A segment of the path, as sent; the first one is 1.
    Segment(NonZeroUsize),
    /// The query as sent, without the question mark.
    Query,
    /// All headers of a name, separated by a comma and a blank.
    Header(HeaderName),
    /// The whole body.
    Body,
    /// The value at a JSON pointer in the body.
    Pointer(String),
}

impl Variable {
    /// Appends the value for a request. Text is escaped as in a JSON string; other JSON values are
    /// written compactly. A header, a segment or a query that is missing adds nothing.
    pub(super) fn write(
        &self,
        request: &Received,
        random: &mut impl Rng,
        text: &mut String,
    ) -> Result<(), Absent<'_>> {
        let head = &request.head;
        match self {
            Self::Uuid => write_uuid(random, text).expect("writing to a String cannot fail"),
            Self::Method => text.push_str(head.method.as_str()),
            Self::Path => push_escaped(text, request.path().as_bytes()),
            Self::Segment(number) => {
                let segment = request.path().split('/').nth(number.get()).unwrap_or_default();
                push_escaped(text, segment.as_bytes());
            }
            Self::Query => push_escaped(text, head.uri.query().unwrap_or_default().as_bytes()),
            Self::Header(name) => {
                let values: Vec<_> = head.headers.get_all(name).iter().map(AsRef::as_ref).collect();
                push_escaped(text, &values.join(&b", "[..]));
            }
            Self::Body => push_escaped(text, &request.body),
            Self::Pointer(pointer) => match request.value_at(pointer).ok_or(Absent(pointer))? {
                Value::String(value) => push_escaped(text, value.as_bytes()),
                value => text.push_str(&value.to_string()),
            },
        }
        Ok(())
    }
}

/// Parses the text between `{{$` and `}}`.
impl FromStr for Variable {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let (word, argument) = match name.split_once('.') {
            Some((word, argument)) => (word, Some(argument)),
            None => (name, None),
        };
        let variable = match (word, argument) {
            ("uuid", None) => Some(Self::Uuid),
            ("method", None) => Some(Self::Method),
            ("path", None) => Some(Self::Path),
            ("path", Some(number)) => number.parse().ok().map(Self::Segment),
            ("query", None) => Some(Self::Query),
            ("header", Some(name)) => name.parse().ok().map(Self::Header),
            ("body", None) => Some(Self::Body),
            ("body", Some(pointer)) => is_pointer(pointer).then(|| Self::Pointer(pointer.into())),
            _ => None,
        };
        variable.ok_or_else(|| {
            format!(
                "unknown variable '${name}': expected $uuid, $method, $path, $path.N with N from \
                 1, $query, $header.NAME, $body or $body./POINTER"
            )
        })
    }
}

/// Returns whether a text is a JSON pointer to a part of a document.
///
/// Source: RFC 6901, section 3.
fn is_pointer(text: &str) -> bool {
    let is_escape = |rest: &str| rest.starts_with(['0', '1']);
    text.starts_with('/') && text.split('~').skip(1).all(is_escape)
}

/// Appends a text as in a JSON string, without the quotation marks.
fn push_escaped(text: &mut String, value: &[u8]) {
    let quoted = Value::from(String::from_utf8_lossy(value)).to_string();
    text.push_str(&quoted[1..quoted.len() - 1]);
}
