//! Texts over several lines, between lines with three backticks.

use winnow::Parser;
use winnow::token::{any, take_while};

use crate::flow::syntax::body::graphql::graphql;
use crate::flow::syntax::body::{JSON, UNCLOSED, XML};
use crate::flow::syntax::input::{Input, Parsed, offset, refuse_at, rest, spaces, take};
use crate::flow::syntax::text::{Builder, placeholder};
use crate::flow::tree::template::{Form, Template};

/// A text over several lines.
#[derive(Clone, Debug)]
pub struct Block {
    /// The text.
    pub text: Template,
    /// The Content-Type that its kind implies. Empty if none.
    pub content_type: &'static str,
}

/// Reads a block, whose three backticks follow.
pub fn multiline(input: &mut Input<'_>) -> Parsed<Block> {
    let at = offset(input);
    take(input, "```");
    let kind: &str =
        take_while(0.., |letter: char| letter.is_ascii_alphanumeric()).parse_next(input)?;
    if kind == "graphql" {
        take(input, ",");
    }
    spaces(input);
    let content_type = match kind {
        "json" | "graphql" => JSON,
        "xml" => XML,
        "" | "raw" => "",
        _ => {
            let problem = "unknown kind of a block: expected ```, ```json, ```xml, ```graphql or \
                           ```raw";
            return refuse_at(at, problem);
        }
    };
    if !(take(input, "\n") || take(input, "\r\n")) {
        return refuse_at(at, "text after the start of a block: expected the end of the line");
    }
    let text = match kind {
        "graphql" => graphql(input, at)?,
        "raw" => text(input, at, false)?,
        _ => text(input, at, true)?,
    };
    Ok(Block { text, content_type })
}

/// Reads a text up to the end of its block, which begins at the offset `at`.
fn text(input: &mut Input<'_>, at: usize, has_placeholders: bool) -> Parsed<Template> {
    let mut builder = Builder::default();
    while !take(input, "```") {
        if rest(input).is_empty() {
            return refuse_at(at, UNCLOSED);
        }
        if has_placeholders && rest(input).starts_with("{{") {
            builder.placeholder(placeholder(input)?, Form::Plain);
        } else {
            builder.push(any.parse_next(input)?);
        }
    }
    Ok(builder.build())
}
