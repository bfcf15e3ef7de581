//! Reads records that stand in lines: what the JSON and the CSV decoder have in common.

use std::io::{self, BufRead, BufReader, Read};

use super::Decoder;
use crate::error::Error;
use crate::record::{Batch, BatchBuilder};

/// Most records of a batch.
const BATCH_RECORDS: usize = 4096;

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

/// Reads records that stand in lines.
///
/// A batch is given out as soon as the next line would have to be waited for, so that a
/// reader of a live stream sees each record when it comes.
pub struct LineDecoder<P> {
    input: BufReader<Box<dyn Read + Send>>,
    parser: P,
    builder: BatchBuilder,
    /// The line under way, kept for its memory.
    line: Vec<u8>,
    /// Records read so far.
    records: u64,
    /// What ended the reading, to be told after the records before it.
    failure: Option<Error>,
}

impl<P: LineParser> LineDecoder<P> {
    pub fn new(input: BufReader<Box<dyn Read + Send>>, parser: P) -> Self {
        Self {
            input,
            parser,
            builder: BatchBuilder::new(),
            line: Vec::new(),
            records: 0,
            failure: None,
        }
    }

    /// Gathers records until a line would have to be waited for.
    fn gather(&mut self) -> Result<(), Error> {
        while self.builder.is_empty() || self.has_line() {
            if !self.read_line()? || self.builder.len() >= BATCH_RECORDS {
                break;
            }
        }
        Ok(())
    }

    /// Returns whether a whole line is in memory.
    fn has_line(&self) -> bool {
        self.input.buffer().contains(&b'\n')
    }

    /// Reads and parses a line, or returns false at the end of the input.
    fn read_line(&mut self) -> Result<bool, Error> {
        self.line.clear();
        self.input.read_until(b'\n', &mut self.line)?;
        if self.line.is_empty() {
            return if self.parser.is_open() { Err(self.cut()) } else { Ok(false) };
        }
        let before = self.builder.len();
        let taken = self.parser.take(&self.line, &mut self.builder);
        self.records += (self.builder.len() - before) as u64;
        taken.map(|()| true).map_err(|problem| self.explain(problem))
    }

    fn explain(&self, problem: Problem) -> Error {
        match problem {
            Problem::Short(_) if !self.line.ends_with(b"\n") => self.cut(),
            Problem::Short(problem) | Problem::Wrong(problem) => {
                Error::Record { record: self.records + 1, problem }
            }
        }
    }

    fn cut(&self) -> Error {
        Error::Cut { records: self.records, missing: "its last record is incomplete".to_owned() }
    }
}

impl<P: LineParser> Decoder for LineDecoder<P> {
    fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        match self.gather() {
            Err(error) if self.builder.is_empty() => Err(error),
            outcome => {
                self.failure = outcome.err();
                Ok((!self.builder.is_empty()).then(|| self.builder.finish()))
            }
        }
    }
}

/// Writes what was gathered in memory and hands it on to the reader at the other end.
pub fn hand_on(output: &mut impl io::Write, gathered: &mut Vec<u8>) -> Result<(), Error> {
    output.write_all(gathered)?;
    gathered.clear();
    output.flush().map_err(Error::Io)
}
