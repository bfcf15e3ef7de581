//! The response section of an entry: what is expected of a response, and what is kept of it.

mod filter;
mod predicate;
mod query;
mod refused;
mod sections;

use winnow::Parser;
use winnow::token::take_while;

use crate::flow::syntax::body::{Content, body, is_body};
use crate::flow::syntax::input::{
    Input, Parsed, end_of_line, go_to_text, line, next_text, offset, refuse_at, rest, since,
    some_spaces, take,
};
use crate::flow::syntax::pair::pair;
use crate::flow::syntax::section::{is_section, section_name};
use crate::flow::syntax::text::is_pair;
use crate::flow::tree::assert::{BodyValue, Expected, ExpectedBody, ExpectedHeader, Version};

use sections::Section;

/// Returns whether a line begins a response.
pub fn is_response(line: &str) -> bool {
    line.starts_with("HTTP")
}

/// Reads a response, whose first line follows.
pub fn response(input: &mut Input<'_>) -> Parsed<Expected> {
    let mut expected =
        Expected { line: line(input), version: version(input)?, ..Expected::default() };
    some_spaces(input, "no status: expected one, as in HTTP 200, or HTTP *")?;
    expected.status = status(input)?;
    end_of_line(input, "text after the status: expected the end of the line")?;
    while is_pair(next_text(input)) {
        go_to_text(input)?;
        expected.headers.push(header(input)?);
    }
    let mut seen = Vec::new();
    while is_section(next_text(input)) {
        go_to_text(input)?;
        let at = offset(input);
        let section = Section::of(section_name(input)?, at)?;
        if seen.contains(&section) {
            return refuse_at(at, "a section is there twice: expected one of each per response");
        }
        seen.push(section);
        sections::read(input, section, &mut expected)?;
    }
    if is_body(next_text(input)) {
        go_to_text(input)?;
        let line = line(input);
        expected.body = Some(ExpectedBody { line, body: body_value(body(input)?) });
    }
    Ok(expected)
}

fn version(input: &mut Input<'_>) -> Parsed<Option<Version>> {
    const PROBLEM: &str = "bad version: expected HTTP, HTTP/1.0, HTTP/1.1, HTTP/2 or HTTP/3";
    let at = offset(input);
    let word: &str = take_while(0.., |letter| letter != ' ' && letter != '\t' && letter != '\n')
        .parse_next(input)?;
    match word {
        "HTTP" => Ok(None),
        "HTTP/1.0" => Ok(Some(Version::Http10)),
        "HTTP/1.1" => Ok(Some(Version::Http11)),
        "HTTP/2" => Ok(Some(Version::Http2)),
        "HTTP/3" => Ok(Some(Version::Http3)),
        _ => refuse_at(at, PROBLEM),
    }
}

fn status(input: &mut Input<'_>) -> Parsed<Option<u16>> {
    if take(input, "*") {
        return Ok(None);
    }
    let at = offset(input);
    let digits: &str = take_while(0.., |letter: char| letter.is_ascii_digit()).parse_next(input)?;
    match digits.parse() {
        Ok(status) if digits.len() == 3 && status >= 100 => Ok(Some(status)),
        _ => refuse_at(at, "bad status: expected three digits or *"),
    }
}

fn header(input: &mut Input<'_>) -> Parsed<ExpectedHeader> {
    let (line, start) = (line(input), rest(input));
    let (name, value) = pair(input)?;
    let text = since(start, input).trim().into();
    end_of_line(input, "text after a header: expected the end of the line")?;
    Ok(ExpectedHeader { line, text, name, value })
}

fn body_value(content: Content) -> BodyValue {
    match content {
        Content::Text(text, _) => BodyValue::Text(text),
        Content::Json(text) => BodyValue::Json(text),
        Content::Bytes(bytes) => BodyValue::Bytes(bytes.to_vec()),
    }
}
