//! `[Captures]` and `[Asserts]`.

use winnow::stream::Stream;

use crate::flow::syntax::input::word;
use crate::flow::syntax::input::{
    Input, Parsed, end_of_line, expect, go_to_text, line, next_text, offset, refuse_at, rest,
    since, some_spaces, spaces, take,
};
use crate::flow::syntax::response::filter::{KNOWN, filters};
use crate::flow::syntax::response::predicate::predicate;
use crate::flow::syntax::response::query::query;
use crate::flow::syntax::section::unknown_section;
use crate::flow::syntax::text::{is_pair, key};
use crate::flow::syntax::words::unknown;
use crate::flow::tree::assert::{Assert, Capture, Expected};
use crate::flow::tree::template::Slot;

/// A section of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Captures,
    Asserts,
}

impl Section {
    /// Returns the section with a name, which is at the offset `at`.
    pub fn of(name: &str, at: usize) -> Parsed<Self> {
        match name {
            "Captures" => Ok(Self::Captures),
            "Asserts" => Ok(Self::Asserts),
            _ => refuse_at(at, unknown_section(name, true)),
        }
    }
}

/// Reads the lines of a section.
pub fn read(input: &mut Input<'_>, section: Section, expected: &mut Expected) -> Parsed<()> {
    match section {
        Section::Captures => {
            while is_pair(next_text(input)) {
                go_to_text(input)?;
                expected.captures.push(capture(input)?);
            }
        }
        Section::Asserts => {
            while is_assert(next_text(input)) {
                go_to_text(input)?;
                expected.asserts.push(assert(input)?);
            }
        }
    }
    Ok(())
}

/// Returns whether a line can only be an assert: it begins with a small letter, and no body does
/// except for its keywords.
fn is_assert(line: &str) -> bool {
    let n_letters = line.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(line.len());
    let is_body = ["null", "true", "false", "base64", "hex", "file"].contains(&&line[..n_letters]);
    line.starts_with(|first: char| first.is_ascii_lowercase()) && !is_body
}

fn capture(input: &mut Input<'_>) -> Parsed<Capture> {
    let (line, start) = (line(input), rest(input));
    let slot = name(input, line)?;
    spaces(input);
    expect(input, ":", "no colon after a name: expected 'name: query'")?;
    spaces(input);
    let query = query(input)?;
    let filters = filters(input)?;
    let redact = redact(input);
    let text = since(start, input).trim().into();
    end_of_capture(input)?;
    Ok(Capture { line, text, slot, query, filters, redact })
}

fn end_of_capture(input: &mut Input<'_>) -> Parsed<()> {
    spaces(input);
    let (at, start) = (offset(input), input.checkpoint());
    let word = word(input)?;
    if !word.is_empty() {
        return refuse_at(
            at,
            unknown("filter", word, KNOWN, "a filter, redact or the end of the line"),
        );
    }
    input.reset(&start);
    end_of_line(input, "text after a capture: expected a filter, redact or the end of the line")
}

/// Reads the name of a variable that is captured.
fn name(input: &mut Input<'_>, line: usize) -> Parsed<Slot> {
    let at = offset(input);
    let name = key(input)?;
    let Some(name) = name.fixed() else {
        return refuse_at(at, "placeholder in the name of a capture: expected a fixed name");
    };
    // Only a placeholder could read the capture, and it would give the function.
    if ["newUuid", "newDate", "getEnv"].contains(&name) {
        return refuse_at(at, format!("'{name}' is a function of hurl: expected another name"));
    }
    match input.state.names.set(name, line) {
        Some(slot) => Ok(slot),
        None => refuse_at(at, "too many variables: expected at most 10000"),
    }
}

fn redact(input: &mut Input<'_>) -> bool {
    let start = input.checkpoint();
    spaces(input);
    if take(input, "redact") {
        return true;
    }
    input.reset(&start);
    false
}

fn assert(input: &mut Input<'_>) -> Parsed<Assert> {
    let (line, start) = (line(input), rest(input));
    let query = query(input)?;
    let filters = filters(input)?;
    some_spaces(input, "no predicate: expected one, as in status == 200")?;
    let (not, predicate) = predicate(input)?;
    let text = first_line(since(start, input));
    end_of_line(input, "text after an assert: expected the end of the line")?;
    Ok(Assert { line, text, query, filters, not, predicate })
}

/// Returns the first line of a text, with a mark if there are more.
fn first_line(text: &str) -> Box<str> {
    match text.trim().split_once('\n') {
        Some((first, _)) => format!("{}…", first.trim_end()).into(),
        None => text.trim().into(),
    }
}
