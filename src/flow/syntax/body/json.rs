//! JSON with placeholders. The text is kept as written, since hurl sends it so.

use winnow::Parser;
use winnow::token::{any, take_while};

use crate::flow::syntax::input::{Input, Parsed, offset, refuse, refuse_at, rest, since, take};
use crate::flow::syntax::number::is_number;
use crate::flow::syntax::text::{Builder, placeholder};
use crate::flow::tree::template::{Form, Template};

/// Most lists and objects within each other.
const MAX_DEPTH: usize = 100;

/// Whether blanks between values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blanks {
    Kept,
    Dropped,
}

/// Reads a JSON value.
pub fn json(input: &mut Input<'_>) -> Parsed<Template> {
    let mut writer = Writer { builder: Builder::default(), blanks: Blanks::Kept };
    value(input, &mut writer, 0)?;
    Ok(writer.builder.build())
}

/// Reads a JSON object into a template, without the blanks between its values.
pub fn compact_object(input: &mut Input<'_>, builder: Builder) -> Parsed<Builder> {
    let mut writer = Writer { builder, blanks: Blanks::Dropped };
    if !rest(input).starts_with('{') {
        return refuse(input, "bad variables of GraphQL: expected a JSON object");
    }
    value(input, &mut writer, 0)?;
    Ok(writer.builder)
}

struct Writer {
    builder: Builder,
    blanks: Blanks,
}

fn value(input: &mut Input<'_>, writer: &mut Writer, depth: usize) -> Parsed<()> {
    if depth > MAX_DEPTH {
        return refuse(input, "JSON is nested too deeply: expected at most 100 levels");
    }
    let text = rest(input);
    match text.as_bytes().first() {
        Some(b'{') if text.starts_with("{{") => {
            writer.builder.placeholder(placeholder(input)?, Form::AsJson);
            Ok(())
        }
        Some(b'{') => {
            items(input, writer, ["{", "}"], |input, writer| member(input, writer, depth))
        }
        Some(b'[') => {
            items(input, writer, ["[", "]"], |input, writer| value(input, writer, depth + 1))
        }
        Some(b'"') => string(input, writer),
        _ if is_number(text) => number(input, writer),
        _ => word(input, writer),
    }
}

/// Reads a list or an object: its items, with commas between them.
fn items(
    input: &mut Input<'_>,
    writer: &mut Writer,
    [open, close]: [&'static str; 2],
    mut item: impl FnMut(&mut Input<'_>, &mut Writer) -> Parsed<()>,
) -> Parsed<()> {
    let at = offset(input);
    punctuation(input, writer, open);
    blanks(input, writer)?;
    if punctuation(input, writer, close) {
        return Ok(());
    }
    loop {
        item(input, writer)?;
        blanks(input, writer)?;
        if punctuation(input, writer, close) {
            return Ok(());
        }
        if rest(input).is_empty() {
            return refuse_at(at, format!("JSON has no end: expected a closing {close}"));
        }
        let comma = offset(input);
        if !punctuation(input, writer, ",") {
            return refuse(input, format!("bad JSON: expected a comma or {close}"));
        }
        blanks(input, writer)?;
        if rest(input).starts_with(close) {
            return refuse_at(comma, format!("bad JSON: expected no comma before {close}"));
        }
    }
}

fn member(input: &mut Input<'_>, writer: &mut Writer, depth: usize) -> Parsed<()> {
    if !rest(input).starts_with('"') {
        return refuse(input, "bad JSON: expected a name in double quotes");
    }
    string(input, writer)?;
    blanks(input, writer)?;
    if !punctuation(input, writer, ":") {
        return refuse(input, "bad JSON: expected a colon after a name");
    }
    blanks(input, writer)?;
    value(input, writer, depth + 1)
}

/// Reads a text if it follows, and returns whether it did.
fn punctuation(input: &mut Input<'_>, writer: &mut Writer, text: &str) -> bool {
    let is_there = take(input, text);
    if is_there {
        writer.builder.push_str(text);
    }
    is_there
}

fn blanks(input: &mut Input<'_>, writer: &mut Writer) -> Parsed<()> {
    let blanks: &str = take_while(0.., [' ', '\t', '\n', '\r']).parse_next(input)?;
    if writer.blanks == Blanks::Kept {
        writer.builder.push_str(blanks);
    }
    Ok(())
}

fn number(input: &mut Input<'_>, writer: &mut Writer) -> Parsed<()> {
    let (at, start) = (offset(input), rest(input));
    let _: &str =
        take_while(0.., |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
            .parse_next(input)?;
    let text = since(start, input);
    if serde_json::from_str::<&serde_json::value::RawValue>(text).is_err() {
        return refuse_at(at, "bad number in JSON: expected one as in 12, -3, 0.5 or 1e6");
    }
    writer.builder.push_str(text);
    Ok(())
}

fn word(input: &mut Input<'_>, writer: &mut Writer) -> Parsed<()> {
    let at = offset(input);
    let word: &str = take_while(0.., |letter: char| letter.is_alphanumeric()).parse_next(input)?;
    if !["null", "true", "false"].contains(&word) {
        return refuse_at(
            at,
            "bad JSON: expected a value: text in double quotes, a number, true, false, null, a \
             list, an object or {{name}}",
        );
    }
    writer.builder.push_str(word);
    Ok(())
}

/// Reads a string, whose escape sequences stay as written.
fn string(input: &mut Input<'_>, writer: &mut Writer) -> Parsed<()> {
    const UNCLOSED: &str = "a string in JSON has no closing quote: expected \" on the same line";
    let at = offset(input);
    punctuation(input, writer, "\"");
    while let Some(next) = rest(input).chars().next() {
        match next {
            '"' => {
                punctuation(input, writer, "\"");
                return Ok(());
            }
            '{' if rest(input).starts_with("{{") => {
                writer.builder.placeholder(placeholder(input)?, Form::InJsonString);
            }
            '\\' => escape(input, writer)?,
            '\n' | '\r' => break,
            // JSON has no control characters in strings. hurl takes some of them.
            _ if next < ' ' => {
                return refuse(input, "control character in JSON: expected \\t or \\u…");
            }
            _ => writer.builder.push(any.parse_next(input)?),
        }
    }
    refuse_at(at, UNCLOSED)
}

fn escape(input: &mut Input<'_>, writer: &mut Writer) -> Parsed<()> {
    let (at, text) = (offset(input), rest(input));
    let n_bytes = if text[1..].starts_with('u') { unicode(text) } else { plain(text) };
    let Some(n_bytes) = n_bytes else {
        return refuse_at(
            at,
            "unknown escape sequence in JSON: expected \\\\, \\\", \\/, \\n, \\r, \\t, \\b, \\f or \
             \\u00e9",
        );
    };
    let escape: &str = winnow::token::take(n_bytes).parse_next(input)?;
    writer.builder.push_str(escape);
    Ok(())
}

/// Returns the length of `\n` and the like. None if there is no such escape sequence.
fn plain(text: &str) -> Option<usize> {
    text[1..].starts_with(['"', '\\', '/', 'b', 'f', 'n', 'r', 't']).then_some(2)
}

/// Returns the length of `\uXXXX`, or of two of them for a character beyond 16 bits. None if they
/// are no character.
fn unicode(text: &str) -> Option<usize> {
    let high = unit(text)?;
    if !(0xd800..0xe000).contains(&high) {
        return Some(6);
    }
    let low = unit(text.get(6..)?)?;
    (high < 0xdc00 && (0xdc00..0xe000).contains(&low)).then_some(12)
}

fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}
