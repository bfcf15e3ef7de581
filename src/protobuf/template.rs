//! A message with holes: JSON text is compiled once, and the holes are filled in for each hit.

use bytes::Bytes;
use prost_reflect::prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor};

use crate::protobuf::problem::MessageProblem;

/// A part of a JSON text with variables. Holes are numbered from 0 in the order of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonPiece<'a> {
    /// Text as it is.
    Fixed(&'a str),
    /// The place of a variable.
    ///
    /// In quotes, the value is text and may have any characters. Outside of quotes, the value is
    /// JSON, e.g. a number, `true`, `null`, or an object.
    Hole {
        /// Whether the value is escaped for JSON strings already, by the filter `json`.
        json: bool,
    },
}

/// A message of the wire format, with holes.
#[derive(Clone, Debug)]
pub struct MessageTemplate {
    /// The whole message. None if there are holes.
    fixed: Option<Bytes>,
    message: MessageDescriptor,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Fixed(String),
    /// `is_text` says that the value must be escaped.
    Hole {
        is_text: bool,
    },
}

impl MessageTemplate {
    /// Compiles the JSON text of a message.
    pub(super) fn compile(
        message: &MessageDescriptor,
        text: &[JsonPiece<'_>],
    ) -> Result<Self, MessageProblem> {
        let mut in_quotes = InQuotes::default();
        let parts: Vec<_> = text
            .iter()
            .map(|piece| match piece {
                JsonPiece::Fixed(text) => {
                    in_quotes.pass(text);
                    Part::Fixed((*text).to_owned())
                }
                JsonPiece::Hole { json } => Part::Hole { is_text: in_quotes.is_inside && !json },
            })
            .collect();
        let mut template = Self { fixed: None, message: message.clone(), parts };
        if let [Part::Fixed(text)] = template.parts.as_slice() {
            template.fixed = Some(encode(message, text)?.encode_to_vec().into());
        }
        Ok(template)
    }

    /// Returns the whole message of the wire format. None if there are holes.
    pub fn is_fixed(&self) -> Option<&Bytes> {
        self.fixed.as_ref()
    }

    /// Appends the message of the wire format, with values in the holes. `value` writes the value
    /// of the hole with a number into an empty text.
    ///
    /// # Errors
    ///
    /// A value does not fit its field. The problem names the field, never the value.
    pub fn fill(
        &self,
        value: &mut dyn FnMut(usize, &mut String),
        wire: &mut Vec<u8>,
    ) -> Result<(), MessageProblem> {
        if let Some(fixed) = &self.fixed {
            wire.extend_from_slice(fixed);
            return Ok(());
        }
        let (mut text, mut one, mut n_holes) = (String::new(), String::new(), 0);
        for part in &self.parts {
            match part {
                Part::Fixed(fixed) => text.push_str(fixed),
                Part::Hole { is_text } => {
                    one.clear();
                    value(n_holes, &mut one);
                    n_holes += 1;
                    let escaped = serde_json::Value::from(one.as_str()).to_string();
                    text.push_str(if *is_text { &escaped[1..escaped.len() - 1] } else { &one });
                }
            }
        }
        let misfit = |problem: MessageProblem| {
            MessageProblem::new(problem.line(), problem.column(), "", "a value does not fit")
        };
        let message = encode(&self.message, &text).map_err(misfit)?;
        message.encode(wire).expect("a vector takes everything");
        Ok(())
    }
}

/// Whether a place of a JSON text is inside a string.
#[derive(Default)]
struct InQuotes {
    is_inside: bool,
    is_escaped: bool,
}

impl InQuotes {
    fn pass(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = self.is_inside,
                b'"' => self.is_inside = !self.is_inside,
                _ => {}
            }
        }
    }
}

/// Encodes the JSON text of a message.
fn encode(message: &MessageDescriptor, text: &str) -> Result<DynamicMessage, MessageProblem> {
    let bad = |error: serde_json::Error| {
        let text = error.to_string();
        // serde_json adds the position, which the problem has already.
        let text = text.split(" at line ").next().unwrap_or(&text);
        MessageProblem::new(error.line(), error.column(), "", text)
    };
    let mut reader = serde_json::Deserializer::from_str(text);
    let encoded = DynamicMessage::deserialize(message.clone(), &mut reader).map_err(bad)?;
    reader.end().map_err(bad)?;
    Ok(encoded)
}
