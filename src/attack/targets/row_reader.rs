//! Rows of a feed on their way to one engine, read ahead of its hits.

use std::thread;

use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::error::Error;
use crate::feed::{Row, Rows};

/// Rows that go to the engine at a time. A thread that is woken for each row takes as much of a
/// core as the hits themselves.
const BATCH_ROWS: usize = 64;

/// Bytes of cells from which on a batch goes to the engine with fewer rows, since cells may be
/// large.
const BATCH_BYTES: usize = 64 << 10;

/// Batches ahead of the one that the engine is at.
const BATCHES: usize = 4;

type Batch = Vec<Result<Row, Error>>;

/// Rows that a thread of their own reads ahead.
pub struct Ahead {
    batches: Receiver<Batch>,
    current: std::vec::IntoIter<Result<Row, Error>>,
    waits: u64,
}

impl Ahead {
    /// Begins to read; the first rows are there when it returns, so that hits do not wait for the
    /// beginning of the reading.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where no thread can be started.
    pub fn new(mut rows: Rows) -> Result<Self, Error> {
        let current = batch(&mut rows).into_iter();
        let (sender, batches) = channel(BATCHES);
        // It ends with the rows, or soon after the engine.
        thread::Builder::new().name("feed".to_owned()).spawn(move || send(rows, &sender))?;
        Ok(Self { batches, current, waits: 0 })
    }

    /// Waits for the row of the next hit; None where there is none.
    ///
    /// # Errors
    ///
    /// Why the file cannot be read on.
    ///
    /// # Cancel safety
    ///
    /// Safe: what was not returned is there for the next hit.
    pub async fn next(&mut self) -> Result<Option<Row>, Error> {
        loop {
            if let Some(row) = self.current.next() {
                return row.map(Some);
            }
            let is_late = self.batches.is_empty();
            let Some(batch) = self.batches.recv().await else { return Ok(None) };
            self.waits += u64::from(is_late);
            self.current = batch.into_iter();
        }
    }

    /// Returns how many hits have had to wait for their row so far.
    pub fn waits(&self) -> u64 {
        self.waits
    }
}

fn send(mut rows: Rows, sender: &Sender<Batch>) {
    loop {
        let batch = batch(&mut rows);
        if batch.is_empty() || sender.blocking_send(batch).is_err() {
            return;
        }
    }
}

/// Reads the next rows; none where the rows have come to their end.
fn batch(rows: &mut Rows) -> Batch {
    let (mut batch, mut n_bytes) = (Batch::with_capacity(BATCH_ROWS), 0);
    while batch.len() < BATCH_ROWS && n_bytes < BATCH_BYTES {
        let Some(row) = rows.next() else { break };
        n_bytes += row.as_ref().map_or(0, Row::len);
        batch.push(row);
    }
    batch
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::{FeedFile, Order};
    use crate::schedule::seed::Seed;
    use std::fs;

    #[tokio::test]
    async fn neither_the_first_rows_nor_the_end_are_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rows.csv");
        for n_rows in [1, 2, BATCH_ROWS] {
            fs::write(&file, format!("n\n{}", "1\n".repeat(n_rows))).unwrap();
            let feed = FeedFile::open(&file)
                .unwrap()
                .read(Order::Once, Seed(0), |_| Ok::<_, Error>(()))
                .unwrap();
            let mut ahead = Ahead::new(feed.rows(0, 1).unwrap()).unwrap();
            let mut n_read = 0;
            while ahead.next().await.unwrap().is_some() {
                n_read += 1;
            }
            assert_eq!((n_read, ahead.waits()), (n_rows, 0));
        }
    }
}
