//! The recorder of an engine: it batches records for the writer of the stream.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::attack::admission::Backlog;
use crate::client::BodyBudget;
use crate::clock;
use crate::record::{Batch, BatchBuilder, Extras, Record};

/// Longest time that a record stays in an unsent batch, so that readers of the stream see it soon.
const FLUSH: Duration = Duration::from_millis(100);

/// Memory of a batch at which it is sent without waiting for [`FLUSH`].
const BATCH_BYTES: usize = 4 << 20;

/// Size of a body from which it is copied only if there is memory for the copy.
const LARGE_BODY: usize = 1 << 20;

/// Number of times that an encoder copies a body: once compressed, and once into the message.
const COPIES: usize = 2;

/// A batch for the writer. It counts toward the backlog until it is dropped.
#[derive(Debug)]
pub struct PendingBatch {
    batch: Batch,
    bytes: usize,
    backlog: Arc<Backlog>,
    /// Number of bytes of the budget that its bodies hold.
    claimed: usize,
    budget: Arc<BodyBudget>,
}

impl PendingBatch {
    /// Returns the batch.
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Drops the bodies if there is no memory for the copies that an encoder makes of them. Without
    /// that memory, encoding would end the process.
    pub fn ensure_memory(&mut self) {
        let n_bytes = self.batch.body_bytes();
        if !has_memory(COPIES * n_bytes) {
            let n_bodies = self.batch.records().filter(|record| !record.body.is_empty()).count();
            (0..n_bodies).for_each(|_| self.budget.count_truncated());
            self.batch = self.batch.without_bodies();
        }
    }
}

impl Drop for PendingBatch {
    fn drop(&mut self) {
        self.backlog.shrink(self.bytes);
        self.budget.give_back(self.claimed);
    }
}

/// The sender of batches to the writer, shared by all engines.
#[derive(Clone, Debug)]
pub struct BatchSender {
    sender: Sender<PendingBatch>,
    backlog: Arc<Backlog>,
    budget: Arc<BodyBudget>,
}

impl BatchSender {
    /// Returns the sender and its receiver. The channel is unbounded: admission of hits bounds the
    /// backlog. Bodies return to the budget when they are written.
    pub fn new(backlog: Arc<Backlog>, budget: Arc<BodyBudget>) -> (Self, Receiver<PendingBatch>) {
        let (sender, receiver) = channel();
        (Self { sender, backlog, budget }, receiver)
    }
}

/// Collects the records of one engine.
pub struct Recorder {
    builder: RefCell<BatchBuilder>,
    /// Number of bytes of the budget that the bodies in the builder hold.
    claimed: Cell<usize>,
    batches: BatchSender,
}

impl Recorder {
    /// Returns a recorder without records, whose batches have the given columns besides those of
    /// all streams.
    pub fn new(batches: BatchSender, extras: Extras) -> Self {
        let builder = RefCell::new(BatchBuilder::with(extras));
        Self { builder, claimed: Cell::default(), batches }
    }

    /// Adds a record whose body holds a number of bytes of the budget, and sends the batch if it is
    /// full.
    pub fn push(&self, record: &Record<'_>, claimed: usize) {
        self.claimed.update(|sum| sum + claimed);
        let mut builder = self.builder.borrow_mut();
        if has_memory(record.body.len()) {
            builder.push(record);
        } else {
            // The columns grow without a check, and would end the process.
            self.batches.budget.count_truncated();
            builder.push(&Record { body: &[], ..record.clone() });
        }
        let full = builder.memory_bytes() >= BATCH_BYTES;
        drop(builder);
        if full {
            self.flush();
        }
    }

    /// Gives back bytes of the budget that no record holds.
    pub fn give_back(&self, claimed: usize) {
        if claimed > 0 {
            self.batches.budget.give_back(claimed);
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
        let (bytes, claimed) = (batch.memory_bytes(), self.claimed.take());
        let budget = self.batches.budget.clone();
        backlog.grow(bytes);
        // If the writer is gone, its output is too, and the attack is being stopped.
        let _ = self.batches.sender.send(PendingBatch { batch, bytes, backlog, claimed, budget });
    }

    /// Sends the records collected so far every [`FLUSH`], forever.
    pub async fn flush_regularly(&self) {
        loop {
            clock::pause(FLUSH).await;
            self.flush();
        }
    }
}

/// Returns whether there is memory for the copy of a body, as far as the system limits it.
fn has_memory(bytes: usize) -> bool {
    bytes < LARGE_BODY || Vec::<u8>::new().try_reserve_exact(bytes + BATCH_BYTES).is_ok()
}
