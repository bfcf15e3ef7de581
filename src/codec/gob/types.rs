//! The types that a gob stream defines, and how to skip values of any type.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use crate::codec::gob::limits::{MAX_DEPTH, MAX_FIELDS, MAX_TYPES};
use crate::codec::gob::problem::Problem;
use crate::codec::gob::wire::Wire;

/// Numbers of the predefined types.
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

/// The kinds of defined types, which are the numbers of the fields of `wireType`.
pub const ARRAY: usize = 1;
pub const SLICE: usize = 2;
pub const STRUCT: usize = 3;
pub const MAP: usize = 4;
pub const GOB_ENCODER: usize = 5;
const BINARY_MARSHALER: usize = 6;
const TEXT_MARSHALER: usize = 7;

/// The structure of the values of a type.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A signed number.
    Int,
    /// An unsigned number; also a boolean or a float, which are written as one.
    Uint,
    /// A byte string: text, binary data, or the encoding that a Go type defines for itself.
    Bytes,
    /// Two floats.
    Complex,
    /// A value with the name and number of its type.
    Interface,
    /// A count, then values of one type, by its number.
    List(i64),
    /// A count, then keys and values, by the numbers of their types.
    Map(i64, i64),
    /// Fields, of which zero ones are left out.
    Struct(Arc<[Field]>),
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Name in Go.
    pub name: String,
    /// Number of its type.
    pub id: i64,
}

/// The types that a stream has defined so far.
#[derive(Default)]
pub struct Types {
    shapes: BTreeMap<i64, Shape>,
    /// Whether a definition interrupted the last value, which continues in the next message.
    is_split: bool,
}

impl Types {
    /// Reads a definition. A known number is redefined: another stream follows the first one, and
    /// its values come after all definitions that they need.
    ///
    /// # Errors
    ///
    /// If the message defines no type.
    pub fn define(&mut self, id: i64, wire: &mut Wire<'_>) -> Result<(), Problem> {
        let mut shape = None;
        let mut last = 0;
        while let Some(kind) = wire.field(last)? {
            shape = Some(define_kind(kind, wire)?);
            last = kind;
        }
        let shape = shape.ok_or(Problem::NoType)?;
        if self.shapes.len() >= MAX_TYPES && !self.shapes.contains_key(&id) {
            return Err(Problem::TooManyTypes);
        }
        self.shapes.insert(id, shape);
        Ok(())
    }

    /// Returns the shape of a type.
    ///
    /// # Errors
    ///
    /// If the type is not defined.
    pub fn shape(&self, id: i64) -> Result<Shape, Problem> {
        Ok(match id {
            INT => Shape::Int,
            BOOL | UINT | FLOAT => Shape::Uint,
            BYTES | TEXT => Shape::Bytes,
            COMPLEX => Shape::Complex,
            INTERFACE => Shape::Interface,
            _ => self.shapes.get(&id).cloned().ok_or(Problem::Undefined(id))?,
        })
    }

    /// Returns whether the last value continues in the next message, and resets this state.
    pub fn take_split(&mut self) -> bool {
        mem::take(&mut self.is_split)
    }

    /// Skips a value, which may contain definitions.
    ///
    /// # Errors
    ///
    /// If the bytes are not a value of the type.
    pub fn skip(&mut self, shape: &Shape, wire: &mut Wire<'_>) -> Result<(), Problem> {
        self.skip_within(shape, wire, 0)
    }

    fn skip_within(
        &mut self,
        shape: &Shape,
        wire: &mut Wire<'_>,
        depth: usize,
    ) -> Result<(), Problem> {
        if depth > MAX_DEPTH {
            return Err(Problem::TooDeep);
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

    /// Skips the name of a type, its definition if it is new, the number of the type, the length
    /// of the value, and the value. An empty name means nil, which has no value.
    ///
    /// A definition ends the message within the value, and the next message begins with a length.
    /// A value is therefore skipped by its type, not by its length.
    fn skip_interface(&mut self, wire: &mut Wire<'_>, depth: usize) -> Result<(), Problem> {
        if wire.bytes()?.is_empty() {
            return Ok(());
        }
        loop {
            let id = wire.int()?;
            if id >= 0 {
                wire.uint()?;
                let shape = self.shape(id)?;
                if !matches!(shape, Shape::Struct(_)) {
                    // A zero precedes all values but structs.
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

/// Returns a field by its number, from 1.
///
/// # Errors
///
/// If the struct has no field of that number.
pub fn nth<T>(fields: &[T], number: usize) -> Result<&T, Problem> {
    number
        .checked_sub(1)
        .and_then(|idx| fields.get(idx))
        .ok_or(Problem::NoField { number, n_fields: fields.len() })
}

/// Reads the definition of a kind of type. Field 1 is the name for all kinds.
fn define_kind(kind: usize, wire: &mut Wire<'_>) -> Result<Shape, Problem> {
    let (mut second, mut third, mut fields) = (0, 0, Vec::new());
    let mut last = 0;
    while let Some(number) = wire.field(last)? {
        match (kind, number) {
            (_, 1) => skip_name(wire)?,
            (STRUCT, 2) => fields = define_fields(wire)?,
            (_, 2) => second = wire.int()?,
            (_, 3) => third = wire.int()?,
            _ => return Err(Problem::DefinitionField(number)),
        }
        last = number;
    }
    match kind {
        ARRAY | SLICE => Ok(Shape::List(second)),
        STRUCT => Ok(Shape::Struct(fields.into())),
        MAP => Ok(Shape::Map(second, third)),
        GOB_ENCODER | BINARY_MARSHALER | TEXT_MARSHALER => Ok(Shape::Bytes),
        _ => Err(Problem::Kind(kind)),
    }
}

/// Skips the name and number in the definition of a type.
fn skip_name(wire: &mut Wire<'_>) -> Result<(), Problem> {
    let mut last = 0;
    while let Some(number) = wire.field(last)? {
        match number {
            1 => wire.bytes().map(drop)?,
            2 => wire.int().map(drop)?,
            _ => return Err(Problem::NameField(number)),
        }
        last = number;
    }
    Ok(())
}

fn define_fields(wire: &mut Wire<'_>) -> Result<Vec<Field>, Problem> {
    let count = wire.count()?;
    if count > MAX_FIELDS {
        return Err(Problem::TooManyFields(count));
    }
    (0..count).map(|_| define_field(wire)).collect()
}

fn define_field(wire: &mut Wire<'_>) -> Result<Field, Problem> {
    let mut field = Field { name: String::new(), id: 0 };
    let mut last = 0;
    while let Some(number) = wire.field(last)? {
        match number {
            1 => field.name = wire.text()?.into_owned(),
            2 => field.id = wire.int()?,
            _ => return Err(Problem::FieldDefinition(number)),
        }
        last = number;
    }
    Ok(field)
}
