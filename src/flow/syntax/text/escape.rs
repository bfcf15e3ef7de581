//! Escape sequences.

use winnow::token::{any, take_while};
use winnow::{ModalResult, Parser};

use crate::flow::syntax::input::{Fault, Input, Parsed, expect, offset, refuse_at};

/// Where an escape sequence stands. Each place has its own set of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escapes {
    /// In texts.
    Text,
    /// In names before a colon.
    Key,
    /// In names of files.
    FileName,
}

impl Escapes {
    /// Returns the letters that stand for themselves after a backslash.
    fn plain(self) -> &'static str {
        match self {
            Self::Text => "#\"`\\/",
            Self::Key => "#:\\/",
            Self::FileName => "#; {}\\",
        }
    }

    fn problem(self) -> &'static str {
        match self {
            Self::Text => {
                "unknown escape sequence: expected \\\\, \\\", \\`, \\#, \\/, \\n, \\r, \\t, \\b, \
                 \\f or \\u{…}"
            }
            Self::Key => {
                "unknown escape sequence: expected \\\\, \\:, \\#, \\/, \\n, \\r, \\t, \\b, \\f \
                 or \\u{…}"
            }
            Self::FileName => {
                "unknown escape sequence: expected \\\\, '\\ ', \\#, \\;, \\{, \\}, \\n, \\r, \
                 \\t, \\b, \\f or \\u{…}"
            }
        }
    }
}

/// Reads an escape sequence after its backslash, which is at the offset `at`.
pub fn escape(input: &mut Input<'_>, at: usize, escapes: Escapes) -> Parsed<char> {
    let letter: ModalResult<char, Fault> = any.parse_next(input);
    match letter {
        Ok('b') => Ok('\u{8}'),
        Ok('f') => Ok('\u{c}'),
        Ok('n') => Ok('\n'),
        Ok('r') => Ok('\r'),
        Ok('t') => Ok('\t'),
        Ok('u') => code_point(input, at),
        Ok(letter) if escapes.plain().contains(letter) => Ok(letter),
        _ => refuse_at(at, escapes.problem()),
    }
}

/// Reads `{…}` of `\u{…}`.
fn code_point(input: &mut Input<'_>, at: usize) -> Parsed<char> {
    const PROBLEM: &str = "bad escape sequence: expected a character as in \\u{e9}";
    expect(input, "{", PROBLEM)?;
    let from = offset(input);
    let digits: &str =
        take_while(0.., |letter: char| letter.is_ascii_hexdigit()).parse_next(input)?;
    expect(input, "}", PROBLEM)?;
    // The largest character is 10ffff.
    let letter = (digits.len() <= 6).then(|| u32::from_str_radix(digits, 16).ok()).flatten();
    match letter.and_then(char::from_u32) {
        Some(letter) if offset(input) > from => Ok(letter),
        _ => refuse_at(at, PROBLEM),
    }
}
