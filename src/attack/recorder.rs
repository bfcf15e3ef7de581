//! Where an engine's records gather until they go to the writer of the stream.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::attack::admission::Backlog;
use crate::clock;
use crate::record::{Batch, BatchBuilder, Record};

/// Longest a record gathers before it goes on, so that a reader of the stream sees it soon.
const FLUSH: Duration = Duration::from_millis(100);

/// Most memory that gathering records take before they go on.
const BATCH_BYTES: usize = 4 << 20;

/// A batch on its way to the writer, counted in the backlog until it is dropped.
#[derive(Debug)]
pub struct Pending {
    batch: Batch,
    bytes: usize,
    backlog: Arc<Backlog>,
}

impl Pending {
    /// Returns the batch.
    pub fn batch(&self) -> &Batch {
        &self.batch
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.backlog.shrink(self.bytes);
    }
}

/// The way of all engines' batches to the writer.
#[derive(Clone, Debug)]
pub struct Outlet {
    sender: Sender<Pending>,
    backlog: Arc<Backlog>,
}

impl Outlet {
    /// Returns the way and its end. The backlog, not the way itself, bounds what is on it.
    pub fn new(backlog: Arc<Backlog>) -> (Self, Receiver<Pending>) {
        let (sender, receiver) = channel();
        (Self { sender, backlog }, receiver)
    }
}

/// Gathers one engine's records.
pub struct Sink {
    builder: RefCell<BatchBuilder>,
    outlet: Outlet,
}

impl Sink {
    /// Returns an empty sink.
    pub fn new(outlet: Outlet) -> Self {
        Self { builder: RefCell::default(), outlet }
    }

    /// Adds a record.
    pub fn push(&self, record: &Record<'_>) {
        let mut builder = self.builder.borrow_mut();
        builder.push(record);
        let full = builder.memory_bytes() >= BATCH_BYTES;
        drop(builder);
        if full {
            self.flush();
        }
    }

    /// Sends on what has gathered.
    pub fn flush(&self) {
        let mut builder = self.builder.borrow_mut();
        if builder.is_empty() {
            return;
        }
        let batch = builder.finish();
        let backlog = self.outlet.backlog.clone();
        let bytes = batch.memory_bytes();
        backlog.grow(bytes);
        // Where the writer is gone, so is its output; the attack is being stopped.
        let _ = self.outlet.sender.send(Pending { batch, bytes, backlog });
    }

    /// Sends on what has gathered each [`FLUSH`], for ever.
    pub async fn flush_regularly(&self) {
        loop {
            clock::pause(FLUSH).await;
            self.flush();
        }
    }
}
