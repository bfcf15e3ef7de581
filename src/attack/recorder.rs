//! The recorder of an engine: it batches records for the writer of the stream.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::attack::admission::Backlog;
use crate::clock;
use crate::record::{Batch, BatchBuilder, Record};

/// Longest time that a record stays in an unsent batch, so that readers of the stream see it soon.
const FLUSH: Duration = Duration::from_millis(100);

/// Memory of a batch at which it is sent without waiting for [`FLUSH`].
const BATCH_BYTES: usize = 4 << 20;

/// A batch for the writer. It counts toward the backlog until it is dropped.
#[derive(Debug)]
pub struct PendingBatch {
    batch: Batch,
    bytes: usize,
    backlog: Arc<Backlog>,
}

impl PendingBatch {
    /// Returns the batch.
    pub fn batch(&self) -> &Batch {
        &self.batch
    }
}

impl Drop for PendingBatch {
    fn drop(&mut self) {
        self.backlog.shrink(self.bytes);
    }
}

/// The sender of batches to the writer, shared by all engines.
#[derive(Clone, Debug)]
pub struct BatchSender {
    sender: Sender<PendingBatch>,
    backlog: Arc<Backlog>,
}

impl BatchSender {
    /// Returns the sender and its receiver. The channel is unbounded: admission of hits bounds the
    /// backlog.
    pub fn new(backlog: Arc<Backlog>) -> (Self, Receiver<PendingBatch>) {
        let (sender, receiver) = channel();
        (Self { sender, backlog }, receiver)
    }
}

/// Collects the records of one engine.
pub struct Recorder {
    builder: RefCell<BatchBuilder>,
    batches: BatchSender,
}

impl Recorder {
    /// Returns a recorder without records.
    pub fn new(batches: BatchSender) -> Self {
        Self { builder: RefCell::default(), batches }
    }

    /// Adds a record, and sends the batch if it is full.
    pub fn push(&self, record: &Record<'_>) {
        let mut builder = self.builder.borrow_mut();
        builder.push(record);
        let full = builder.memory_bytes() >= BATCH_BYTES;
        drop(builder);
        if full {
            self.flush();
        }
    }

    /// Sends the records collected so far.
    pub fn flush(&self) {
        let mut builder = self.builder.borrow_mut();
        if builder.is_empty() {
            return;
        }
        let batch = builder.finish();
        let backlog = self.batches.backlog.clone();
        let bytes = batch.memory_bytes();
        backlog.grow(bytes);
        // If the writer is gone, its output is too, and the attack is being stopped.
        let _ = self.batches.sender.send(PendingBatch { batch, bytes, backlog });
    }

    /// Sends the records collected so far every [`FLUSH`], forever.
    pub async fn flush_regularly(&self) {
        loop {
            clock::pause(FLUSH).await;
            self.flush();
        }
    }
}
