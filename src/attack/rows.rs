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
    /// Begins to read.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where no thread can be started.
    pub fn new(rows: Rows) -> Result<Self, Error> {
        let (sender, batches) = channel(BATCHES);
        // It ends with the rows, or soon after the engine.
        thread::Builder::new().name("feed".to_owned()).spawn(move || send(rows, &sender))?;
        Ok(Self { batches, current: Batch::new().into_iter(), waits: 0 })
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
            self.waits += u64::from(self.batches.is_empty());
            let Some(batch) = self.batches.recv().await else { return Ok(None) };
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
        let (mut batch, mut n_bytes) = (Batch::with_capacity(BATCH_ROWS), 0);
        while batch.len() < BATCH_ROWS && n_bytes < BATCH_BYTES {
            let Some(row) = rows.next() else { break };
            n_bytes += row.as_ref().map_or(0, Row::len);
            batch.push(row);
        }
        if batch.is_empty() || sender.blocking_send(batch).is_err() {
            return;
        }
    }
}
