//! The errors of the library, and their texts.
//!
//! A text begins in lower case, has no final stop, quotes the input and says what was expected. The
//! caller that opened a file adds the name of the file.

use std::io;

/// An error of the library.
///
/// A failed hit is not an error: it is a record with an error text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text is not a valid value, e.g. not a rate, a duration or a size.
    #[error("bad {what} '{input}': expected {expected}")]
    Value {
        /// The kind of value, e.g. `rate`.
        what: &'static str,
        /// The text.
        input: String,
        /// The accepted form.
        expected: &'static str,
    },

    /// A text is none of the accepted keywords.
    #[error("bad {what} '{input}': expected {expected}")]
    Keyword {
        /// What the keyword chooses, e.g. `format`.
        what: &'static str,
        /// The text.
        input: String,
        /// The accepted keywords.
        expected: String,
    },

    /// One line of a text file cannot be read, or its content cannot be used.
    #[error("line {line}: {problem}")]
    Line {
        /// The kind of file.
        what: TextFile,
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong with the line and what was expected.
        problem: String,
    },

    /// A target list has no targets.
    #[error("no targets to attack: expected a line like 'GET http://127.0.0.1:8080/'")]
    NoTargets,

    /// The input is not a stream of results.
    #[error(
        "not a stream of results: expected Arrow, gob, JSON or CSV as attack or encode write them"
    )]
    Unrecognized,

    /// A stream of results ends before its end mark, or within a record.
    #[error("the stream is cut after {records} records: {missing}")]
    Cut {
        /// Number of complete records before the cut.
        records: u64,
        /// What is missing.
        missing: String,
    },

    /// A stream of results has a bad record.
    #[error("bad record {record}: {problem}")]
    Record {
        /// Number of the record in its input, from 1.
        record: u64,
        /// What is wrong with the record and what was expected.
        problem: String,
    },

    /// A certificate, a key or the trusted roots cannot be used.
    #[error("{0}")]
    Tls(String),

    /// The schema of gRPC services cannot be read.
    #[error("{0}")]
    Schema(String),

    /// The attack cannot start or continue.
    #[error("{0}")]
    Attack(String),

    /// A chart cannot be drawn.
    #[error("cannot draw the chart: {0}")]
    Draw(String),

    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A kind of text file that is read line by line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFile {
    /// A target list.
    Targets,
    /// The data rows of `{{column}}` variables.
    Feed,
    /// A load plan in CSV.
    Plan,
    /// A list of thresholds.
    Thresholds,
    /// The routes of a test server, in TOML.
    Routes,
}

impl Error {
    /// Returns an error about one line of a text file; lines are counted from 1.
    pub fn at_line(what: TextFile, line: usize, problem: impl ToString) -> Self {
        Error::Line { what, line, problem: problem.to_string() }
    }

    /// Returns whether the error is that the reader of our pipe has closed it.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Error::Io(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Returns the text of an operating system error in our style: in lower case and without its
/// number, as in `no such file or directory`. Other texts are returned unchanged.
pub fn plain_text(text: &str) -> String {
    let Some((words, _)) = text.rsplit_once(" (os error ") else { return text.to_owned() };
    with_small_initial(words)
}

/// Returns a text with its first letter in lower case.
pub fn with_small_initial(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_error_has_our_style() {
        let missing = io::Error::from_raw_os_error(2).to_string();
        assert_eq!(plain_text(&missing), "no such file or directory");
        assert_eq!(plain_text("Bad news"), "Bad news");
    }
}
