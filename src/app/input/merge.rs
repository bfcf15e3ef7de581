//! Merges the records of several inputs by their timestamps.
//!
//! A stream stands in the order in which hits ended, so that it is sorted by timestamp only
//! roughly: of the inputs the one whose next record is the earliest goes first, and each keeps its
//! own order. No more than a few batches of each are in memory, some of them decoded ahead.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::mem;
use std::ops::Range;

use drumfire::codec::{self, Metadata};
use drumfire::error::Error;
use drumfire::record::{Batch, Columns, Record, Rows};

use crate::app::input::files::Input;
use crate::app::input::prefetch::{Ahead, Part};

/// Inputs under way.
pub struct Merge {
    sources: Vec<Source>,
}

/// One input.
struct Source {
    /// Its place on the command line, from 0.
    place: usize,
    name: String,
    parts: Ahead,
    /// Notes that were read and not given out yet.
    notes: Vec<Metadata>,
    /// None before the first and behind the last.
    batch: Option<Box<Batch>>,
    /// Row of the next record in the batch.
    next: usize,
    has_ended: bool,
}

impl Merge {
    /// Opens the inputs, and waits for the first bytes of each. `lose` is told why an input, by
    /// its place on the command line, is no stream.
    pub fn open(
        inputs: Vec<Input>,
        columns: Columns,
        mut lose: impl FnMut(usize, anyhow::Error),
    ) -> Self {
        let mut sources = Vec::new();
        for (place, Input { name, file }) in inputs.into_iter().enumerate() {
            match codec::decoder(file, columns) {
                Ok(decoder) => sources.push(Source::new(place, name, Ahead::start(decoder))),
                Err(error) => lose(place, anyhow::Error::from(error).context(name)),
            }
        }
        Self { sources }
    }

    /// Waits until each input has a record or is at its end, and returns whether any has one.
    /// `lose` is told what an input did not give.
    pub fn fill(&mut self, mut lose: impl FnMut(usize, anyhow::Error)) -> bool {
        for source in &mut self.sources {
            if let Err(error) = source.fill() {
                source.has_ended = true;
                lose(source.place, anyhow::Error::from(error).context(source.name.clone()));
            }
        }
        self.sources.iter().any(|source| source.batch.is_some())
    }

    /// Returns the notes that were read since the last call, those of an input in their order.
    pub fn take_notes(&mut self) -> impl Iterator<Item = Metadata> {
        self.sources.iter_mut().flat_map(|source| mem::take(&mut source.notes))
    }

    /// Returns what can be merged until an input has to be read again.
    pub fn round(&mut self) -> Round<'_> {
        let heads = self.sources.iter().enumerate();
        let mut heads: BinaryHeap<Reverse<(i64, usize)>> =
            heads.filter_map(|(idx, source)| Some(Reverse((source.head_ns()?, idx)))).collect();
        let mut spans = Vec::new();
        while let Some(Reverse((_, idx))) = heads.pop() {
            let source = &mut self.sources[idx];
            // Of records of the same instant those of the input named first go first.
            let rows = match heads.peek() {
                Some(Reverse((ns, other))) if idx < *other => source.take(|head| head <= *ns),
                Some(Reverse((ns, _))) => source.take(|head| head < *ns),
                None => source.take(|_| true),
            };
            spans.push((idx, rows));
            let Some(head_ns) = source.head_ns() else { break };
            heads.push(Reverse((head_ns, idx)));
        }
        let batches = self.sources.iter();
        let batches = batches.map(|source| Some((source.place, source.batch.as_deref()?)));
        Round { batches: batches.collect(), spans }
    }
}

impl Source {
    fn new(place: usize, name: String, parts: Ahead) -> Self {
        Self { place, name, parts, notes: Vec::new(), batch: None, next: 0, has_ended: false }
    }

    /// Reads the next batch, unless there are records left of the last one.
    fn fill(&mut self) -> Result<(), Error> {
        if self.has_ended || self.head_ns().is_some() {
            return Ok(());
        }
        self.batch = None;
        self.next = 0;
        while let Some(part) = self.parts.next()? {
            match part {
                Part::Metadata(note) => self.notes.push(note),
                Part::Batch(batch) => {
                    self.batch = Some(batch);
                    return Ok(());
                }
            }
        }
        self.has_ended = true;
        Ok(())
    }

    /// Timestamp of the next record; None where the batch is at its end.
    fn head_ns(&self) -> Option<i64> {
        self.batch.as_ref()?.timestamps_ns().get(self.next).copied()
    }

    /// Takes records as long as their timestamps are such, and returns their rows.
    fn take(&mut self, is_such: impl Fn(i64) -> bool) -> Range<usize> {
        let start = self.next;
        let left = self.batch.as_ref().map_or(&[][..], |batch| &batch.timestamps_ns()[start..]);
        self.next += left.iter().position(|ns| !is_such(*ns)).unwrap_or(left.len());
        start..self.next
    }
}

/// Records in the order of time: rows of one batch after another.
pub struct Round<'a> {
    /// Of each input its place on the command line, from 0, and its batch; None at its end.
    batches: Vec<Option<(usize, &'a Batch)>>,
    /// Rows of batches, by their numbers.
    spans: Vec<(usize, Range<usize>)>,
}

/// A round with batches of its own, which share the columns of those it was.
pub struct Kept {
    batches: Vec<Option<(usize, Batch)>>,
    spans: Vec<(usize, Range<usize>)>,
}

impl Kept {
    /// Returns it as the round that it was.
    pub fn round(&self) -> Round<'_> {
        let batches = self.batches.iter();
        let batches = batches.map(|batch| batch.as_ref().map(|(place, batch)| (*place, batch)));
        Round { batches: batches.collect(), spans: self.spans.clone() }
    }
}

impl<'a> Round<'a> {
    /// Returns a round of a whole batch of the first input.
    #[cfg(test)]
    pub fn of(batch: &'a Batch) -> Self {
        Self { batches: vec![Some((0, batch))], spans: vec![(0, 0..batch.len())] }
    }

    /// Returns it with batches of its own, for another thread.
    pub fn kept(&self) -> Kept {
        let batches = self.batches.iter().map(|batch| batch.map(|(place, b)| (place, b.clone())));
        Kept { batches: batches.collect(), spans: self.spans.clone() }
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.spans.iter().map(|(_, rows)| rows.len()).sum()
    }

    /// Returns the records, run by run.
    pub fn runs(&self) -> impl Iterator<Item = Rows<'a>> {
        self.runs_by_input().map(|(_, rows)| rows)
    }

    /// Returns the records, run by run, each with its input's place on the command line, from 0.
    pub fn runs_by_input(&self) -> impl Iterator<Item = (usize, Rows<'a>)> {
        self.spans.iter().filter_map(|(idx, rows)| {
            let (place, batch) = self.batches[*idx]?;
            Some((place, batch.rows(rows.clone())))
        })
    }

    /// Returns the records.
    pub fn records(&self) -> impl Iterator<Item = Record<'a>> {
        self.runs().flat_map(|rows| rows.records())
    }

    /// Returns the batch that these records are the whole of, where there is one.
    pub fn as_batch(&self) -> Option<&'a Batch> {
        let mut runs = self.runs();
        runs.next().filter(|_| self.spans.len() == 1)?.as_batch()
    }
}
