//! Every error the library returns, and its wording.
//!
//! A message is lower case, has no final stop, quotes the input and says what
//! was expected. The name of the file is added by whoever opened it.

use std::io;

/// Why the library could not do what it was asked.
///
/// A failed hit is not among them: it is a record with an error text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A value in one of our small grammars (rate, duration, size, …) is not in it.
    #[error("bad {what} '{input}': expected {expected}")]
    Value {
        /// The grammar, e.g. `rate`.
        what: &'static str,
        /// What was given.
        input: String,
        /// The accepted form.
        expected: &'static str,
    },

    /// A word that chooses one of several values is none of the known ones.
    #[error("bad {what} '{input}': expected {expected}")]
    Keyword {
        /// What is chosen, e.g. `format`.
        what: &'static str,
        /// What was given.
        input: String,
        /// The known words.
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

    /// A list of targets holds none.
    #[error("no targets to attack: expected a line like 'GET http://127.0.0.1:8080/'")]
    NoTargets,

    /// The input is no stream of results.
    #[error(
        "not a stream of results: expected Arrow, gob, JSON or CSV as attack or encode write them"
    )]
    Unrecognised,

    /// A stream of results ends before its end mark, or in the midst of a record.
    #[error("the stream is cut after {records} records: {missing}")]
    Cut {
        /// Whole records read before the cut.
        records: u64,
        /// What is missing.
        missing: String,
    },

    /// A stream of results holds something that is not a record.
    #[error("bad record {record}: {problem}")]
    Record {
        /// Number of the record in its input, from 1.
        record: u64,
        /// What is wrong with it and what was expected.
        problem: String,
    },

    /// A certificate, a key or the store of trusted roots cannot be used.
    #[error("{0}")]
    Tls(String),

    /// The attack cannot begin or go on as it was asked to.
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

    /// Returns whether the cause is a reader that closed its end of our pipe.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Error::Io(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Returns the operating system's words for a failure in our manner: lower case, without its
/// number, as in `no such file or directory`; other texts as they are.
pub fn plain_text(text: &str) -> String {
    let Some((words, _)) = text.rsplit_once(" (os error ") else { return text.to_owned() };
    with_small_initial(words)
}

/// Returns a text with a small letter at its beginning.
pub fn with_small_initial(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_error_reads_as_a_part_of_our_sentence() {
        let missing = io::Error::from_raw_os_error(2).to_string();
        assert_eq!(plain_text(&missing), "no such file or directory");
        assert_eq!(plain_text("Bad news"), "Bad news");
    }
}
