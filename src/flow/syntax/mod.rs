//! The language: from the text of a file to its entries and annotations.
//!
//! It is a part of the Hurl language, such that hurl 8.0.1 takes each file that is read here.

mod body;
mod comment;
mod input;
mod number;
mod pair;
mod problem;
mod request;
mod response;
mod section;
mod text;
mod words;
pub mod names;

use std::path::Path;

use winnow::error::ErrMode;
use winnow::stream::{LocatingSlice, Stateful, Stream};

use crate::flow::tree::request::Entry;

use input::{
    Fault, Input, Parsed, State, after_blank_line, line, next_text, offset, refuse, rest, spaces,
};
use names::Names;

pub use comment::Comment;
pub use problem::Problem;

#[cfg(test)]
mod tests;

/// Most entries of a flow.
const MAX_ENTRIES: u16 = 10_000;

/// An entry or an annotation, in the order of the file.
#[derive(Debug)]
pub enum Item {
    /// A request, and what is expected of its response.
    Entry(Box<Entry>),
    /// An annotation.
    Comment(Comment),
}

/// Reads a file. `n_entries` is the number of entries in the files before it. Returns its items and
/// the names.
///
/// # Errors
///
/// At the first text that is not in the language, or that is not supported.
pub fn read(
    path: &Path,
    content: &[u8],
    names: Names,
    n_entries: u16,
) -> Result<(Vec<Item>, Names), Problem> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let text = str::from_utf8(content).map_err(|error| {
        let n_lines = content[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        let text = "not UTF-8: expected a text file in UTF-8".to_owned();
        Problem { path: path.to_owned(), line: Some(n_lines + 1), text }
    })?;
    if let Some(at) = text.find('\0') {
        let line = Some(text[..at].matches('\n').count() + 1);
        let text = "a NUL byte: expected a text file".to_owned();
        return Err(Problem { path: path.to_owned(), line, text });
    }
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let mut state = State::new(text, names, folder);
    state.entry = n_entries;
    let mut input = Stateful { input: LocatingSlice::new(text), state };
    match items(&mut input) {
        Ok(items) => Ok((items, input.state.names)),
        Err(error) => Err(problem(path, &input, error)),
    }
}

/// Returns the number of entries, made or not.
pub fn n_entries(items: &[Item]) -> u16 {
    let entries = items.iter().filter(|item| !matches!(item, Item::Comment(_)));
    u16::try_from(entries.count()).unwrap_or(MAX_ENTRIES)
}

fn problem(path: &Path, input: &Input<'_>, error: ErrMode<Fault>) -> Problem {
    let fault = match error {
        ErrMode::Backtrack(fault) | ErrMode::Cut(fault) => fault,
        ErrMode::Incomplete(_) => Fault { at: offset(input), text: "".into() },
    };
    let text = match &*fault.text {
        "" => "unexpected text: expected a request".to_owned(),
        text => text.to_owned(),
    };
    Problem { path: path.to_owned(), line: Some(input.state.line_of(fault.at)), text }
}

fn items(input: &mut Input<'_>) -> Parsed<Vec<Item>> {
    let mut items = Vec::new();
    let mut block = 0;
    loop {
        if let Some(after) = after_blank_line(rest(input)) {
            match comment(input, block)? {
                Some(comment) => items.push(Item::Comment(comment)),
                None => block += usize::from(!next_is_comment(input)),
            }
            let n_bytes = rest(input).len() - after.len();
            input.next_slice(n_bytes);
            continue;
        }
        spaces(input);
        if rest(input).is_empty() {
            return Ok(items);
        }
        items.push(entry(input)?);
        block += 1;
    }
}

/// Returns whether the line that follows is a comment.
fn next_is_comment(input: &Input<'_>) -> bool {
    rest(input).trim_start_matches([' ', '\t']).starts_with('#')
}

/// Returns the annotation of the line that follows. None for a blank line or another comment.
fn comment(input: &mut Input<'_>, block: usize) -> Parsed<Option<Comment>> {
    let text = rest(input).trim_start_matches([' ', '\t']);
    let line_text = text.lines().next().unwrap_or_default();
    let Some(text) = line_text.strip_prefix('#') else { return Ok(None) };
    // hurl looks for these words anywhere in a comment.
    if text.contains("@cookie_storage_") {
        return refuse(input, comment::unknown("@cookie_storage_"));
    }
    let Some(word) = comment::word(text) else { return Ok(None) };
    if !comment::WORDS.contains(&word) {
        return refuse(input, comment::unknown(word));
    }
    let (_, argument) = text.split_once(word).unwrap_or_default();
    let text = argument.trim().into();
    Ok(Some(Comment { line: line(input), block, word: word.into(), text }))
}

/// Reads an entry, whose method follows.
fn entry(input: &mut Input<'_>) -> Parsed<Item> {
    if input.state.entry >= MAX_ENTRIES {
        return refuse(input, "too many entries: expected at most 10000");
    }
    input.state.entry += 1;
    let mut entry = request::request(input)?;
    if response::is_response(next_text(input)) {
        input::go_to_text(input)?;
        let at = offset(input);
        let mut expected = response::response(input)?;
        expected.demands_ok = entry.call.is_some() && !expected.checks_grpc_status();
        if let Some(step) = &mut entry.socket {
            request::socket_expects(step, &expected, at)?;
        }
        entry.expected = Some(expected);
    }
    Ok(Item::Entry(Box::new(entry)))
}
