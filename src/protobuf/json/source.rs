//! The text of a JSON document, with marks where the holes are.

use std::borrow::Cow;

use crate::protobuf::json::JsonPiece;

/// Stands for a hole. JSON texts never have this character: strings have escapes for it.
pub const MARK: u8 = 0;

/// A text with marks in place of the holes.
pub struct Source<'t> {
    /// The text.
    pub text: Cow<'t, str>,
    /// Whether the value of each hole has the escapes of a JSON string, in the order of the text.
    pub holes: Vec<bool>,
}

impl<'t> Source<'t> {
    /// Joins pieces. Errors: line and column of a character of code 0, which no JSON has.
    pub fn new(pieces: &[JsonPiece<'t>]) -> Result<Self, (usize, usize)> {
        let source = match pieces {
            [JsonPiece::Fixed(text)] => Self { text: Cow::Borrowed(text), holes: Vec::new() },
            _ => Self::joined(pieces),
        };
        let mut marks = source.text.bytes().filter(|byte| *byte == MARK);
        let n_stray = marks.by_ref().count().saturating_sub(source.holes.len());
        if n_stray == 0 {
            return Ok(source);
        }
        Err(source.position(stray(pieces)))
    }

    fn joined(pieces: &[JsonPiece<'t>]) -> Self {
        let (mut text, mut holes) = (String::new(), Vec::new());
        for piece in pieces {
            match piece {
                JsonPiece::Fixed(fixed) => text.push_str(fixed),
                JsonPiece::Hole { json } => {
                    text.push(char::from(MARK));
                    holes.push(*json);
                }
            }
        }
        Self { text: Cow::Owned(text), holes }
    }

    /// Returns line and column of an offset in bytes, both from 1. A hole is one column.
    pub fn position(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let n_lines = before.bytes().filter(|byte| *byte == b'\n').count();
        (n_lines + 1, before[line_start..].chars().count() + 1)
    }
}

/// Returns the offset of the first mark in pieces that is no hole, in bytes.
fn stray(pieces: &[JsonPiece<'_>]) -> usize {
    let mut at = 0;
    for piece in pieces {
        let JsonPiece::Fixed(text) = piece else {
            at += 1;
            continue;
        };
        match text.bytes().position(|byte| byte == MARK) {
            Some(stray) => return at + stray,
            None => at += text.len(),
        }
    }
    at
}
