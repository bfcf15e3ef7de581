//! JSONPath (RFC 9535): parsed once, evaluated over the text of a JSON document.

pub mod singular;
pub mod invalid;
pub mod exact;
pub mod walk;
pub mod tree;
pub mod document;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::flow::json_path::singular::Step;

/// Longest path in bytes. A variable may hold a text of a server.
const MAX_BYTES: usize = 4096;

/// Most levels of brackets in a path, which the parser follows by recursion.
const MAX_LEVELS: usize = 32;

/// A compiled JSONPath.
#[derive(Clone, Debug)]
pub struct JsonPath {
    /// The path for a tree.
    full: serde_json_path::JsonPath,
    /// The same path as single steps from the root; None if it may lead to several nodes.
    singular: Option<Box<[Step]>>,
}

/// Why a text is no JSONPath.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Position in the text, in characters from 1.
    pub position: usize,
    /// What was expected there.
    pub expected: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad JSONPath at character {}: expected {}", self.position, self.expected)
    }
}

impl JsonPath {
    /// Parses a path.
    ///
    /// # Errors
    ///
    /// If RFC 9535 does not allow it, or if it is longer than 4096 bytes or has more than 32 levels
    /// of brackets.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        check_size(text)?;
        check_end(text)?;
        let full = serde_json_path::JsonPath::parse(text).map_err(|error| {
            let before = &text[..text.floor_char_boundary(error.position())];
            let position = before.chars().count() + 1;
            Problem { position, expected: expected(before, error.message()) }
        })?;
        Ok(Self { full, singular: singular::parse(text) })
    }
}

/// Checks that a path can be parsed with little memory.
fn check_size(text: &str) -> Result<(), Problem> {
    if text.len() > MAX_BYTES {
        let expected = format!("at most {MAX_BYTES} bytes");
        return Err(Problem { position: 1, expected });
    }
    let mut level = 0_usize;
    for (index, letter) in text.chars().enumerate() {
        match letter {
            '(' | '[' => level += 1,
            ')' | ']' => level = level.saturating_sub(1),
            _ => {}
        }
        if level > MAX_LEVELS {
            let expected = format!("at most {MAX_LEVELS} levels of brackets");
            return Err(Problem { position: index + 1, expected });
        }
    }
    Ok(())
}

/// Checks that a path does not end within an escape sequence `\u…`, where serde_json_path 0.7.2
/// panics. No path ends so, because only strings have escape sequences.
fn check_end(text: &str) -> Result<(), Problem> {
    let start = text.strip_suffix(['d', 'D']).unwrap_or(text);
    match start.ends_with(r"\u") {
        true => {
            let position = text.chars().count() + 1;
            Err(Problem { position, expected: "four hexadecimal digits after '\\u'".to_owned() })
        }
        false => Ok(()),
    }
}

/// Returns what was expected where the parser stopped.
fn expected(before: &str, message: &str) -> String {
    let inner = before.rsplit('[').next().unwrap_or_default();
    let is_in_filter = before.contains("[?") && !inner.contains(']');
    let expected = match message {
        _ if before.is_empty() => "'$', the root",
        message if message.contains("dot member name") => {
            "a name of letters, digits and '_', or ['a name'] without a point before it"
        }
        message if message.contains("ending quote") => "the closing quote",
        _ if is_in_filter => "a filter such as [?@.price > 10]",
        _ => "'.name', '['name']', '[0]', '[*]', '[?@.price > 10]', '..' or the end",
    };
    expected.to_owned()
}
