//! Blocks of GraphQL, which are sent as JSON.

use winnow::Parser;
use winnow::token::{any, take_while};

use crate::flow::syntax::body::UNCLOSED;
use crate::flow::syntax::body::json::compact_object;
use crate::flow::syntax::input::{Input, Parsed, refuse, refuse_at, rest, take};
use crate::flow::syntax::text::{Builder, placeholder};
use crate::flow::tree::template::{Form, Placeholder, Template};

/// A part of a query.
enum Piece {
    Text(String),
    Placeholder(Placeholder),
}

/// Reads a query and its variables up to the end of the block, which begins at the offset `at`.
/// Returns the JSON that is sent.
pub fn graphql(input: &mut Input<'_>, at: usize) -> Parsed<Template> {
    let mut pieces = Vec::new();
    let mut builder = loop {
        if rest(input).is_empty() {
            return refuse_at(at, UNCLOSED);
        }
        if take(input, "```") {
            let mut builder = query(pieces);
            builder.push_str("}");
            return Ok(builder.build());
        }
        if rest(input).starts_with("{{") {
            pieces.push(Piece::Placeholder(placeholder(input)?));
            continue;
        }
        let letter: char = any.parse_next(input)?;
        push(&mut pieces, letter);
        // The variables begin at the start of a line.
        if letter == '\n' && take(input, "variables") {
            break query(pieces);
        }
    };
    take_while(0.., [' ', '\t']).void().parse_next(input)?;
    builder.push_str(",\"variables\":");
    let mut builder = compact_object(input, builder)?;
    builder.push_str("}");
    take_while(0.., [' ', '\t', '\n', '\r']).void().parse_next(input)?;
    if !take(input, "```") {
        return refuse(input, "text after the variables of GraphQL: expected a closing ```");
    }
    Ok(builder.build())
}

fn push(pieces: &mut Vec<Piece>, letter: char) {
    match pieces.last_mut() {
        Some(Piece::Text(text)) => text.push(letter),
        _ => pieces.push(Piece::Text(letter.into())),
    }
}

/// Returns the start of the JSON: the query without the blanks around it.
fn query(mut pieces: Vec<Piece>) -> Builder {
    if let Some(Piece::Text(text)) = pieces.first_mut() {
        *text = text.trim_start().to_owned();
    }
    if let Some(Piece::Text(text)) = pieces.last_mut() {
        text.truncate(text.trim_end().len());
    }
    let mut builder = Builder::default();
    builder.push_str("{\"query\":\"");
    for piece in pieces {
        match piece {
            Piece::Text(text) => builder.push_str(&escaped(&text)),
            Piece::Placeholder(placeholder) => builder.placeholder(placeholder, Form::InJsonString),
        }
    }
    builder.push_str("\"");
    builder
}

/// Returns a text as it stands in a JSON string.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
