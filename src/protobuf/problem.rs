//! What is wrong with a message, and where.

use std::fmt;

/// Most names that a message lists.
const MAX_LISTED: usize = 10;

/// Least similarity of a suggestion, in `[0, 1]`.
const MIN_SIMILARITY: f64 = 0.85;

/// What is wrong with a JSON text that stands for a message, or with a value of a variable in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageProblem {
    line: usize,
    column: usize,
    /// The fields that lead to the value, e.g. `task.turns[1].text`; empty for the message itself.
    path: String,
    text: String,
}

impl MessageProblem {
    /// Returns a problem at a line and a column of the JSON text, both from 1.
    pub(super) fn new(line: usize, column: usize, path: &str, text: impl Into<String>) -> Self {
        Self { line, column, path: path.to_owned(), text: text.into() }
    }

    /// Line of the JSON text, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Column of the JSON text in characters, from 1. A variable counts as no character.
    pub fn column(&self) -> usize {
        self.column
    }

    /// Returns what is wrong and what was expected, with the name of the field, without a
    /// position.
    pub fn text(&self) -> String {
        match self.path.as_str() {
            "" => self.text.clone(),
            path => format!("field '{path}': {}", self.text),
        }
    }
}

impl fmt::Display for MessageProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}: {}", self.line, self.column, self.text())
    }
}

impl std::error::Error for MessageProblem {}

/// Returns the known name that is most similar to a name. None if no known name is similar.
///
/// Source: W. E. Winkler, "String Comparator Metrics and Enhanced Decision Rules in the
/// Fellegi-Sunter Model of Record Linkage", 1990.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(similarity, _)| *similarity >= MIN_SIMILARITY)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| known)
}

/// Returns names with commas between them, and with a mark if some are left out.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.take(MAX_LISTED + 1).collect();
    match names.get(..MAX_LISTED) {
        Some(first) if names.len() > MAX_LISTED => format!("{}, …", first.join(", ")),
        _ => names.join(", "),
    }
}
