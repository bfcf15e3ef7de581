//! Collects records into batches, for all formats but Arrow.

use std::fmt::Display;
use std::io;

use crate::codec::stream::Decoder;
use crate::error::Error;
use crate::record::{Batch, BatchBuilder};

/// Most records of a batch.
const MAX_RECORDS: usize = 4096;

/// Reads records one by one: the part of a decoder that knows the format.
pub trait Source: Send {
    /// Reason to refuse a record.
    type Problem: Display;

    /// Returns whether the next item is in memory, so that reading it does not block.
    fn is_ready(&self) -> bool;

    /// Waits for the next item, and adds a record if the item completes one. Returns false at the
    /// end of the input.
    ///
    /// # Errors
    ///
    /// [`Failure`] if no further record can be read.
    fn read(&mut self, records: &mut BatchBuilder) -> Result<bool, Failure<Self::Problem>>;
}

/// Why a source cannot continue.
#[derive(Debug)]
pub enum Failure<P> {
    /// The input ends within a record.
    Cut,
    /// The next record is bad.
    Bad(P),
    /// Reading failed.
    Io(io::Error),
}

impl<P> From<io::Error> for Failure<P> {
    fn from(error: io::Error) -> Self {
        Failure::Io(error)
    }
}

/// Collects the records of a source into batches.
///
/// A batch ends as soon as the next item is not in memory, so that the reader of a live stream
/// sees each record when it arrives.
pub struct Batcher<S> {
    source: S,
    builder: BatchBuilder,
    /// Records read so far.
    records: u64,
    /// The error that ended reading, returned after the records before it.
    pending: Option<Error>,
}

impl<S: Source> Batcher<S> {
    /// Returns a batcher for a source.
    pub fn new(source: S) -> Self {
        Self { source, builder: BatchBuilder::new(), records: 0, pending: None }
    }

    /// Adds records to the batch until the batch is full or the next item is not in memory.
    fn fill(&mut self) -> Result<(), Error> {
        while self.builder.is_empty() || self.source.is_ready() {
            if !self.read()? || self.builder.len() >= MAX_RECORDS {
                break;
            }
        }
        Ok(())
    }

    fn read(&mut self) -> Result<bool, Error> {
        let before = self.builder.len();
        let outcome = self.source.read(&mut self.builder);
        self.records += (self.builder.len() - before) as u64;
        outcome.map_err(|failure| self.error(failure))
    }

    fn error(&self, failure: Failure<S::Problem>) -> Error {
        match failure {
            Failure::Cut => Error::Cut {
                records: self.records,
                missing: "its last record is incomplete".to_owned(),
            },
            Failure::Bad(problem) => {
                Error::Record { record: self.records + 1, problem: problem.to_string() }
            }
            Failure::Io(error) => error.into(),
        }
    }
}

impl<S: Source> Decoder for Batcher<S> {
    fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        if let Some(error) = self.pending.take() {
            return Err(error);
        }
        match self.fill() {
            Err(error) if self.builder.is_empty() => Err(error),
            outcome => {
                self.pending = outcome.err();
                Ok((!self.builder.is_empty()).then(|| self.builder.finish()))
            }
        }
    }
}
