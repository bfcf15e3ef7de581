//! Results in gob: the fields of a struct, matched by name. Other fields are skipped.

use std::borrow::Cow;
use std::time::Duration;

use crate::codec::gob::problem::Problem;
use crate::codec::gob::time::unix_nanos;
use crate::codec::gob::types::{BYTES, Field, INT, Shape, TEXT, Types, UINT, nth};
use crate::codec::gob::wire::Wire;
use crate::record::{BatchBuilder, Columns, Headers, Record};

/// Reads records from messages.
pub struct Results {
    columns: Columns,
    types: Types,
    /// The struct of the last result; None after a definition.
    layout: Option<Layout>,
    /// Headers of the current record, kept to reuse their memory.
    headers: HeaderPairs,
}

/// The content of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// The definition of a type.
    Definition,
    /// A whole result.
    Result,
    /// The start of a result. It must be read again together with the next message, including the
    /// length of that message.
    Part,
}

/// A struct whose values are results.
struct Layout {
    /// Number of the type.
    id: i64,
    fields: Vec<LayoutField>,
}

/// A field of the struct.
struct LayoutField {
    shape: Shape,
    /// Value of the result that the field holds; None if the field is skipped.
    role: Option<Role>,
}

/// A value of a result.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Attack,
    Seq,
    Code,
    Timestamp,
    Latency,
    BytesOut,
    BytesIn,
    Error,
    Body,
    Method,
    Url,
    Headers,
}

impl Role {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "Attack" => Role::Attack,
            "Seq" => Role::Seq,
            "Code" => Role::Code,
            "Timestamp" => Role::Timestamp,
            "Latency" => Role::Latency,
            "BytesOut" => Role::BytesOut,
            "BytesIn" => Role::BytesIn,
            "Error" => Role::Error,
            "Body" => Role::Body,
            "Method" => Role::Method,
            "URL" => Role::Url,
            "Headers" => Role::Headers,
            _ => return None,
        })
    }

    /// Returns the type that the field must have, for error texts.
    fn expected(self) -> &'static str {
        match self {
            Role::Seq | Role::Code | Role::Latency | Role::BytesOut | Role::BytesIn => {
                "a whole number"
            }
            Role::Timestamp => "a time.Time",
            Role::Headers => "a map from texts to lists of texts",
            Role::Attack | Role::Error | Role::Body | Role::Method | Role::Url => "a text",
        }
    }
}

impl Results {
    /// Returns a reader of some of the columns.
    pub fn new(columns: Columns) -> Self {
        Self { columns, types: Types::default(), layout: None, headers: HeaderPairs::default() }
    }

    /// Reads a message, and adds its result if it has one.
    ///
    /// # Errors
    ///
    /// If the message is neither a definition nor a result.
    pub fn read(&mut self, message: &[u8], records: &mut BatchBuilder) -> Result<Content, Problem> {
        let mut wire = Wire::new(message);
        let id = wire.int()?;
        if id < 0 {
            self.types.define(id.saturating_neg(), &mut wire)?;
            self.layout = None;
            wire.end()?;
            return Ok(Content::Definition);
        }
        match self.push(id, &mut wire, records) {
            Err(_) if self.types.take_split() => Ok(Content::Part),
            outcome => outcome.map(|()| Content::Result),
        }
    }

    fn push(
        &mut self,
        id: i64,
        wire: &mut Wire<'_>,
        records: &mut BatchBuilder,
    ) -> Result<(), Problem> {
        if self.layout.as_ref().is_none_or(|layout| layout.id != id) {
            self.layout = Some(Layout { id, fields: self.fields_of(id)? });
        }
        let Self { types, layout, headers, .. } = self;
        let fields = layout.as_ref().map_or(&[][..], |layout| &layout.fields);
        let mut values = Values::default();
        headers.len = 0;
        let mut last = 0;
        while let Some(number) = wire.field(last)? {
            let field = nth(fields, number)?;
            match field.role {
                None => types.skip(&field.shape, wire)?,
                Some(role) => values.read(role, &field.shape, wire, headers)?,
            }
            last = number;
        }
        wire.end()?;
        records.push(&values.record(headers.pairs()));
        Ok(())
    }

    /// Returns the fields of a struct, each with its role.
    fn fields_of(&self, id: i64) -> Result<Vec<LayoutField>, Problem> {
        let Shape::Struct(fields) = self.types.shape(id)? else {
            return Err(Problem::NotStruct);
        };
        if !fields.iter().any(|field| Role::of(&field.name) == Some(Role::Timestamp)) {
            return Err(Problem::NotResult);
        }
        fields.iter().map(|field| self.layout_field(field)).collect()
    }

    fn layout_field(&self, field: &Field) -> Result<LayoutField, Problem> {
        let shape = self.types.shape(field.id)?;
        let role = Role::of(&field.name);
        if let Some(role) = role
            && !self.fits(role, field.id, &shape)?
        {
            let (name, expected) = (field.name.clone(), role.expected());
            return Err(Problem::FieldType { name, expected });
        }
        let wanted = |role: &Role| {
            self.columns == Columns::All || ![Role::Headers, Role::Body].contains(role)
        };
        Ok(LayoutField { shape, role: role.filter(wanted) })
    }

    /// Returns whether the field may have a type.
    fn fits(&self, role: Role, id: i64, shape: &Shape) -> Result<bool, Problem> {
        let is_text = |id| id == TEXT || id == BYTES;
        Ok(match role {
            Role::Seq | Role::Code | Role::Latency | Role::BytesOut | Role::BytesIn => {
                id == INT || id == UINT
            }
            Role::Attack | Role::Error | Role::Body | Role::Method | Role::Url => is_text(id),
            Role::Timestamp => *shape == Shape::Bytes && !is_text(id),
            Role::Headers => match shape {
                Shape::Map(key, list) => {
                    let list = self.types.shape(*list)?;
                    is_text(*key) && matches!(list, Shape::List(value) if is_text(value))
                }
                _ => false,
            },
        })
    }
}

/// The values of a result. Missing fields are zero or empty, because Go does not write those.
#[derive(Default)]
struct Values<'a> {
    attack: Cow<'a, str>,
    seq: u64,
    code: u16,
    timestamp_ns: i64,
    /// In ns; a negative latency counts as zero.
    latency_ns: i64,
    bytes_out: u64,
    bytes_in: u64,
    error: Cow<'a, str>,
    body: &'a [u8],
    method: Cow<'a, str>,
    url: Cow<'a, str>,
    has_headers: bool,
}

impl<'a> Values<'a> {
    /// Reads a field. Headers are stored separately.
    fn read(
        &mut self,
        role: Role,
        shape: &Shape,
        wire: &mut Wire<'a>,
        headers: &mut HeaderPairs,
    ) -> Result<(), Problem> {
        match role {
            Role::Attack => self.attack = wire.text()?,
            Role::Seq => self.seq = whole(shape, wire)?,
            Role::Code => self.code = whole(shape, wire)?,
            Role::Timestamp => self.timestamp_ns = unix_nanos(wire.bytes()?)?,
            Role::Latency => self.latency_ns = whole(shape, wire)?,
            Role::BytesOut => self.bytes_out = whole(shape, wire)?,
            Role::BytesIn => self.bytes_in = whole(shape, wire)?,
            Role::Error => self.error = wire.text()?,
            Role::Body => self.body = wire.bytes()?,
            Role::Method => self.method = wire.text()?,
            Role::Url => self.url = wire.text()?,
            Role::Headers => {
                headers.read(wire)?;
                self.has_headers = true;
            }
        }
        Ok(())
    }

    fn record<'b>(&'b self, headers: &'b [(String, String)]) -> Record<'b> {
        Record {
            attack: &self.attack,
            seq: self.seq,
            code: self.code,
            timestamp_ns: self.timestamp_ns,
            latency: Duration::from_nanos(u64::try_from(self.latency_ns).unwrap_or(0)),
            lag: None,
            connect: None,
            first_byte: None,
            bytes_out: self.bytes_out,
            bytes_in: self.bytes_in,
            retries: 0,
            error: Some(self.error.as_ref()).filter(|error| !error.is_empty()),
            body: self.body,
            name: "",
            method: &self.method,
            url: &self.url,
            headers: self.has_headers.then_some(Headers::Pairs(headers)),
            flow: None,
            messaging: None,
        }
    }
}

/// Reads a whole number from a field of signed or unsigned numbers.
fn whole<T: TryFrom<i128>>(shape: &Shape, wire: &mut Wire<'_>) -> Result<T, Problem> {
    let number: i128 = match shape {
        Shape::Int => wire.int()?.into(),
        _ => wire.uint()?.into(),
    };
    T::try_from(number).map_err(|_| Problem::range::<T>(number))
}

/// Headers of the current record, in memory that all records share.
#[derive(Default)]
struct HeaderPairs {
    store: Vec<(String, String)>,
    /// Number of headers of the current record, <= the length of `store`.
    len: usize,
}

impl HeaderPairs {
    /// Reads the headers and sorts them by name, because Go writes maps in random order.
    fn read(&mut self, wire: &mut Wire<'_>) -> Result<(), Problem> {
        for _ in 0..wire.count()? {
            let name = wire.text()?;
            for _ in 0..wire.count()? {
                self.push(&name, &wire.text()?);
            }
        }
        self.store[..self.len].sort_by(|left, right| left.0.cmp(&right.0));
        Ok(())
    }

    fn push(&mut self, name: &str, value: &str) {
        if self.len == self.store.len() {
            self.store.push(Default::default());
        }
        let (old_name, old_value) = &mut self.store[self.len];
        name.clone_into(old_name);
        value.clone_into(old_value);
        self.len += 1;
    }

    fn pairs(&self) -> &[(String, String)] {
        &self.store[..self.len]
    }
}
