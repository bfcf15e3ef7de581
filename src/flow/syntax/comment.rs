//! Comments that begin with `@`: annotations of the flow.

use crate::flow::syntax::words::nearest;

/// The annotations.
pub const WORDS: [&str; 10] = [
    "@flow",
    "@name",
    "@think",
    "@loop",
    "@end",
    "@pace",
    "@pick",
    "@weight",
    "@chance",
    "@on-failure",
];

/// An annotation as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Line in the file, from 1.
    pub line: usize,
    /// Number of the block of comment lines in the file. A blank line ends a block.
    pub block: usize,
    /// The word, with its `@`.
    pub word: Box<str>,
    /// The rest of the line, without the blanks around it.
    pub text: Box<str>,
}

/// Returns the word of a comment, whose text comes after its `#`. None if it is no annotation.
pub fn word(text: &str) -> Option<&str> {
    let text = text.trim_start_matches([' ', '\t']);
    let line = text.lines().next().unwrap_or_default();
    let word = line.split([' ', '\t', '\r']).next().unwrap_or_default();
    let is_annotation = word
        .strip_prefix('@')
        .is_some_and(|name| name.starts_with(|first: char| first.is_alphabetic()));
    is_annotation.then_some(word)
}

/// Returns the word of a comment if it is one of the annotations.
pub fn known_word(text: &str) -> Option<&str> {
    word(text).filter(|word| WORDS.contains(word))
}

/// Returns what is wrong with an unknown word.
pub fn unknown(word: &str) -> String {
    if word.starts_with("@cookie_storage_") {
        return "hurl's '@cookie_storage_…' is not supported: expected a [Cookies] section"
            .to_owned();
    }
    match nearest(word, WORDS) {
        Some(near) => format!("unknown annotation '# {word}': expected '# {near}'"),
        None => format!(
            "unknown annotation '# {word}': expected # {}, or no @ at the start of a comment",
            WORDS.join(", ")
        ),
    }
}
