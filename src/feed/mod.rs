//! A feed: a file with a row for each hit, whose columns are the values of template variables.
//!
//! The file is CSV with a header line, or JSON lines. It is read completely before the attack, so
//! that errors are found early, and row by row during the attack. Memory holds only the rows that
//! hits need next, and the offset of every 16th row: half a byte per row.

mod reader;
mod row_order;

pub use crate::feed::row_order::Order;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use csv::StringRecord;

use crate::error::{Error, TextFile};
use crate::schedule::seed::{HitRngs, Purpose, Seed};
use reader::Reader;

/// Number of rows from one with a known offset to the next.
const STRIDE: u64 = 16;

/// One row of a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row(StringRecord);

impl Row {
    /// Returns the cell of a column. Empty if the feed has no such column.
    pub fn cell(&self, column: usize) -> &str {
        self.0.get(column).unwrap_or_default()
    }

    /// Returns the number of bytes of all cells.
    pub fn len(&self) -> usize {
        self.0.as_slice().len()
    }

    /// Returns whether all cells are empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: AsRef<str>> FromIterator<T> for Row {
    fn from_iter<I: IntoIterator<Item = T>>(cells: I) -> Self {
        let mut row = StringRecord::new();
        cells.into_iter().for_each(|cell| row.push_field(cell.as_ref()));
        Self(row)
    }
}

/// A file of rows of which only the columns have been read.
#[derive(Debug)]
pub struct FeedFile {
    file: PathBuf,
    reader: Reader,
}

impl FeedFile {
    /// Opens a file and reads the names of its columns.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] if the columns have no distinct names, [`Error::Value`] if the file can be
    /// read only once, like a pipe, [`Error::Io`] if it cannot be read.
    pub fn open(file: &Path) -> Result<Self, Error> {
        Ok(Self { file: file.to_owned(), reader: Reader::open(file)? })
    }

    /// Returns the names of the columns, in the order of a row's cells.
    pub fn columns(&self) -> &[String] {
        self.reader.columns()
    }

    /// Reads the whole file, and calls `check` for each row, which returns what is wrong with it.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] at the first row that is malformed or fails the check, and if there are no
    /// rows; [`Error::Io`] if the file cannot be read.
    pub fn read<E: fmt::Display>(
        mut self,
        order: Order,
        seed: Seed,
        mut check: impl FnMut(&Row) -> Result<(), E>,
    ) -> Result<Feed, Error> {
        let (mut offsets, mut n_rows) = (Vec::new(), 0_u64);
        let mut row = Row::default();
        loop {
            let offset = self.reader.offset();
            if !self.reader.read(&mut row)? {
                break;
            }
            let line = self.reader.line(&row);
            check(&row).map_err(|problem| Error::at_line(TextFile::Feed, line, problem))?;
            if n_rows.is_multiple_of(STRIDE) {
                offsets.push(offset);
            }
            n_rows += 1;
        }
        if n_rows == 0 {
            let problem = "no rows: expected at least one after the column names";
            return Err(Error::at_line(TextFile::Feed, self.reader.line(&row), problem));
        }
        let rngs = seed.rngs(Purpose::Rows);
        Ok(Feed { file: self.file, offsets: offsets.into(), n_rows, order, rngs })
    }
}

/// A file of rows that has been read and checked.
#[derive(Clone, Debug)]
pub struct Feed {
    file: PathBuf,
    /// Offset of every [`STRIDE`]th row in the file, in bytes.
    offsets: Arc<[u64]>,
    /// Number of rows, >= 1.
    n_rows: u64,
    order: Order,
    rngs: HitRngs,
}

impl Feed {
    /// Returns the number of hits that have a row. None if the rows repeat.
    pub fn hits(&self) -> Option<u64> {
        (self.order == Order::Once).then_some(self.n_rows)
    }

    /// Returns the number of rows, >= 1.
    pub fn n_rows(&self) -> u64 {
        self.n_rows
    }

    /// Returns whether the rows are used in the order of the file, again and again.
    pub fn repeats_in_order(&self) -> bool {
        self.order == Order::Cyclic
    }

    /// Returns whether the order of the rows is random.
    pub fn is_random(&self) -> bool {
        matches!(self.order, Order::Shuffle | Order::Random)
    }

    /// Returns the rows of the hits `first`, `first + step`, …, which are read lazily.
    ///
    /// # Errors
    ///
    /// The file can no longer be opened.
    pub fn rows(&self, first: u64, step: u64) -> Result<Rows, Error> {
        let reader = Reader::open(&self.file)?;
        Ok(Rows { feed: self.clone(), reader, next: 0, hit: Some(first), step })
    }
}

/// The rows of the hits of one engine, in order.
#[derive(Debug)]
pub struct Rows {
    feed: Feed,
    reader: Reader,
    /// Number of the row that the reader reads next.
    next: u64,
    /// The hit that takes the next row. None after the last row or an error.
    hit: Option<u64>,
    step: u64,
}

impl Rows {
    /// Reads the row of a hit. None if there is none.
    fn row_of(&mut self, hit: u64) -> Result<Option<Row>, Error> {
        let Some(wanted) = self.feed.order.row_of(hit, self.feed.n_rows, self.feed.rngs) else {
            return Ok(None);
        };
        // A short way ahead, reading on is faster than seeking.
        if wanted < self.next || wanted - self.next > STRIDE {
            self.reader.seek(self.feed.offsets[(wanted / STRIDE) as usize])?;
            self.next = wanted - wanted % STRIDE;
        }
        let mut row = Row::default();
        while self.next <= wanted {
            if !self.reader.read(&mut row)? {
                let problem =
                    "the feed ends before its last row: the file has changed since the start";
                return Err(Error::at_line(TextFile::Feed, self.reader.line(&row), problem));
            }
            self.next += 1;
        }
        Ok(Some(row))
    }
}

impl Iterator for Rows {
    type Item = Result<Row, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let hit = self.hit?;
        let row = self.row_of(hit).transpose().map(|row| {
            // The callers do not know the name of the file.
            let file = self.feed.file.display();
            row.map_err(|error| Error::Attack(format!("{file}: {error}")))
        });
        self.hit = row.as_ref().filter(|row| row.is_ok()).map(|_| hit + self.step);
        row
    }
}

#[cfg(test)]
mod tests;
