//! The text of a flow file as the parsers read it, and the error of a parser.

use std::borrow::Cow;
use std::path::PathBuf;

use winnow::Parser;
use winnow::ascii::{space0, space1};
use winnow::error::{ErrMode, ModalResult, ParserError};
use winnow::stream::{LocatingSlice, Location, Stateful, Stream};
use winnow::token::{literal, take_till, take_while};

use crate::flow::syntax::comment;
use crate::flow::syntax::names::Names;

/// The rest of the text, with its offset and the state of the file.
pub type Input<'a> = Stateful<LocatingSlice<&'a str>, State>;

/// The result of a parser. [`ErrMode::Backtrack`] if something else may stand there,
/// [`ErrMode::Cut`] if nothing else may.
pub type Parsed<T> = ModalResult<T, Fault>;

/// What the parsers of a file share.
#[derive(Debug, Default)]
pub struct State {
    /// The variables of the flow.
    pub names: Names,
    /// Offset of each line break.
    line_breaks: Vec<usize>,
    /// The folder of the file: `file,` is relative to it.
    pub folder: PathBuf,
    /// Number of the entry that is being read, from 1.
    pub entry: u16,
}

/// A place where the text is not as expected.
#[derive(Debug)]
pub struct Fault {
    /// Offset in the text, in bytes.
    pub at: usize,
    /// What is wrong and what was expected. Empty for text that no parser takes.
    pub text: Cow<'static, str>,
}

impl ParserError<Input<'_>> for Fault {
    type Inner = Self;

    fn from_input(input: &Input<'_>) -> Self {
        Self { at: input.current_token_start(), text: Cow::Borrowed("") }
    }

    fn into_inner(self) -> Result<Self::Inner, Self> {
        Ok(self)
    }
}

impl State {
    /// Returns the state at the start of a text.
    pub fn new(text: &str, names: Names, folder: PathBuf) -> Self {
        let line_breaks = text.match_indices('\n').map(|(at, _)| at).collect();
        Self { names, line_breaks, folder, entry: 0 }
    }

    /// Returns the line of an offset, from 1.
    pub fn line_of(&self, at: usize) -> usize {
        self.line_breaks.partition_point(|line_break| *line_break < at) + 1
    }
}

/// Returns the offset of the next character.
pub fn offset(input: &Input<'_>) -> usize {
    input.current_token_start()
}

/// Returns the line of the next character, from 1.
pub fn line(input: &Input<'_>) -> usize {
    input.state.line_of(offset(input))
}

/// Returns the rest of the text.
pub fn rest<'a>(input: &Input<'a>) -> &'a str {
    input.input.peek_finish()
}

/// Returns the text from an offset to the next character, where `from` is the rest of the text at
/// that offset.
pub fn since<'a>(from: &'a str, input: &Input<'a>) -> &'a str {
    &from[..from.len() - rest(input).len()]
}

/// Refuses the text at the next character.
pub fn refuse<T>(input: &Input<'_>, text: impl Into<Cow<'static, str>>) -> Parsed<T> {
    refuse_at(offset(input), text)
}

/// Refuses the text at an offset.
pub fn refuse_at<T>(at: usize, text: impl Into<Cow<'static, str>>) -> Parsed<T> {
    Err(ErrMode::Cut(Fault { at, text: text.into() }))
}

/// Reads a text that must follow.
pub fn expect(input: &mut Input<'_>, text: &'static str, problem: &'static str) -> Parsed<()> {
    match literal::<_, _, ErrMode<Fault>>(text).parse_next(input) {
        Ok(_) => Ok(()),
        Err(_) => refuse(input, problem),
    }
}

/// Reads a text if it follows, and returns whether it did.
pub fn take(input: &mut Input<'_>, text: &str) -> bool {
    literal::<_, _, ErrMode<Fault>>(text).parse_next(input).is_ok()
}

/// Reads blanks and tabs, if there are any.
pub fn spaces(input: &mut Input<'_>) {
    // Reading none is no error.
    let _: Parsed<&str> = space0.parse_next(input);
}

/// Reads at least one blank or tab.
pub fn some_spaces(input: &mut Input<'_>, problem: &'static str) -> Parsed<()> {
    match space1::<_, ErrMode<Fault>>.parse_next(input) {
        Ok(_) => Ok(()),
        Err(_) => refuse(input, problem),
    }
}

/// Reads the end of a line, with blanks and a comment before it.
pub fn end_of_line(input: &mut Input<'_>, problem: &'static str) -> Parsed<()> {
    spaces(input);
    let at = offset(input);
    if take(input, "#") {
        let text: &str = take_till(0.., ['\n']).parse_next(input)?;
        if let Some(word) = comment::known_word(text) {
            let text = format!("'# {word}' after other text: expected it on its own line");
            return refuse_at(at, text);
        }
    }
    if rest(input).is_empty() || take(input, "\n") || take(input, "\r\n") {
        return Ok(());
    }
    refuse(input, problem)
}

/// Returns the rest of the text at its next line that is neither blank nor a comment, without the
/// blanks at its start.
pub fn next_text<'a>(input: &Input<'a>) -> &'a str {
    let mut text = rest(input);
    while let Some(after) = after_blank_line(text) {
        text = after;
    }
    text.trim_start_matches([' ', '\t'])
}

/// Returns what follows a line that is blank or a comment. None if the text begins with another
/// line, or is empty.
pub fn after_blank_line(text: &str) -> Option<&str> {
    let line = text.trim_start_matches([' ', '\t']);
    let end = if line.starts_with('#') { line.find('\n') } else { None };
    match (line.as_bytes().first(), end) {
        (Some(b'#'), Some(end)) => Some(&line[end + 1..]),
        (Some(b'#'), None) => Some(""),
        _ if text.is_empty() => None,
        (None, _) => Some(""),
        _ => line.strip_prefix('\n').or_else(|| line.strip_prefix("\r\n")),
    }
}

/// Reads up to the next line that is neither blank nor a comment, and the blanks at its start.
/// The line belongs to an entry, so that no comment before it can be an annotation.
pub fn go_to_text(input: &mut Input<'_>) -> Parsed<()> {
    while let Some(after) = after_blank_line(rest(input)) {
        spaces(input);
        let text = rest(input);
        if let Some(word) = text.strip_prefix('#').and_then(comment::word) {
            let text = format!("'# {word}' within a request: expected it before the method");
            return refuse(input, text);
        }
        let n_bytes = text.len() - after.len();
        input.next_slice(n_bytes);
    }
    spaces(input);
    Ok(())
}

/// Reads letters, digits, hyphens, underscores and dots. Empty if none follow.
pub fn word<'a>(input: &mut Input<'a>) -> Parsed<&'a str> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    take_while(0.., is_letter).parse_next(input)
}
