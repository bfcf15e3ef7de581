//! Gathers records into batches: what all decoders but Arrow's have in common.

use std::io;

use crate::codec::Decoder;
use crate::error::Error;
use crate::record::{Batch, BatchBuilder};

/// Most records of a batch.
const BATCH_RECORDS: usize = 4096;

/// Gives records one by one: the part of a decoder that knows the format.
pub trait Source: Send {
    /// Returns whether the next item is in memory, so that reading it waits for nothing.
    fn is_ready(&self) -> bool;

    /// Waits for the next item and adds the record that it ends, if it ends one. Returns false
    /// at the end of the input.
    ///
    /// # Errors
    ///
    /// [`Failure`] where there is no going on.
    fn read(&mut self, records: &mut BatchBuilder) -> Result<bool, Failure>;
}

/// Why a source does not go on.
#[derive(Debug)]
pub enum Failure {
    /// The input ends in the midst of a record.
    Cut,
    /// The next record is none, and what was expected of it.
    Bad(String),
    /// Reading failed.
    Io(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Io(error)
    }
}

/// Gathers the records of a source.
///
/// A batch is given out as soon as the next item would have to be waited for, so that a reader
/// of a live stream sees each record when it comes.
pub struct Gather<S> {
    source: S,
    builder: BatchBuilder,
    /// Records read so far.
    records: u64,
    /// What ended the reading, to be told after the records before it.
    failure: Option<Error>,
}

impl<S: Source> Gather<S> {
    pub fn new(source: S) -> Self {
        Self { source, builder: BatchBuilder::new(), records: 0, failure: None }
    }

    /// Gathers records until an item would have to be waited for.
    fn gather(&mut self) -> Result<(), Error> {
        while self.builder.is_empty() || self.source.is_ready() {
            if !self.read()? || self.builder.len() >= BATCH_RECORDS {
                break;
            }
        }
        Ok(())
    }

    fn read(&mut self) -> Result<bool, Error> {
        let before = self.builder.len();
        let outcome = self.source.read(&mut self.builder);
        self.records += (self.builder.len() - before) as u64;
        outcome.map_err(|failure| self.explain(failure))
    }

    fn explain(&self, failure: Failure) -> Error {
        match failure {
            Failure::Cut => Error::Cut {
                records: self.records,
                missing: "its last record is incomplete".to_owned(),
            },
            Failure::Bad(problem) => Error::Record { record: self.records + 1, problem },
            Failure::Io(error) => error.into(),
        }
    }
}

impl<S: Source> Decoder for Gather<S> {
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
