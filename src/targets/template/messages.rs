//! The messages of a gRPC target, with variables.

use std::sync::Arc;

use bytes::Bytes;

use crate::protobuf::{JsonPiece, MessageProblem, MessageTemplate, Method};
use crate::schedule::seed::{Purpose, Seed};
use crate::targets::template::Values;
use crate::targets::template::text::{Piece, Text};
use crate::targets::template::variable::Variable;

/// The messages of one call, encoded as far as they are the same for all hits.
#[derive(Clone, Debug)]
pub struct Messages {
    /// Line of the list at which they begin, from 1.
    pub line: usize,
    messages: Vec<MessageTemplate>,
    /// The variables in the holes of all messages, in order.
    holes: Vec<Variable>,
}

impl Messages {
    /// Encodes the messages of a body that begins at a line. `text` is the same body with its
    /// variables; None without any. A blank body is one message without fields.
    ///
    /// # Errors
    ///
    /// If a message does not fit the method.
    pub fn compile(
        method: &Method,
        line: usize,
        body: &[u8],
        text: Option<&Text>,
    ) -> Result<Self, MessageProblem> {
        let whole = String::from_utf8_lossy(body);
        let pieces: Vec<JsonPiece<'_>> = match text {
            Some(text) => text.pieces().iter().map(json_piece).collect(),
            None if whole.trim().is_empty() => vec![JsonPiece::Fixed("{}")],
            None => vec![JsonPiece::Fixed(&whole)],
        };
        let messages = method.compile_messages(&pieces)?;
        let holes = text.into_iter().flat_map(Text::pieces).filter_map(|piece| match piece {
            Piece::Variable { variable, .. } => Some(*variable),
            Piece::Fixed(_) => None,
        });
        Ok(Self { line, messages, holes: holes.collect() })
    }

    /// Returns the number of messages.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Checks that values fit their fields, except cells, which [`Check`](super::Check) has.
    ///
    /// # Errors
    ///
    /// If one does not fit.
    pub fn check(&self) -> Result<(), MessageProblem> {
        if self.holes.iter().any(|variable| matches!(variable, Variable::Column(_))) {
            return Ok(());
        }
        let rngs = Seed(0).rngs(Purpose::Values);
        let mut values = Values::new(0, 0, None, &rngs);
        // A random number that does not fit would end the attack at a random moment.
        for is_largest in [false, true] {
            let mut write = |variable: Variable, text: &mut String| match variable {
                Variable::RandomInt { from, .. } if !is_largest => text.push_str(&from.to_string()),
                Variable::RandomInt { to, .. } => text.push_str(&(to - 1).to_string()),
                _ => variable.write_raw(&mut values, text),
            };
            self.messages
                .iter()
                .try_for_each(|message| self.fill_one(message, &mut write).map(drop))?;
        }
        Ok(())
    }

    /// Returns the messages in wire format. None if one has variables.
    pub fn fixed(&self) -> Option<Arc<[Bytes]>> {
        self.messages.iter().map(|message| message.is_fixed().cloned()).collect()
    }

    /// Returns the messages of one hit in wire format.
    ///
    /// # Errors
    ///
    /// If a value does not fit its field.
    pub fn fill(&self, values: &mut Values<'_>) -> Result<Arc<[Bytes]>, MessageProblem> {
        let mut write = |variable: Variable, text: &mut String| variable.write_raw(values, text);
        self.messages.iter().map(|message| self.fill_one(message, &mut write)).collect()
    }

    /// Returns one of the messages, which take turns, in wire format.
    ///
    /// # Errors
    ///
    /// As [`Messages::fill`].
    pub fn fill_turn(&self, turn: u64, values: &mut Values<'_>) -> Result<Bytes, MessageProblem> {
        // There is at least one.
        let place = turn % self.messages.len().max(1) as u64;
        let mut write = |variable: Variable, text: &mut String| variable.write_raw(values, text);
        self.fill_one(&self.messages[place as usize], &mut write)
    }

    /// Returns a message with the values that `write` appends.
    fn fill_one(
        &self,
        message: &MessageTemplate,
        write: &mut impl FnMut(Variable, &mut String),
    ) -> Result<Bytes, MessageProblem> {
        if let Some(fixed) = message.is_fixed() {
            return Ok(fixed.clone());
        }
        let mut wire = Vec::new();
        let mut value = |hole: usize, text: &mut String| {
            if let Some(variable) = self.holes.get(hole) {
                write(*variable, text);
            }
        };
        message.fill(&mut value, &mut wire)?;
        Ok(wire.into())
    }

    /// Returns whether the messages depend on random numbers.
    pub fn is_random(&self) -> bool {
        self.holes.iter().any(|variable| variable.is_random())
    }
}

fn json_piece(piece: &Piece) -> JsonPiece<'_> {
    match piece {
        Piece::Fixed(text) => JsonPiece::Fixed(text),
        // Its value is inserted as it is, whatever a JSON string would need to have escaped.
        Piece::Variable { .. } => JsonPiece::Hole { json: false },
    }
}
