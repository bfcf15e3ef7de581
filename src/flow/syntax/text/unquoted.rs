//! Texts without quotes, up to the end of the line or a comment: URLs and values.

use winnow::Parser;
use winnow::token::any;

use crate::flow::syntax::input::{Input, Parsed, offset, rest, take};
use crate::flow::syntax::text::builder::Builder;
use crate::flow::syntax::text::escape::{Escapes, escape};
use crate::flow::syntax::text::placeholder::placeholder;
use crate::flow::tree::template::{Form, Template};

/// Characters that end an unquoted text, and that quoted ones cannot have.
pub const CONTROLS: [char; 5] = ['\n', '\r', '\t', '\u{8}', '\u{c}'];

/// Reads an unquoted text, which may be empty. Blanks at its end are not part of it.
pub fn unquoted(input: &mut Input<'_>) -> Parsed<Template> {
    let mut builder = Builder::default();
    while let Some(next) = rest(input).chars().next() {
        if next == '#' || CONTROLS.contains(&next) {
            break;
        }
        character(input, &mut builder)?;
    }
    Ok(builder.build_trimmed())
}

/// Reads a character, an escape sequence or a placeholder of a text.
pub fn character(input: &mut Input<'_>, builder: &mut Builder) -> Parsed<()> {
    if rest(input).starts_with("{{") {
        builder.placeholder(placeholder(input)?, Form::Plain);
        return Ok(());
    }
    let at = offset(input);
    if take(input, "\\") {
        builder.push_escaped(escape(input, at, Escapes::Text)?);
        return Ok(());
    }
    builder.push(any.parse_next(input)?);
    Ok(())
}
