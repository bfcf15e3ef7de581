//! Feed: a file of rows, one for each hit, whose columns are the values of a list's variables.
//!
//! The file is CSV with a header line, or JSON lines. It is read to its end once before the attack,
//! so that what is wrong in it is known then, and row by row, in its order, while the attack goes.
//! In memory are the rows just ahead of their hits, and where every 16th begins: half a byte a row.

mod order;
mod reader;

pub use order::Order;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use csv::StringRecord;

use crate::error::{Error, TextFile};
use crate::schedule::seed::{HitRngs, Purpose, Seed};
use reader::Reader;

/// Rows from one whose place in the file is known to the next such row.
const STRIDE: u64 = 16;

/// One row of a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row(StringRecord);

impl Row {
    /// Returns the cell of a column, which the feed has.
    pub fn cell(&self, column: usize) -> &str {
        self.0.get(column).unwrap_or_default()
    }

    /// Number of bytes of all its cells.
    pub fn len(&self) -> usize {
        self.0.as_slice().len()
    }

    /// Returns whether all its cells are empty.
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

/// A file of rows of which no more is known than its columns.
#[derive(Debug)]
pub struct Sheet {
    file: PathBuf,
    reader: Reader,
}

impl Sheet {
    /// Opens a file and reads the names of its columns.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] where the columns have no names of their own, [`Error::Value`] where the file
    /// can be read only once, as a pipe, [`Error::Io`] where it cannot be read.
    pub fn open(file: &Path) -> Result<Self, Error> {
        Ok(Self { file: file.to_owned(), reader: Reader::open(file)? })
    }

    /// Names of the columns, in the order of a row's cells.
    pub fn columns(&self) -> &[String] {
        self.reader.columns()
    }

    /// Reads the file to its end and asks `check` of each row whether it can be used; the answer is
    /// what is wrong with it.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] at the first row that is none or is of no use, and where there are no rows;
    /// [`Error::Io`] where the file cannot be read.
    pub fn read(
        mut self,
        order: Order,
        seed: Seed,
        mut check: impl FnMut(&Row) -> Result<(), String>,
    ) -> Result<Feed, Error> {
        let (mut places, mut n_rows) = (Vec::new(), 0_u64);
        let mut row = Row::default();
        loop {
            let place = self.reader.place();
            if !self.reader.read(&mut row)? {
                break;
            }
            let line = self.reader.line(&row);
            check(&row).map_err(|problem| Error::at_line(TextFile::Feed, line, problem))?;
            if n_rows.is_multiple_of(STRIDE) {
                places.push(place);
            }
            n_rows += 1;
        }
        if n_rows == 0 {
            let problem = "no rows: expected at least one behind the names of the columns";
            return Err(Error::at_line(TextFile::Feed, self.reader.line(&row), problem));
        }
        let rngs = seed.rngs(Purpose::Rows);
        Ok(Feed { file: self.file, places: places.into(), n_rows, order, rngs })
    }
}

/// A file of rows, which hits take one by one.
#[derive(Clone, Debug)]
pub struct Feed {
    file: PathBuf,
    /// Where every [`STRIDE`]th row begins, in bytes from the file's beginning.
    places: Arc<[u64]>,
    /// Number of rows, >= 1.
    n_rows: u64,
    order: Order,
    rngs: HitRngs,
}

impl Feed {
    /// Returns how many hits have rows; None where there is no end of them.
    pub fn hits(&self) -> Option<u64> {
        (self.order == Order::Once).then_some(self.n_rows)
    }

    /// Returns whether the order of the rows is left to chance.
    pub fn is_random(&self) -> bool {
        matches!(self.order, Order::Shuffle | Order::Random)
    }

    /// Returns the rows of the hits `first`, `first + step`, …, each read as it is asked for.
    ///
    /// # Errors
    ///
    /// Where the file cannot be opened any more.
    pub fn rows(&self, first: u64, step: u64) -> Result<Rows, Error> {
        let reader = Reader::open(&self.file)?;
        Ok(Rows { feed: self.clone(), reader, next: 0, hit: Some(first), step })
    }
}

/// Rows on their way to the hits of one engine.
#[derive(Debug)]
pub struct Rows {
    feed: Feed,
    reader: Reader,
    /// Number of the row that the reader comes to next.
    next: u64,
    /// The hit whose row is the next; None behind the last.
    hit: Option<u64>,
    step: u64,
}

impl Rows {
    fn row_of(&mut self, hit: u64) -> Result<Option<Row>, Error> {
        let Some(wanted) = self.feed.order.row_of(hit, self.feed.n_rows, self.feed.rngs) else {
            return Ok(None);
        };
        if wanted < self.next || wanted - self.next > STRIDE {
            self.reader.seek(self.feed.places[(wanted / STRIDE) as usize])?;
            self.next = wanted - wanted % STRIDE;
        }
        let mut row = Row::default();
        while self.next <= wanted {
            if !self.reader.read(&mut row)? {
                let problem = "the feed ends before its last row: it has changed since it was read";
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
            // Nobody further on knows which file it is.
            let file = self.feed.file.display();
            row.map_err(|error| Error::Attack(format!("{file}: {error}")))
        });
        self.hit = row.as_ref().filter(|row| row.is_ok()).map(|_| hit + self.step);
        row
    }
}

#[cfg(test)]
mod tests;
