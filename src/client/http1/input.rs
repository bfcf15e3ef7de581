//! Bytes that have come and are not understood yet.

use std::cell::Cell;
use std::io;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBuf};

use crate::client::dial::Transport;

/// Bytes of room to read into at first.
const FIRST_ROOM: usize = 16 << 10;

/// Room to read into, which the connections of one client lend to one another.
#[derive(Default)]
pub struct Room(Cell<Vec<u8>>);

/// Bytes that have come and are not understood yet. It holds room only while there are any.
pub struct Input {
    lender: Rc<Room>,
    /// All zeros at first; empty while there are no bytes.
    room: Vec<u8>,
    /// The bytes are those from `start` to `end`, which is at most the length of the room.
    start: usize,
    end: usize,
}

impl Input {
    /// Returns an input without bytes.
    pub fn new(lender: Rc<Room>) -> Self {
        Self { lender, room: Vec::new(), start: 0, end: 0 }
    }

    /// Returns the bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.room[self.start..self.end]
    }

    /// Forgets the first bytes, of which there must be so many.
    pub fn consume(&mut self, n_bytes: usize) {
        self.start += n_bytes;
        if self.start == self.end {
            self.give_back();
        }
    }

    /// Reads once behind the bytes that are there; returns how many more there are, 0 at the end
    /// of the stream.
    ///
    /// # Errors
    ///
    /// Where the stream fails.
    pub fn poll_fill(
        &mut self,
        context: &mut Context<'_>,
        stream: &mut Transport,
    ) -> Poll<io::Result<usize>> {
        self.make_room();
        let mut buffer = ReadBuf::new(&mut self.room[self.end..]);
        let polled = Pin::new(stream).poll_read(context, buffer.unfilled());
        let n_bytes = buffer.filled().len();
        self.end += n_bytes;
        if self.start == self.end {
            self.give_back();
        }
        polled.map_ok(|()| n_bytes)
    }

    fn make_room(&mut self) {
        if self.room.is_empty() {
            self.room = self.lender.0.take();
        }
        if self.end < self.room.len() {
            return;
        }
        self.room.copy_within(self.start.., 0);
        self.end -= mem::take(&mut self.start);
        if self.end == self.room.len() {
            self.room.resize(FIRST_ROOM.max(2 * self.end), 0);
        }
    }

    fn give_back(&mut self) {
        (self.start, self.end) = (0, 0);
        let room = mem::take(&mut self.room);
        // What one large head needed is not kept for the others.
        if room.len() == FIRST_ROOM {
            self.lender.0.set(room);
        }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.give_back();
    }
}
