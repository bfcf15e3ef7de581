//! Reads records from lines, for the JSON and the CSV format.

use std::io::{BufRead, BufReader, Read};

use crate::codec::batcher::{self, Source};
use crate::codec::text::problem::Problem;
use crate::record::BatchBuilder;

/// Parses records from lines.
pub trait LineParser: Send {
    /// Parses the next line, including its newline, and adds a record if the line completes one.
    /// A blank line between two records is ignored.
    ///
    /// # Errors
    ///
    /// If the line is not a record.
    fn parse(&mut self, line: &[u8], records: &mut BatchBuilder) -> Result<(), Problem>;

    /// Returns whether the current record continues in the next line.
    fn is_open(&self) -> bool {
        false
    }
}

/// Why no further record can be read.
type Failure = batcher::Failure<Problem>;

/// Reads the lines of an input and parses them.
pub struct Lines<P> {
    input: BufReader<Box<dyn Read + Send>>,
    parser: P,
    /// The current line, kept to reuse its memory.
    line: Vec<u8>,
}

impl<P: LineParser> Lines<P> {
    /// Returns a source of the records of an input.
    pub fn new(input: BufReader<Box<dyn Read + Send>>, parser: P) -> Self {
        Self { input, parser, line: Vec::new() }
    }

    fn failure(&self, problem: Problem) -> Failure {
        // A newline proves that the line is complete, so a short line before one is damaged.
        if problem.may_be_cut() && !self.line.ends_with(b"\n") {
            return Failure::Cut;
        }
        Failure::Bad(problem)
    }
}

impl<P: LineParser> Source for Lines<P> {
    type Problem = Problem;

    fn is_ready(&self) -> bool {
        self.input.buffer().contains(&b'\n')
    }

    fn read(&mut self, records: &mut BatchBuilder) -> Result<bool, Failure> {
        self.line.clear();
        self.input.read_until(b'\n', &mut self.line)?;
        if self.line.is_empty() {
            return if self.parser.is_open() { Err(Failure::Cut) } else { Ok(false) };
        }
        let parsed = self.parser.parse(&self.line, records);
        parsed.map(|()| true).map_err(|problem| self.failure(problem))
    }
}
