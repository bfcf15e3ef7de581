//! Merges the records of several inputs by their timestamps.
//!
//! The records of a stream are in the order in which hits ended, so they are only roughly sorted by
//! timestamp. The merge takes the earliest of the inputs' next records, and keeps the order within
//! each input. Only a few batches of each input are in memory, some of them decoded in advance.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::mem;
use std::ops::Range;
use std::sync::Arc;

use drumfire::codec::{self, Metadata};
use drumfire::error::Error;
use drumfire::record::{Batch, Columns, Extras, Record, Rows};

use crate::app::input::files::Input;
use crate::app::input::prefetch::{Part, Prefetch};

/// All inputs that are being merged.
pub struct Merge {
    sources: Vec<Source>,
}

/// One input.
struct Source {
    /// Position on the command line, from 0.
    position: usize,
    name: String,
    parts: Prefetch,
    /// Plans and facts that were read and not yet taken.
    metadata: Vec<Metadata>,
    /// The current batch. None before the first batch and after the last one.
    batch: Option<Arc<Batch>>,
    /// Row of the next record in the batch.
    next: usize,
    has_ended: bool,
}

impl Merge {
    /// Opens the inputs, and waits for the first bytes of each. Calls `on_error` with the position
    /// of an input that is not a stream, and the reason.
    pub fn open(
        inputs: Vec<Input>,
        columns: Columns,
        mut on_error: impl FnMut(usize, anyhow::Error),
    ) -> Self {
        let mut sources = Vec::new();
        for (position, Input { name, file }) in inputs.into_iter().enumerate() {
            match codec::decoder(file, columns) {
                Ok(decoder) => sources.push(Source::new(position, name, Prefetch::start(decoder))),
                Err(error) => on_error(position, anyhow::Error::from(error).context(name)),
            }
        }
        Self { sources }
    }

    /// Waits until each input has a record or has ended, and returns whether any has a record.
    /// Calls `on_error` with the position of an input that cannot be read completely, and the
    /// reason.
    pub fn fill(&mut self, mut on_error: impl FnMut(usize, anyhow::Error)) -> bool {
        for source in &mut self.sources {
            if let Err(error) = source.fill() {
                source.has_ended = true;
                on_error(source.position, anyhow::Error::from(error).context(source.name.clone()));
            }
        }
        self.sources.iter().any(|source| source.batch.is_some())
    }

    /// Returns the plans and facts that were read since the last call, in order for each input.
    pub fn take_metadata(&mut self) -> impl Iterator<Item = Metadata> {
        self.sources.iter_mut().flat_map(|source| mem::take(&mut source.metadata))
    }

    /// Returns the records that can be merged before an input must be read again.
    pub fn round(&mut self) -> Round {
        let sources = self.sources.iter().enumerate();
        let mut next: BinaryHeap<Reverse<(i64, usize)>> =
            sources.filter_map(|(idx, source)| Some(Reverse((source.next_ns()?, idx)))).collect();
        let mut spans = Vec::new();
        while let Some(Reverse((_, idx))) = next.pop() {
            let source = &mut self.sources[idx];
            // Of records with the same timestamp, those of the input named first go first.
            let rows = match next.peek() {
                Some(Reverse((ns, other))) if idx < *other => source.take_while(|own| own <= *ns),
                Some(Reverse((ns, _))) => source.take_while(|own| own < *ns),
                None => source.take_while(|_| true),
            };
            spans.push(Span { batch: idx, rows });
            let Some(next_ns) = source.next_ns() else { break };
            next.push(Reverse((next_ns, idx)));
        }
        Round { batches: self.sources.iter().map(Source::batch).collect(), spans }
    }
}

impl Source {
    fn new(position: usize, name: String, parts: Prefetch) -> Self {
        Self { position, name, parts, metadata: Vec::new(), batch: None, next: 0, has_ended: false }
    }

    /// Reads the next batch, unless records are left in the current one.
    fn fill(&mut self) -> Result<(), Error> {
        if self.has_ended || self.next_ns().is_some() {
            return Ok(());
        }
        self.batch = None;
        self.next = 0;
        while let Some(part) = self.parts.next()? {
            match part {
                Part::Metadata(metadata) => self.metadata.push(*metadata),
                Part::Batch(batch) => {
                    self.batch = Some(batch);
                    return Ok(());
                }
            }
        }
        self.has_ended = true;
        Ok(())
    }

    /// Returns the timestamp of the next record. None at the end of the batch.
    fn next_ns(&self) -> Option<i64> {
        self.batch.as_ref()?.timestamps_ns().get(self.next).copied()
    }

    /// Takes the leading records whose timestamps match `is_wanted`, and returns their rows.
    fn take_while(&mut self, is_wanted: impl Fn(i64) -> bool) -> Range<usize> {
        let start = self.next;
        let left = self.batch.as_ref().map_or(&[][..], |batch| &batch.timestamps_ns()[start..]);
        self.next += left.iter().position(|ns| !is_wanted(*ns)).unwrap_or(left.len());
        start..self.next
    }

    fn batch(&self) -> Option<InputBatch> {
        Some(InputBatch { position: self.position, batch: Arc::clone(self.batch.as_ref()?) })
    }
}

/// Records sorted by time, as runs of rows from batches. Clones share the batches.
#[derive(Clone)]
pub struct Round {
    /// The batch of each input. None if the input has ended.
    batches: Vec<Option<InputBatch>>,
    spans: Vec<Span>,
}

/// The current batch of an input.
#[derive(Clone)]
struct InputBatch {
    /// The input's position on the command line, from 0.
    position: usize,
    batch: Arc<Batch>,
}

/// Rows that follow each other.
#[derive(Clone)]
struct Span {
    /// Index of the batch in [`Round::batches`].
    batch: usize,
    rows: Range<usize>,
}

impl Round {
    /// Returns a round with all records of one batch, as of the first input.
    #[cfg(test)]
    pub fn of(batch: Batch) -> Self {
        let spans = vec![Span { batch: 0, rows: 0..batch.len() }];
        Self { batches: vec![Some(InputBatch { position: 0, batch: Arc::new(batch) })], spans }
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.spans.iter().map(|span| span.rows.len()).sum()
    }

    /// Returns the records, run by run.
    pub fn runs(&self) -> impl Iterator<Item = Rows<'_>> {
        self.runs_by_input().map(|(_, rows)| rows)
    }

    /// Returns the records, run by run, each with the position of its input on the command line.
    pub fn runs_by_input(&self) -> impl Iterator<Item = (usize, Rows<'_>)> {
        self.spans.iter().filter_map(|span| {
            let InputBatch { position, batch } = self.batches[span.batch].as_ref()?;
            Some((*position, batch.rows(span.rows.clone())))
        })
    }

    /// Returns the records.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.runs().flat_map(|rows| rows.records())
    }

    /// Returns the columns that not all streams have, but the current batch of any input.
    pub fn extras(&self) -> Extras {
        let extras = self.batches.iter().flatten().map(|input| input.batch.extras());
        extras.fold(Extras::default(), Extras::union)
    }

    /// Returns the batch that consists of exactly these records. None if there is none.
    pub fn as_batch(&self) -> Option<&Batch> {
        let mut runs = self.runs();
        runs.next().filter(|_| self.spans.len() == 1)?.as_batch()
    }
}
