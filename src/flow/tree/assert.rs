//! What is expected of a response, and what is kept of it.

use crate::flow::tree::filter::Filter;
use crate::flow::tree::query::{Pattern, Query};
use crate::flow::tree::template::{Placeholder, Slot, Template};

/// The response section of an entry.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Line of `HTTP …`, from 1.
    pub line: usize,
    /// The version that `HTTP/1.0`, `HTTP/1.1`, `HTTP/2` or `HTTP/3` demands. None accepts any.
    pub version: Option<Version>,
    /// The status. None for `*`, which accepts any.
    pub status: Option<u16>,
    /// Whether the gRPC status must be OK: in a call whose checks do not read it.
    pub demands_ok: bool,
    /// Headers that must be present with these values.
    pub headers: Vec<ExpectedHeader>,
    /// The body. None expects nothing of it.
    pub body: Option<ExpectedBody>,
    /// Variables to set, in order.
    pub captures: Vec<Capture>,
    /// Checks, in order.
    pub asserts: Vec<Assert>,
}

impl Expected {
    /// Returns whether anything is checked. Captures check nothing.
    pub fn has_checks(&self) -> bool {
        self.version.is_some()
            || self.status.is_some()
            || self.demands_ok
            || self.body.is_some()
            || !self.headers.is_empty()
            || !self.asserts.is_empty()
    }

    /// Returns whether a check reads the gRPC status, and so decides about it.
    pub fn checks_grpc_status(&self) -> bool {
        let is_status = |name: &Template| {
            name.fixed().is_some_and(|name| name.eq_ignore_ascii_case(GRPC_STATUS))
        };
        let is_read = |assert: &Assert| match &assert.query {
            Query::Header(name) => is_status(name),
            _ => false,
        };
        self.headers.iter().any(|header| is_status(&header.name))
            || self.asserts.iter().any(is_read)
    }
}

/// The header or trailer of a gRPC response that has its status.
pub const GRPC_STATUS: &str = "grpc-status";

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    Http10,
    Http11,
    Http2,
    Http3,
}

impl Version {
    /// Returns the number of the version: `1.0`, `1.1`, `2` or `3`.
    pub fn number(self) -> &'static str {
        match self {
            Self::Http10 => "1.0",
            Self::Http11 => "1.1",
            Self::Http2 => "2",
            Self::Http3 => "3",
        }
    }
}

/// A header that must be present.
#[derive(Clone, Debug)]
pub struct ExpectedHeader {
    /// Line in the file, from 1.
    pub line: usize,
    /// The line as it stands in the file, trimmed and without a comment. Messages show it.
    pub text: Box<str>,
    pub name: Template,
    pub value: Template,
}

/// An expected body.
#[derive(Clone, Debug)]
pub struct ExpectedBody {
    /// Line in the file, from 1.
    pub line: usize,
    pub body: BodyValue,
}

/// The content of an expected body.
#[derive(Clone, Debug)]
pub enum BodyValue {
    /// Text that the body must equal.
    Text(Template),
    /// JSON that the body must equal as text, with the same blanks and the same order of keys.
    Json(Template),
    /// Bytes that the body must equal.
    Bytes(Vec<u8>),
}

/// A line of `[Captures]`.
#[derive(Clone, Debug)]
pub struct Capture {
    /// Line in the file, from 1.
    pub line: usize,
    /// The line as it stands in the file, trimmed and without a comment. Messages show it.
    pub text: Box<str>,
    /// The variable that is set.
    pub slot: Slot,
    pub query: Query,
    pub filters: Vec<Filter>,
    /// Whether the value is kept out of all outputs: `redact`.
    pub redact: bool,
}

/// A line of `[Asserts]`.
#[derive(Clone, Debug)]
pub struct Assert {
    /// Line in the file, from 1.
    pub line: usize,
    /// The line as it stands in the file, trimmed and without a comment. Messages show it.
    pub text: Box<str>,
    pub query: Query,
    pub filters: Vec<Filter>,
    /// Whether the predicate must not hold.
    pub not: bool,
    pub predicate: Predicate,
}

/// A condition of a value.
#[derive(Clone, Debug)]
pub enum Predicate {
    Equal(Operand),
    NotEqual(Operand),
    Greater(Operand),
    GreaterOrEqual(Operand),
    Less(Operand),
    LessOrEqual(Operand),
    StartsWith(Operand),
    EndsWith(Operand),
    Contains(Operand),
    Includes(Operand),
    Matches(Pattern),
    Exists,
    IsBoolean,
    IsCollection,
    IsDate,
    IsEmpty,
    IsFloat,
    IsInteger,
    IsIpv4,
    IsIpv6,
    IsIsoDate,
    IsList,
    IsNumber,
    IsObject,
    IsString,
    IsUuid,
}

/// The value that a predicate compares with.
#[derive(Clone, Debug)]
pub enum Operand {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    /// An integer beyond 64 bits, as written.
    BigInteger(Box<str>),
    Text(Template),
    Bytes(Vec<u8>),
    /// A placeholder without quotes, whose value keeps its type.
    Placeholder(Placeholder),
}
