//! Bytes that were read and are not parsed yet.

use std::cell::Cell;
use std::io;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBuf};

use crate::client::dial::Transport;

/// Initial size of a read buffer in bytes.
const INITIAL_SIZE: usize = 16 << 10;

/// A read buffer that the connections of one client share.
#[derive(Default)]
pub struct SharedBuffer(Cell<Vec<u8>>);

/// Bytes that were read and are not parsed yet. It holds a buffer only while there are any.
pub struct Input {
    lender: Rc<SharedBuffer>,
    /// Filled with zeros at first; empty while there are no unread bytes.
    buffer: Vec<u8>,
    /// The unread bytes are those from `start` to `end`, which is at most the buffer's length.
    start: usize,
    end: usize,
}

impl Input {
    /// Creates an input without bytes.
    pub fn new(lender: Rc<SharedBuffer>) -> Self {
        Self { lender, buffer: Vec::new(), start: 0, end: 0 }
    }

    /// Returns the unread bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Discards the first bytes; there must be at least `n_bytes`.
    pub fn consume(&mut self, n_bytes: usize) {
        self.start += n_bytes;
        if self.start == self.end {
            self.give_back();
        }
    }

    /// Reads once and appends to the bytes; returns the number of new ones, 0 at the end of the
    /// stream.
    ///
    /// # Errors
    ///
    /// If the stream fails.
    pub fn poll_fill(
        &mut self,
        context: &mut Context<'_>,
        stream: &mut Transport,
    ) -> Poll<io::Result<usize>> {
        self.reserve();
        let mut unfilled = ReadBuf::new(&mut self.buffer[self.end..]);
        let polled = Pin::new(stream).poll_read(context, unfilled.unfilled());
        let n_bytes = unfilled.filled().len();
        self.end += n_bytes;
        if self.start == self.end {
            self.give_back();
        }
        polled.map_ok(|()| n_bytes)
    }

    fn reserve(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = self.lender.0.take();
        }
        if self.end < self.buffer.len() {
            return;
        }
        self.buffer.copy_within(self.start.., 0);
        self.end -= mem::take(&mut self.start);
        if self.end == self.buffer.len() {
            self.buffer.resize(INITIAL_SIZE.max(2 * self.end), 0);
        }
    }

    fn give_back(&mut self) {
        (self.start, self.end) = (0, 0);
        let buffer = mem::take(&mut self.buffer);
        // A buffer that has grown for one large head is freed instead of shared.
        if buffer.len() == INITIAL_SIZE {
            self.lender.0.set(buffer);
        }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.give_back();
    }
}
