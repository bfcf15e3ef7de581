//! Reads records that stand in lines: what the JSON and the CSV decoder have in common.

use std::io::{self, BufRead, BufReader, Read};

use crate::codec::batcher::{Failure, Source};
use crate::error::Error;
use crate::record::BatchBuilder;

/// Turns lines into records.
pub trait LineParser: Send {
    /// Takes the next line, which still has its newline, and adds the record that it ends.
    /// A blank line between two records is passed over.
    ///
    /// # Errors
    ///
    /// [`Problem`] where the line is no record.
    fn take(&mut self, line: &[u8], records: &mut BatchBuilder) -> Result<(), Problem>;

    /// Returns whether a record has begun that needs further lines.
    fn is_open(&self) -> bool {
        false
    }
}

/// Why a line is no record, and what was expected of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Problem {
    /// It ends too early: at the end of the input, a sign that the stream is cut.
    Short(String),
    /// It is wrong whatever would follow.
    Wrong(String),
}

/// The lines of an input, and what makes records of them.
pub struct Lines<P> {
    input: BufReader<Box<dyn Read + Send>>,
    parser: P,
    /// The line under way, kept for its memory.
    line: Vec<u8>,
}

impl<P: LineParser> Lines<P> {
    pub fn new(input: BufReader<Box<dyn Read + Send>>, parser: P) -> Self {
        Self { input, parser, line: Vec::new() }
    }

    /// A line that is too short is a cut only where nothing follows it.
    fn explain(&self, problem: Problem) -> Failure {
        match problem {
            Problem::Short(_) if !self.line.ends_with(b"\n") => Failure::Cut,
            Problem::Short(problem) | Problem::Wrong(problem) => Failure::Bad(problem),
        }
    }
}

impl<P: LineParser> Source for Lines<P> {
    fn is_ready(&self) -> bool {
        self.input.buffer().contains(&b'\n')
    }

    fn read(&mut self, records: &mut BatchBuilder) -> Result<bool, Failure> {
        self.line.clear();
        self.input.read_until(b'\n', &mut self.line)?;
        if self.line.is_empty() {
            return if self.parser.is_open() { Err(Failure::Cut) } else { Ok(false) };
        }
        let taken = self.parser.take(&self.line, records);
        taken.map(|()| true).map_err(|problem| self.explain(problem))
    }
}

/// Writes what was gathered in memory and hands it on to the reader at the other end.
pub fn hand_on(output: &mut impl io::Write, gathered: &mut Vec<u8>) -> Result<(), Error> {
    output.write_all(gathered)?;
    gathered.clear();
    output.flush().map_err(Error::Io)
}
