//! Names before a colon: of headers, parameters, cookies, captures.

use winnow::Parser;
use winnow::token::any;

use crate::flow::syntax::input::{Input, Parsed, offset, refuse, rest, take};
use crate::flow::syntax::text::builder::Builder;
use crate::flow::syntax::text::escape::{Escapes, escape};
use crate::flow::syntax::text::placeholder::placeholder;
use crate::flow::tree::template::{Form, Template};

fn is_key_letter(letter: char) -> bool {
    letter.is_alphanumeric() || "_-.[]@$".contains(letter)
}

/// Returns whether a line begins with a name and a colon.
pub fn is_pair(line: &str) -> bool {
    // A bracket begins a section or a list.
    if line.starts_with('[') {
        return false;
    }
    let mut text = line;
    while let Some(after) = after_key_piece(text) {
        text = after;
    }
    text.len() < line.len() && text.trim_start_matches([' ', '\t']).starts_with(':')
}

/// Returns what follows a letter, an escape sequence or a placeholder. None if the text begins
/// with none of them.
fn after_key_piece(text: &str) -> Option<&str> {
    if let Some(inner) = text.strip_prefix("{{") {
        let (name, after) = inner.split_once("}}")?;
        return (!name.contains('\n')).then_some(after);
    }
    let mut letters = text.chars();
    match letters.next()? {
        '\\' if letters.as_str().starts_with("u{") => {
            let (digits, after) = letters.as_str().split_once('}')?;
            (!digits.contains('\n')).then_some(after)
        }
        '\\' => letters.next().filter(|letter| *letter != '\n').map(|_| letters.as_str()),
        letter => is_key_letter(letter).then_some(letters.as_str()),
    }
}

/// Reads a name up to its colon.
pub fn key(input: &mut Input<'_>) -> Parsed<Template> {
    let mut builder = Builder::default();
    while let Some(next) = rest(input).chars().next() {
        let at = offset(input);
        if rest(input).starts_with("{{") {
            builder.placeholder(placeholder(input)?, Form::Plain);
        } else if take(input, "\\") {
            builder.push_escaped(escape(input, at, Escapes::Key)?);
        } else if is_key_letter(next) {
            builder.push(any.parse_next(input)?);
        } else {
            break;
        }
    }
    if builder.is_empty() {
        return refuse(input, "no name before the colon: expected 'Name: value'");
    }
    Ok(builder.build())
}
