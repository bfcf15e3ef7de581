//! Follows the frames that are written, to learn when the system has the bytes of a request.
//!
//! h2 reports neither when a frame leaves its buffer nor when the operating system takes it.
//!
//! Source: RFC 9113, sections 3.4 and 4.1.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use tokio::time::Instant;

use crate::client::messages::Mark;
use crate::clock;

/// Length of what a client sends before its first frame, in bytes.
const PREFACE_LEN: usize = 24;

/// Length of a frame's head in bytes.
const HEAD_LEN: usize = 9;

/// Type of the frame DATA.
const DATA: u8 = 0;

/// Type of the frame HEADERS.
const HEADERS: u8 = 1;

/// The flag of a stream's last frame.
const END_STREAM: u8 = 1;

/// The written frames of a connection, and the streams that are followed.
#[derive(Debug, Default)]
pub struct Written {
    parser: RefCell<Parser>,
    streams: RefCell<HashMap<u32, Rc<Progress>>>,
}

/// What the system has taken of one stream.
#[derive(Debug, Default)]
pub struct Progress {
    /// When the head was taken.
    opened: Cell<Option<Instant>>,
    /// Number of bytes of data.
    n_bytes: Cell<u64>,
    /// When the end of the stream was taken.
    ended: Cell<Option<Instant>>,
    /// Places in the data that were not reached yet, in their order.
    marks: RefCell<VecDeque<(u64, Mark)>>,
}

/// Finds frames in written bytes.
#[derive(Debug)]
struct Parser {
    /// Number of bytes left before the first frame.
    n_skipped: usize,
    head: [u8; HEAD_LEN],
    /// Number of bytes of the head that were written.
    n_head: usize,
    /// Number of payload bytes left.
    left: usize,
}

/// A frame that was written completely.
struct Frame {
    kind: u8,
    stream: u32,
    len: usize,
    is_last: bool,
}

impl Written {
    /// Takes the next bytes that the system has taken.
    pub fn take(&self, mut bytes: &[u8]) {
        let mut parser = self.parser.borrow_mut();
        let mut at = None;
        while !bytes.is_empty() {
            let Some(frame) = parser.next(&mut bytes) else { continue };
            if let Some(progress) = self.streams.borrow().get(&frame.stream) {
                progress.add(&frame, *at.get_or_insert_with(clock::now));
            }
        }
    }

    /// Follows a stream until [`Written::forget`].
    pub fn follow(&self, stream: u32) -> Rc<Progress> {
        self.streams.borrow_mut().entry(stream).or_default().clone()
    }

    /// Ends following a stream.
    pub fn forget(&self, stream: u32) {
        self.streams.borrow_mut().remove(&stream);
    }
}

#[allow(dead_code, reason = "long-lived streams note each message")]
impl Progress {
    /// Returns when the head of the request was taken. None if it was not.
    pub fn opened(&self) -> Option<Instant> {
        self.opened.get()
    }

    /// Returns when the end of the request was taken. None if it was not.
    pub fn ended(&self) -> Option<Instant> {
        self.ended.get()
    }

    /// Returns the number of bytes of data that were taken.
    pub fn n_bytes(&self) -> u64 {
        self.n_bytes.get()
    }

    /// Returns the mark of a place in the data, in bytes from its start. Places must not go back.
    pub fn mark(&self, place: u64) -> Mark {
        let mark = Mark::default();
        self.marks.borrow_mut().push_back((place, mark.clone()));
        mark
    }

    fn add(&self, frame: &Frame, at: Instant) {
        match frame.kind {
            HEADERS => self.opened.set(Some(at)),
            _ => self.n_bytes.set(self.n_bytes.get() + frame.len as u64),
        }
        if frame.is_last {
            self.ended.set(Some(at));
        }
        let mut marks = self.marks.borrow_mut();
        while marks.front().is_some_and(|(place, _)| *place <= self.n_bytes.get()) {
            if let Some((_, mark)) = marks.pop_front() {
                mark.set(Some(at));
            }
        }
    }
}

impl Default for Parser {
    fn default() -> Self {
        Self { n_skipped: PREFACE_LEN, head: [0; HEAD_LEN], n_head: 0, left: 0 }
    }
}

impl Parser {
    /// Takes bytes up to the end of a frame. None if it is no part of a request, or incomplete.
    fn next(&mut self, bytes: &mut &[u8]) -> Option<Frame> {
        take(bytes, &mut self.n_skipped);
        let n_new = (HEAD_LEN - self.n_head).min(bytes.len());
        if n_new > 0 {
            let (new, rest) = bytes.split_at(n_new);
            self.head[self.n_head..self.n_head + n_new].copy_from_slice(new);
            *bytes = rest;
            self.n_head += n_new;
            if self.n_head < HEAD_LEN {
                return None;
            }
            self.left = self.len();
        }
        take(bytes, &mut self.left);
        if self.left > 0 {
            return None;
        }
        self.n_head = 0;
        let [.., kind, flags, a, b, c, d] = self.head;
        let is_last = flags & END_STREAM != 0;
        let frame =
            Frame { kind, stream: u32::from_be_bytes([a, b, c, d]), len: self.len(), is_last };
        matches!(kind, DATA | HEADERS).then_some(frame)
    }

    /// Returns the length of the payload that the head announces.
    fn len(&self) -> usize {
        let [a, b, c, ..] = self.head;
        u32::from_be_bytes([0, a, b, c]) as usize
    }
}

/// Removes up to `n_wanted` bytes, and counts down.
fn take(bytes: &mut &[u8], n_wanted: &mut usize) {
    let n_taken = bytes.len().min(*n_wanted);
    *bytes = &bytes[n_taken..];
    *n_wanted -= n_taken;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
        let head = [0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream];
        [&head, payload].concat()
    }

    #[test]
    fn a_request_is_followed_however_its_bytes_are_cut() {
        let bytes = [
            &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..],
            &frame(4, 0, 0, b"settings"),
            &frame(HEADERS, 4, 3, b"head"),
            &frame(DATA, 0, 5, b"another stream"),
            &frame(DATA, 0, 3, b"hello"),
            // The flag of a PING that acknowledges is that of a last frame.
            &frame(6, END_STREAM, 3, b"ping!!!!"),
            &frame(DATA, END_STREAM, 3, b""),
        ]
        .concat();
        for cut in 1..bytes.len() {
            let written = Written::default();
            let progress = written.follow(3);
            let (third, fifth) = (progress.mark(3), progress.mark(5));
            bytes.chunks(cut).for_each(|piece| {
                assert!(progress.ended().is_none());
                written.take(piece);
            });
            assert_eq!(progress.n_bytes(), 5, "{cut}");
            let all = [progress.opened(), third.get(), fifth.get(), progress.ended()];
            assert!(all.iter().all(Option::is_some) && all.is_sorted(), "{cut}: {all:?}");
        }
    }
}
