//! Texts with variables: parsed once, expanded for each hit.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::targets::template::Values;
use crate::targets::template::variable::{Resolved, Scope, Variable};
use crate::targets::variable_problem::VariableProblem;

/// The characters that are percent-encoded in a URL: all but those that never have a meaning.
///
/// Source: RFC 3986, section 2.3.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The part of a request that a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestPart {
    /// The URL. Values are percent-encoded, except those of the environment before the path.
    Url,
    /// The value of a header.
    Header,
    /// The body.
    Body,
}

/// A text with variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    part: RequestPart,
    /// Line of the list at which the text begins, from 1.
    pub(super) line: usize,
    pub(super) pieces: Vec<Piece>,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The same for every hit.
    Fixed(String),
    /// A value that each hit has.
    Variable {
        /// Where the value comes from.
        variable: Variable,
        /// Whether the value is escaped as the inside of a JSON string, without the quotes.
        json: bool,
    },
}

impl Piece {
    /// Returns whether the piece depends on random numbers.
    pub fn is_random(&self) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Variable { variable, .. } => variable.is_random(),
        }
    }
}

/// A variable that cannot be used.
#[derive(Debug)]
pub struct Refused<'a> {
    /// The text up to the variable.
    pub before: &'a str,
    /// What is wrong with the variable.
    pub problem: VariableProblem,
}

impl Text {
    /// Parses a text that begins at a line of its list.
    ///
    /// # Errors
    ///
    /// At the first variable that cannot be used.
    pub fn parse<'a>(
        text: &'a str,
        line: usize,
        part: RequestPart,
        scope: &Scope,
    ) -> Result<Self, Refused<'a>> {
        let mut parsed = Self { part, line, pieces: Vec::new() };
        let mut rest = text;
        while let Some((before, opened)) = rest.split_once("{{") {
            let refused = |problem| Refused { before: &text[..text.len() - opened.len()], problem };
            let end = opened.find("}}").ok_or_else(|| refused(VariableProblem::Unclosed))?;
            parsed.push_fixed(before);
            parsed.push(&opened[..end], scope).map_err(refused)?;
            rest = &opened[end + 2..];
        }
        parsed.push_fixed(rest);
        Ok(parsed)
    }

    /// Adds the text between two pairs of braces.
    fn push(&mut self, inner: &str, scope: &Scope) -> Result<(), VariableProblem> {
        let (name, filter) = inner.split_once('|').unwrap_or((inner, "raw"));
        let json = match filter.trim() {
            "raw" => false,
            "json" => true,
            other => return Err(VariableProblem::Filter(other.to_owned())),
        };
        let is_before_path = self.part == RequestPart::Url && self.ends_before_the_path();
        match scope.resolve(name)? {
            Resolved::Fixed(value) if is_before_path => self.push_fixed(&value),
            Resolved::Fixed(value) => {
                let value = encoded(&value, json, self.part);
                self.push_fixed(&value);
            }
            // A target's connections are prepared once, so its host cannot vary by hit.
            Resolved::Variable(_) if is_before_path => {
                return Err(VariableProblem::BeforePath(name.trim().to_owned()));
            }
            Resolved::Variable(variable) => self.pieces.push(Piece::Variable { variable, json }),
        }
        Ok(())
    }

    fn push_fixed(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Fixed(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Fixed(text.to_owned())),
        }
    }

    /// Returns whether the text so far is a URL without its path. A URL that begins with a slash
    /// is all path.
    fn ends_before_the_path(&self) -> bool {
        let ([] | [Piece::Fixed(_)]) = &self.pieces[..] else { return false };
        let so_far = self.fixed();
        let host = so_far.split_once("://").map(|(_, rest)| rest);
        !so_far.starts_with('/') && host.is_none_or(|host| !host.contains(['/', '\\', '?', '#']))
    }

    /// Returns the text without its variables.
    pub fn fixed(&self) -> String {
        let fixed = self.pieces.iter().map(|piece| match piece {
            Piece::Fixed(text) => text.as_str(),
            Piece::Variable { .. } => "",
        });
        fixed.collect()
    }

    /// Returns the text with a fixed text before it.
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        self.pieces.insert(0, Piece::Fixed(prefix.to_owned()));
        self
    }

    /// Returns the pieces of the text, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Returns whether the text has no variables that differ by hit.
    pub fn is_fixed(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, Piece::Fixed(_)))
    }

    /// Returns whether the text depends on random numbers.
    pub fn is_random(&self) -> bool {
        self.pieces.iter().any(Piece::is_random)
    }

    /// Returns whether the text has a `{{$mark}}`.
    pub fn has_mark(&self) -> bool {
        let is_mark =
            |piece: &Piece| matches!(piece, Piece::Variable { variable: Variable::Mark, .. });
        self.pieces.iter().any(is_mark)
    }

    /// Returns the text of one hit.
    pub fn expand(&self, values: &mut Values<'_>) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Fixed(fixed) => text.push_str(fixed),
                Piece::Variable { variable: Variable::Column(column), json } => {
                    push_encoded(&mut text, values.cell(*column), *json, self.part);
                }
                // Letters, digits and hyphens need no encoding in any part.
                Piece::Variable { variable, .. } => variable.write(values, &mut text),
            }
        }
        text
    }
}

/// Returns a value as it is written into a part of a request.
pub fn encoded(value: &str, json: bool, part: RequestPart) -> String {
    let mut text = String::new();
    push_encoded(&mut text, value, json, part);
    text
}

fn push_encoded(text: &mut String, value: &str, json: bool, part: RequestPart) {
    let escaped = json.then(|| serde_json::Value::from(value).to_string());
    let value = escaped.as_deref().map_or(value, |quoted| &quoted[1..quoted.len() - 1]);
    match part {
        RequestPart::Url => text.extend(utf8_percent_encode(value, ENCODED)),
        RequestPart::Header | RequestPart::Body => text.push_str(value),
    }
}
