//! Lines of a list: of any length, numbered, trimmed, without a byte order mark.

use std::io::BufRead;
use std::mem;

use crate::error::{Error, TextFile};

/// Reads a list line by line, in constant memory.
pub(super) struct Lines<R> {
    input: R,
    bytes: Vec<u8>,
    /// Number of the line in `bytes`, from 1; 0 before the first.
    number: usize,
    is_put_back: bool,
}

/// One line of a list.
pub(super) struct Line<'a> {
    /// Its number, from 1.
    pub(super) number: usize,
    /// Its text as it is, without the line break.
    pub(super) whole: &'a str,
    /// Its text without white space at either end.
    pub(super) text: &'a str,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, bytes: Vec::new(), number: 0, is_put_back: false }
    }

    /// Returns the next line; None at the end of the list.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>, Error> {
        if !mem::take(&mut self.is_put_back) {
            self.bytes.clear();
            if self.input.read_until(b'\n', &mut self.bytes)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.mend_comment();
        }
        let number = self.number;
        let text = str::from_utf8(&self.bytes)
            .map_err(|_| Error::at_line(TextFile::Targets, number, "expected UTF-8 text"))?;
        let text = if number == 1 { text.trim_start_matches('\u{feff}') } else { text };
        let whole = text.strip_suffix('\n').unwrap_or(text);
        let whole = whole.strip_suffix('\r').unwrap_or(whole);
        Ok(Some(Line { number, whole, text: text.trim() }))
    }

    /// Replaces what is no text in a comment, which nobody reads as bytes.
    fn mend_comment(&mut self) {
        if self.bytes.trim_ascii_start().starts_with(b"#") && str::from_utf8(&self.bytes).is_err() {
            self.bytes = String::from_utf8_lossy(&self.bytes).into_owned().into_bytes();
        }
    }

    /// Makes the line that was last returned the next one again.
    pub(super) fn put_back(&mut self) {
        self.is_put_back = true;
    }
}

impl Line<'_> {
    /// Returns an error at this line.
    pub(super) fn error(&self, problem: String) -> Error {
        Error::at_line(TextFile::Targets, self.number, problem)
    }
}
