//! A message with holes: compiled once, and filled in for each hit.

use std::mem;
use std::slice;

use bytes::Bytes;
use prost_reflect::MessageDescriptor;

use crate::protobuf::encode::{Draft, Encoder, Op, OpKind, OpenPart, insert_length};
use crate::protobuf::json::{
    BadValue, HoleValues, Json, JsonPiece, JsonValue, Source, join, parse_all, read,
};
use crate::protobuf::problem::MessageProblem;

/// A message of the wire format, with holes for variables.
#[derive(Clone, Debug)]
pub struct MessageTemplate {
    /// The bytes that are known; the whole message if there are no holes.
    bytes: Bytes,
    /// What comes between the bytes, in order.
    ops: Vec<Op>,
}

impl MessageTemplate {
    /// Returns the whole message of the wire format. None if there are holes.
    pub fn is_fixed(&self) -> Option<&Bytes> {
        self.ops.is_empty().then_some(&self.bytes)
    }

    /// Appends the message of the wire format, with values in the holes. `value` appends the value
    /// of the hole with a number to a text.
    ///
    /// # Errors
    ///
    /// A value does not fit its field. The problem names the field, never the value. The output is
    /// as before.
    pub fn fill(
        &self,
        value: &mut HoleValues<'_>,
        wire: &mut Vec<u8>,
    ) -> Result<(), MessageProblem> {
        let length = wire.len();
        let ops = self.ops.iter();
        let mut filling =
            Filling { bytes: &self.bytes, n_copied: 0, ops, value, text: String::new() };
        let filled = filling.fill(wire);
        if filled.is_err() {
            wire.truncate(length);
        }
        filled
    }
}

/// Compiles a text with one message.
pub(super) fn compile(
    message: &MessageDescriptor,
    text: &[JsonPiece<'_>],
) -> Result<MessageTemplate, MessageProblem> {
    let source = source(text)?;
    let problem = |at, text: &str| problem_at(&source, at, text);
    let values = parse_all(&source).map_err(|bad| problem(bad.at, bad.text))?;
    match values.as_slice() {
        [value] => compile_value(message, value, &source),
        [] => Err(problem(0, "the text is empty: expected a JSON object, {} for an empty message")),
        [_, second, ..] => Err(problem(second.at, "expected the end after the message")),
    }
}

/// Compiles a text with any number of messages: objects after each other, or a list of objects.
pub(super) fn compile_all(
    message: &MessageDescriptor,
    text: &[JsonPiece<'_>],
) -> Result<Vec<MessageTemplate>, MessageProblem> {
    let source = source(text)?;
    let values = parse_all(&source).map_err(|bad| problem_at(&source, bad.at, bad.text))?;
    let messages = match values.as_slice() {
        [Json { value: JsonValue::List(items), .. }] => items,
        _ => &values,
    };
    messages.iter().map(|value| compile_value(message, value, &source)).collect()
}

fn source<'t>(text: &[JsonPiece<'t>]) -> Result<Source<'t>, MessageProblem> {
    Source::new(text).map_err(|(line, column)| {
        MessageProblem::new(line, column, "", "a character of code 0: expected \\u0000 in a string")
    })
}

fn problem_at(source: &Source<'_>, at: usize, text: &str) -> MessageProblem {
    let (line, column) = source.position(at);
    MessageProblem::new(line, column, "", text)
}

fn compile_value(
    message: &MessageDescriptor,
    value: &Json<'_>,
    source: &Source<'_>,
) -> Result<MessageTemplate, MessageProblem> {
    let mut encoder = Encoder::default();
    encoder.body(message, value).map_err(|misfit| {
        let (line, column) = source.position(misfit.at);
        MessageProblem::new(line, column, &misfit.path, misfit.text)
    })?;
    let Draft { bytes, mut ops } = encoder.draft;
    for op in &mut ops {
        if let OpKind::Hole(part) = &mut op.kind {
            part.position = source.position(part.json.at);
        }
    }
    Ok(MessageTemplate { bytes: bytes.into(), ops })
}

/// A message while its holes are filled in.
struct Filling<'a, 'v> {
    bytes: &'a [u8],
    /// The number of bytes that are in the output.
    n_copied: usize,
    ops: slice::Iter<'a, Op>,
    value: &'a mut HoleValues<'v>,
    /// Room for a value.
    text: String,
}

impl Filling<'_, '_> {
    fn fill(&mut self, wire: &mut Vec<u8>) -> Result<(), MessageProblem> {
        self.until_end(wire)?;
        wire.extend_from_slice(&self.bytes[self.n_copied..]);
        Ok(())
    }

    /// Writes everything up to the end of the part that was started last.
    fn until_end(&mut self, wire: &mut Vec<u8>) -> Result<(), MessageProblem> {
        while let Some(op) = self.ops.next() {
            wire.extend_from_slice(&self.bytes[self.n_copied..op.at]);
            self.n_copied = op.at;
            match &op.kind {
                OpKind::Start { length_size } => {
                    let at = wire.len();
                    wire.resize(at + length_size, 0);
                    self.until_end(wire)?;
                    insert_length(wire, at, *length_size);
                }
                OpKind::End => return Ok(()),
                OpKind::Hole(part) => self.part(part, wire).map_err(|BadValue| {
                    let (line, column) = part.position;
                    let text =
                        format!("the value of a variable does not fit: expected {}", part.expected);
                    MessageProblem::new(line, column, &part.path, text)
                })?,
            }
        }
        Ok(())
    }

    /// Writes a part that depends on values.
    fn part(&mut self, part: &OpenPart, wire: &mut Vec<u8>) -> Result<(), BadValue> {
        let at = part.json.at;
        self.text.clear();
        let value = match &part.json.value {
            JsonValue::Template(parts) => {
                join(parts, self.value, &mut self.text)?;
                JsonValue::Text(self.text.as_str().into())
            }
            JsonValue::Raw(parts) => {
                join(parts, self.value, &mut self.text)?;
                read(&self.text)?
            }
            _ => part.json.filled(self.value)?.value,
        };
        let mut encoder = Encoder::after(mem::take(wire));
        let written = encoder.part(&part.slot, &Json { at, value });
        *wire = encoder.draft.bytes;
        written.map_err(|_| BadValue)
    }
}
