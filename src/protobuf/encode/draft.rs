//! A message of the wire format while it is written: bytes, and places whose content or length is
//! not known yet.

use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};

use crate::protobuf::encode::field::{Field, How};
use crate::protobuf::json::Json;
use prost_reflect::MessageDescriptor;

/// Bytes that the value of a hole is assumed to have, to reserve room for a length.
const ASSUMED_VALUE: usize = 16;

/// A message with holes, as bytes and instructions.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// All bytes that are known, in order.
    pub bytes: Vec<u8>,
    /// What comes between the bytes, in order.
    pub ops: Vec<Op>,
}

/// What comes at a place between the bytes.
#[derive(Clone, Debug)]
pub struct Op {
    /// The number of bytes before the place.
    pub at: usize,
    /// What comes there.
    pub kind: OpKind,
}

/// What comes between the bytes.
#[derive(Clone, Debug)]
pub enum OpKind {
    /// The length of what follows up to the matching end, which has probably this many bytes.
    Start { length_size: usize },
    /// The end of what has a length.
    End,
    /// A part that depends on values.
    Hole(Box<OpenPart>),
}

/// A part of a message that depends on values.
#[derive(Clone, Debug)]
pub struct OpenPart {
    /// The JSON text of the part, with holes.
    pub json: Json<'static>,
    /// What the part is.
    pub slot: Slot,
    /// The fields that lead to the part.
    pub path: String,
    /// What is expected there, in words.
    pub expected: String,
    /// Line and column in the JSON text; set at the end of the compilation.
    pub position: (usize, usize),
}

/// What a part of a message is.
#[derive(Clone, Debug)]
pub enum Slot {
    /// A field, an element of a list, or a value of a map.
    Field(Field, How),
    /// The content of a message, without its length.
    Body(MessageDescriptor),
    /// The content of a `google.protobuf.Value`, without its length.
    Value,
    /// The content of a `google.protobuf.Struct`, without its length.
    Struct,
}

impl Draft {
    /// Writes the key of a field.
    pub fn key(&mut self, number: u32, wire_type: WireType) {
        encode_key(number, wire_type, &mut self.bytes);
    }

    /// Starts a part that has its length before it. [`Draft::end`] must follow.
    pub fn start(&mut self) {
        self.ops.push(Op { at: self.bytes.len(), kind: OpKind::Start { length_size: 1 } });
    }

    /// Ends the part that was started last.
    pub fn end(&mut self) {
        let is_start = |op: &Op| matches!(op.kind, OpKind::Start { .. });
        match self.ops.pop_if(|op| is_start(op)) {
            // Nothing depends on values: the length is known.
            Some(start) => insert_length(&mut self.bytes, start.at, 0),
            None => self.end_open_part(),
        }
    }

    /// Ends a part that depends on values.
    fn end_open_part(&mut self) {
        let (mut n_ended, mut n_holes) = (0, 0);
        for op in self.ops.iter_mut().rev() {
            match &mut op.kind {
                OpKind::End => n_ended += 1,
                OpKind::Hole(_) => n_holes += 1,
                OpKind::Start { .. } if n_ended > 0 => n_ended -= 1,
                OpKind::Start { length_size } => {
                    let assumed = self.bytes.len() - op.at + n_holes * ASSUMED_VALUE;
                    *length_size = encoded_len_varint(assumed as u64);
                    break;
                }
            }
        }
        self.ops.push(Op { at: self.bytes.len(), kind: OpKind::End });
    }

    /// Writes a part that depends on values.
    pub fn open_part(&mut self, part: OpenPart) {
        self.ops.push(Op { at: self.bytes.len(), kind: OpKind::Hole(Box::new(part)) });
    }
}

/// Writes the length of everything after a place, in bytes, to that place, where `n_reserved` bytes
/// are reserved for it.
pub fn insert_length(bytes: &mut Vec<u8>, at: usize, n_reserved: usize) {
    let content = at + n_reserved;
    let length = bytes.len() - content;
    let size = encoded_len_varint(length as u64);
    let end = bytes.len();
    if size > n_reserved {
        bytes.resize(end + size - n_reserved, 0);
    }
    if size != n_reserved {
        bytes.copy_within(content..end, at + size);
        bytes.truncate(at + size + length);
    }
    encode_varint(length as u64, &mut &mut bytes[at..at + size]);
}
