//! The types that a gob defines, and how a value of any of them is passed over.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use super::wire::Wire;

/// Numbers of the types that need no definition.
///
/// Source: Go, package encoding/gob, type.go, as are the numbers of fields below.
pub const INT: i64 = 2;
pub const UINT: i64 = 3;
pub const BYTES: i64 = 5;
pub const TEXT: i64 = 6;
const BOOL: i64 = 1;
const FLOAT: i64 = 4;
const COMPLEX: i64 = 7;
const INTERFACE: i64 = 8;

/// The kinds of defined types, as the fields of `wireType` are numbered.
pub const ARRAY: usize = 1;
pub const SLICE: usize = 2;
pub const STRUCT: usize = 3;
pub const MAP: usize = 4;
pub const GOB_ENCODER: usize = 5;
const BINARY_MARSHALER: usize = 6;
const TEXT_MARSHALER: usize = 7;

/// Most types of a stream, and most fields of a struct: bounds for memory, not for programs.
const MOST_TYPES: usize = 1000;
const MOST_FIELDS: usize = 1000;

/// How deep values may lie in one another: a bound for the stack.
const DEEPEST: usize = 200;

/// What values of a type are made of.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A signed number.
    Int,
    /// An unsigned number; also a boolean or a float, whose bits are written as one.
    Uint,
    /// A string of bytes: of text, of none, or what a type of Go made of itself.
    Bytes,
    Complex,
    Interface,
    /// Values of one type, by its number, behind their count.
    List(i64),
    /// Keys and values, by the numbers of their types.
    Map(i64, i64),
    Struct(Arc<[Field]>),
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub name: String,
    /// Number of its type.
    pub id: i64,
}

/// The types that were defined so far.
#[derive(Default)]
pub struct Types {
    shapes: BTreeMap<i64, Shape>,
    /// Whether the last value was broken off by a definition, and goes on in another message.
    is_split: bool,
}

impl Types {
    /// Takes in a definition. One of a known number takes its place: it begins another stream
    /// behind the first, whose values come after all the definitions that they need.
    ///
    /// # Errors
    ///
    /// Where it defines no type.
    pub fn define(&mut self, id: i64, wire: &mut Wire<'_>) -> Result<(), String> {
        let mut shape = None;
        let mut last = 0;
        while let Some(kind) = wire.field(last)? {
            shape = Some(define_kind(kind, wire)?);
            last = kind;
        }
        let shape = shape.ok_or("a definition of no type")?;
        if self.shapes.len() >= MOST_TYPES && !self.shapes.contains_key(&id) {
            return Err(format!("more than {MOST_TYPES} types, expected those of results"));
        }
        self.shapes.insert(id, shape);
        Ok(())
    }

    /// Returns the shape of a type.
    ///
    /// # Errors
    ///
    /// Where it is not defined.
    pub fn shape(&self, id: i64) -> Result<Shape, String> {
        Ok(match id {
            INT => Shape::Int,
            BOOL | UINT | FLOAT => Shape::Uint,
            BYTES | TEXT => Shape::Bytes,
            COMPLEX => Shape::Complex,
            INTERFACE => Shape::Interface,
            _ => self
                .shapes
                .get(&id)
                .cloned()
                .ok_or_else(|| format!("type {id} is not defined before its values"))?,
        })
    }

    /// Returns whether the last value goes on in another message, and forgets it.
    pub fn take_split(&mut self) -> bool {
        mem::take(&mut self.is_split)
    }

    /// Passes over a value. It may define types on the way.
    ///
    /// # Errors
    ///
    /// Where it is no value of the type.
    pub fn skip(&mut self, shape: &Shape, wire: &mut Wire<'_>) -> Result<(), String> {
        self.skip_within(shape, wire, 0)
    }

    fn skip_within(
        &mut self,
        shape: &Shape,
        wire: &mut Wire<'_>,
        depth: usize,
    ) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(format!("values lie in one another more than {DEEPEST} deep"));
        }
        let depth = depth + 1;
        match shape {
            Shape::Int | Shape::Uint => wire.uint().map(drop),
            Shape::Complex => wire.uint().and_then(|_| wire.uint()).map(drop),
            Shape::Bytes => wire.bytes().map(drop),
            Shape::Interface => self.skip_interface(wire, depth),
            Shape::List(element) => {
                let element = self.shape(*element)?;
                let count = wire.count()?;
                (0..count).try_for_each(|_| self.skip_within(&element, wire, depth))
            }
            Shape::Map(key, value) => {
                let (key, value) = (self.shape(*key)?, self.shape(*value)?);
                let count = wire.count()?;
                (0..count).try_for_each(|_| {
                    self.skip_within(&key, wire, depth)?;
                    self.skip_within(&value, wire, depth)
                })
            }
            Shape::Struct(fields) => {
                let mut last = 0;
                while let Some(number) = wire.field(last)? {
                    let shape = self.shape(nth(fields, number)?.id)?;
                    self.skip_within(&shape, wire, depth)?;
                    last = number;
                }
                Ok(())
            }
        }
    }

    /// Passes over the name of a type, its definition where it was not defined before, the number
    /// of the type, and the value behind its length; an empty name stands for nil, which has no
    /// value.
    ///
    /// A definition ends a message amid the value, and the next begins with its own length, or
    /// what would be one: a value is therefore passed over by its type, not by its length.
    fn skip_interface(&mut self, wire: &mut Wire<'_>, depth: usize) -> Result<(), String> {
        if wire.bytes()?.is_empty() {
            return Ok(());
        }
        loop {
            let id = wire.int()?;
            if id >= 0 {
                wire.uint()?;
                let shape = self.shape(id)?;
                if !matches!(shape, Shape::Struct(_)) {
                    // A zero stands before whatever is no struct.
                    wire.uint()?;
                }
                return self.skip_within(&shape, wire, depth);
            }
            self.define(id.saturating_neg(), wire)?;
            self.is_split = wire.is_empty();
            wire.uint()?;
        }
    }
}

/// Returns a field by its number, counted from 1.
///
/// # Errors
///
/// Where the struct has none of that number.
pub fn nth<T>(fields: &[T], number: usize) -> Result<&T, String> {
    number
        .checked_sub(1)
        .and_then(|idx| fields.get(idx))
        .ok_or_else(|| format!("field {number} of a struct that has {} fields", fields.len()))
}

/// Reads what a kind of type is defined by: common to all is field 1, the name.
fn define_kind(kind: usize, wire: &mut Wire<'_>) -> Result<Shape, String> {
    let (mut second, mut third, mut fields) = (0, 0, Vec::new());
    let mut last = 0;
    while let Some(number) = wire.field(last)? {
        match (kind, number) {
            (_, 1) => skip_name(wire)?,
            (STRUCT, 2) => fields = define_fields(wire)?,
            (_, 2) => second = wire.int()?,
            (_, 3) => third = wire.int()?,
            _ => return Err(format!("a definition with a field {number}, expected at most 3")),
        }
        last = number;
    }
    match kind {
        ARRAY | SLICE => Ok(Shape::List(second)),
        STRUCT => Ok(Shape::Struct(fields.into())),
        MAP => Ok(Shape::Map(second, third)),
        GOB_ENCODER | BINARY_MARSHALER | TEXT_MARSHALER => Ok(Shape::Bytes),
        _ => Err(format!("a type of the unknown kind {kind}, expected one of 1 to 7")),
    }
}

/// Passes over the name and number that a type gives of itself.
fn skip_name(wire: &mut Wire<'_>) -> Result<(), String> {
    let mut last = 0;
    while let Some(number) = wire.field(last)? {
        match number {
            1 => wire.bytes().map(drop)?,
            2 => wire.int().map(drop)?,
            _ => return Err(format!("a type's name with a field {number}, expected at most 2")),
        }
        last = number;
    }
    Ok(())
}

fn define_fields(wire: &mut Wire<'_>) -> Result<Vec<Field>, String> {
    let count = wire.count()?;
    if count > MOST_FIELDS {
        return Err(format!("a struct of {count} fields, expected at most {MOST_FIELDS}"));
    }
    (0..count).map(|_| define_field(wire)).collect()
}

fn define_field(wire: &mut Wire<'_>) -> Result<Field, String> {
    let mut field = Field { name: String::new(), id: 0 };
    let mut last = 0;
    while let Some(number) = wire.field(last)? {
        match number {
            1 => field.name = wire.text()?.into_owned(),
            2 => field.id = wire.int()?,
            _ => return Err(format!("a field's definition with a field {number}, expected 2")),
        }
        last = number;
    }
    Ok(field)
}
