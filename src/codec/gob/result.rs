//! Results in gob: the fields of their struct, matched by name, whatever else is in it.

use std::any;
use std::borrow::Cow;
use std::time::Duration;

use super::time::unix_nanos;
use super::types::{BYTES, Field, INT, Shape, TEXT, Types, UINT, nth};
use super::wire::Wire;
use crate::record::{BatchBuilder, Columns, Headers, Record};

/// Turns messages into records.
pub struct Results {
    columns: Columns,
    types: Types,
    /// Number and fields of the struct that the last result was of; None after a definition.
    layout: Option<(i64, Vec<Slot>)>,
    /// Headers of the record under way, kept for their memory.
    headers: HeaderPairs,
}

/// What a message held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Definition,
    Result,
    /// The beginning of a result, which is to be taken again with the next message behind it, its
    /// length included.
    Part,
}

/// A field of the struct, and what it holds of a result.
struct Slot {
    shape: Shape,
    /// None for what is passed over.
    role: Option<Role>,
}

/// What a field holds of a result.
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

    /// Returns what such a field must be.
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
    pub fn new(columns: Columns) -> Self {
        Self { columns, types: Types::default(), layout: None, headers: HeaderPairs::default() }
    }

    /// Takes a message and adds the result that it holds, if it holds one.
    ///
    /// # Errors
    ///
    /// Where it is neither a definition nor a result.
    pub fn take(&mut self, message: &[u8], records: &mut BatchBuilder) -> Result<Taken, String> {
        let mut wire = Wire::new(message);
        let id = wire.int()?;
        if id < 0 {
            self.types.define(id.saturating_neg(), &mut wire)?;
            self.layout = None;
            wire.end()?;
            return Ok(Taken::Definition);
        }
        match self.push(id, &mut wire, records) {
            Err(_) if self.types.take_split() => Ok(Taken::Part),
            outcome => outcome.map(|()| Taken::Result),
        }
    }

    fn push(
        &mut self,
        id: i64,
        wire: &mut Wire<'_>,
        records: &mut BatchBuilder,
    ) -> Result<(), String> {
        if self.layout.as_ref().is_none_or(|(known, _)| *known != id) {
            self.layout = Some((id, self.lay_out(id)?));
        }
        let Self { types, layout, headers, .. } = self;
        let slots = layout.as_ref().map_or(&[][..], |(_, slots)| slots);
        let mut values = Values::default();
        headers.len = 0;
        let mut last = 0;
        while let Some(number) = wire.field(last)? {
            let slot = nth(slots, number)?;
            match slot.role {
                None => types.skip(&slot.shape, wire)?,
                Some(role) => values.read(role, &slot.shape, wire, headers)?,
            }
            last = number;
        }
        wire.end()?;
        records.push(&values.record(headers.pairs()));
        Ok(())
    }

    /// Finds out which field of a struct holds what.
    fn lay_out(&self, id: i64) -> Result<Vec<Slot>, String> {
        let Shape::Struct(fields) = self.types.shape(id)? else {
            return Err("a value that is no struct, expected a result".to_owned());
        };
        if !fields.iter().any(|field| Role::of(&field.name) == Some(Role::Timestamp)) {
            return Err("a struct without a field 'Timestamp', expected a result".to_owned());
        }
        fields.iter().map(|field| self.slot(field)).collect()
    }

    fn slot(&self, field: &Field) -> Result<Slot, String> {
        let shape = self.types.shape(field.id)?;
        let role = Role::of(&field.name);
        if let Some(role) = role
            && !self.fits(role, field.id, &shape)?
        {
            let (name, expected) = (&field.name, role.expected());
            return Err(format!("the field '{name}' is of another type, expected {expected}"));
        }
        let wanted = |role: &Role| {
            self.columns == Columns::All || ![Role::Headers, Role::Body].contains(role)
        };
        Ok(Slot { shape, role: role.filter(wanted) })
    }

    /// Returns whether a type is one that such a field may have.
    fn fits(&self, role: Role, id: i64, shape: &Shape) -> Result<bool, String> {
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

/// The fields of a result; zero and empty where they are missing, as Go leaves out what is so.
#[derive(Default)]
struct Values<'a> {
    attack: Cow<'a, str>,
    seq: u64,
    code: u16,
    timestamp_ns: i64,
    /// In ns; negative for none.
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
    /// Reads a field; headers go into memory of their own.
    fn read(
        &mut self,
        role: Role,
        shape: &Shape,
        wire: &mut Wire<'a>,
        headers: &mut HeaderPairs,
    ) -> Result<(), String> {
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
        }
    }
}

/// Reads a whole number, which an integer field of either sign may hold.
fn whole<T: TryFrom<i128>>(shape: &Shape, wire: &mut Wire<'_>) -> Result<T, String> {
    let number: i128 = match shape {
        Shape::Int => wire.int()?.into(),
        _ => wire.uint()?.into(),
    };
    T::try_from(number).map_err(|_| {
        format!("the number {number}, expected one that fits {}", any::type_name::<T>())
    })
}

/// Headers of one record after another, in the same memory.
#[derive(Default)]
struct HeaderPairs {
    store: Vec<(String, String)>,
    /// How many of them are those of the record under way.
    len: usize,
}

impl HeaderPairs {
    /// Reads the headers, sorted by name: Go writes a map in no order of its own.
    fn read(&mut self, wire: &mut Wire<'_>) -> Result<(), String> {
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
