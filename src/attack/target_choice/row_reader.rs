//! Reads the rows of a feed ahead of the hits of one engine.

use std::thread;

use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::error::Error;
use crate::feed::{Row, Rows};

/// Number of rows in a batch. Waking the reading thread for each row would cost as much CPU time as
/// the hits themselves.
const BATCH_ROWS: usize = 64;

/// Size of the cells, in bytes, at which a batch is sent with fewer rows, since cells may be large.
const BATCH_BYTES: usize = 64 << 10;

/// Number of batches that wait for the engine.
const BATCHES: usize = 4;

type Batch = Vec<Result<Row, Error>>;

/// The rows of one engine's hits, read ahead on a separate thread.
pub struct RowReader {
    batches: Receiver<Batch>,
    current: std::vec::IntoIter<Result<Row, Error>>,
    /// Number of hits that had to wait for their row.
    n_waits: u64,
}

impl RowReader {
    /// Starts to read. The first rows are available when it returns, so that the first hits do not
    /// wait.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the thread cannot be started.
    pub fn new(mut rows: Rows) -> Result<Self, Error> {
        let current = batch(&mut rows).into_iter();
        let (sender, batches) = channel(BATCHES);
        // The thread ends with the rows, or soon after the engine.
        thread::Builder::new().name("feed".to_owned()).spawn(move || send(rows, &sender))?;
        Ok(Self { batches, current, n_waits: 0 })
    }

    /// Waits for the row of the next hit; None at the end of the rows.
    ///
    /// # Errors
    ///
    /// Why the file cannot be read.
    ///
    /// # Cancel safety
    ///
    /// Safe: a row that was not returned goes to the next hit.
    pub async fn next(&mut self) -> Result<Option<Row>, Error> {
        loop {
            if let Some(row) = self.current.next() {
                return row.map(Some);
            }
            let is_late = self.batches.is_empty();
            let Some(batch) = self.batches.recv().await else { return Ok(None) };
            self.n_waits += u64::from(is_late);
            self.current = batch.into_iter();
        }
    }

    /// Returns how many hits have had to wait for their row so far.
    pub fn waits(&self) -> u64 {
        self.n_waits
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

/// Reads the next batch of rows; empty at the end of the rows.
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
    async fn no_hit_waits_for_the_first_rows_or_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rows.csv");
        for n_rows in [1, 2, BATCH_ROWS] {
            fs::write(&file, format!("n\n{}", "1\n".repeat(n_rows))).unwrap();
            let feed = FeedFile::open(&file)
                .unwrap()
                .read(Order::Once, Seed(0), |_| Ok::<_, Error>(()))
                .unwrap();
            let mut reader = RowReader::new(feed.rows(0, 1).unwrap()).unwrap();
            let mut n_read = 0;
            while reader.next().await.unwrap().is_some() {
                n_read += 1;
            }
            assert_eq!((n_read, reader.waits()), (n_rows, 0));
        }
    }
}
