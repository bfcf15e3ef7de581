//! Lines of a target list: of any length, numbered, trimmed, without a byte order mark.

use std::io::BufRead;
use std::mem;

use crate::error::{Error, TextFile};
use crate::targets::problem::Problem;

/// Reads a list line by line, holding one line in memory.
pub struct Lines<R> {
    input: R,
    bytes: Vec<u8>,
    /// Number of the line in `bytes`, from 1; 0 before the first line.
    number: usize,
    is_unread: bool,
    /// Whether the end was reached. A terminal could be read on after it.
    is_at_end: bool,
}

/// One line of a list.
pub struct Line<'a> {
    /// Number of the line, from 1.
    pub number: usize,
    /// Text without the line break.
    pub raw: &'a str,
    /// Text without white space at either end.
    pub trimmed: &'a str,
}

impl<R: BufRead> Lines<R> {
    /// Returns a reader of the lines of an input.
    pub fn new(input: R) -> Self {
        Self { input, bytes: Vec::new(), number: 0, is_unread: false, is_at_end: false }
    }

    /// Returns the next line; None at the end of the list.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] if the line is not UTF-8, [`Error::Io`] if the input cannot be read.
    pub fn next(&mut self) -> Result<Option<Line<'_>>, Error> {
        if !mem::take(&mut self.is_unread) {
            self.bytes.clear();
            if self.is_at_end || self.input.read_until(b'\n', &mut self.bytes)? == 0 {
                self.is_at_end = true;
                return Ok(None);
            }
            self.number += 1;
            self.repair_comment();
        }
        let number = self.number;
        let text = str::from_utf8(&self.bytes).map_err(|_| error_at(number, Problem::NotUtf8))?;
        let text = if number == 1 { text.trim_start_matches('\u{feff}') } else { text };
        let line = text.strip_suffix('\n').unwrap_or(text);
        let raw = line.strip_suffix('\r').unwrap_or(line);
        Ok(Some(Line { number, raw, trimmed: text.trim() }))
    }

    /// Replaces invalid UTF-8 in a comment, where the exact bytes do not matter.
    fn repair_comment(&mut self) {
        if self.bytes.trim_ascii_start().starts_with(b"#") && str::from_utf8(&self.bytes).is_err() {
            self.bytes = String::from_utf8_lossy(&self.bytes).into_owned().into_bytes();
        }
    }

    /// Makes [`Lines::next`] return the last line again.
    pub fn unread(&mut self) {
        self.is_unread = true;
    }
}

impl Line<'_> {
    /// Returns an error at this line.
    pub fn error(&self, problem: Problem) -> Error {
        error_at(self.number, problem)
    }
}

/// Returns an error at a line of the list, counted from 1.
pub fn error_at(line: usize, problem: Problem) -> Error {
    Error::at_line(TextFile::Targets, line, problem)
}
