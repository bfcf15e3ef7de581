//! The lines of a socket in the arrival log: one for each message, and one for its end.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tokio::time::Instant;
use tokio_websockets::CloseCode;

use crate::clock::{self, Epoch};
use crate::mark::MarkFinder;
use crate::serve::arrival_log::{ArrivalLog, Line};

/// The close code of a socket that ended without a close frame.
///
/// Source: RFC 6455, section 7.4.1.
const ABNORMAL: u16 = 1006;

/// What all lines of a socket have.
pub struct Journal {
    /// The log.
    pub log: Rc<RefCell<ArrivalLog>>,
    /// Converts instants to times.
    pub epoch: Epoch,
    /// The path of the handshake.
    pub path: String,
    /// The path of the route as written; empty if there is none.
    pub route: String,
    /// Number of the socket, from 1.
    pub socket: u64,
    /// Finds the marks of messages.
    pub finder: MarkFinder,
}

impl Journal {
    fn add(&self, line: Line<'_>) {
        self.log.borrow_mut().add(&Line {
            path: &self.path,
            route: &self.route,
            socket: Some(self.socket),
            ..line
        });
    }
}

/// A message that has been received. It is logged when it is dropped: after its last reply, or
/// when there is nothing more that could be one.
pub struct Entry {
    journal: Rc<Journal>,
    /// The number of the message by its first mark. None without a mark.
    seq: Option<u64>,
    arrived: Instant,
    /// When the last reply was handed over. None before the first one.
    replied: Cell<Option<Instant>>,
    n_replies: Cell<u32>,
    /// The close in place of a reply. None if there is none.
    close: Cell<Option<CloseCode>>,
}

impl Entry {
    /// Returns a message that has arrived.
    pub(super) fn new(journal: &Rc<Journal>, message: &[u8], arrived: Instant) -> Self {
        let mark = journal.finder.marks(message).next();
        Self {
            journal: journal.clone(),
            seq: mark.map(|mark| mark.seq()),
            arrived,
            replied: Cell::new(None),
            n_replies: Cell::new(0),
            close: Cell::new(None),
        }
    }

    /// Notes that a reply is handed over now.
    pub(super) fn replied(&self, now: Instant) {
        self.replied.set(Some(now));
        self.n_replies.update(|n_replies| n_replies.saturating_add(1));
    }

    /// Notes that a close is handed over now in place of a reply.
    pub(super) fn closed(&self, code: CloseCode, now: Instant) {
        self.replied.set(Some(now));
        self.close.set(Some(code));
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.journal.add(Line {
            seq: self.seq,
            timestamp_ns: self.journal.epoch.wall_ns_of(self.arrived),
            delay: self.replied.get().map(|replied| replied - self.arrived),
            method: "MESSAGE",
            status: self.close.get().map(u16::from),
            replies: Some(self.n_replies.get()),
            ..Line::default()
        });
    }
}

/// An open socket, whose end is logged when it is dropped.
pub struct Opened {
    /// None without a log.
    journal: Option<Rc<Journal>>,
    since: Instant,
    /// The code of the first close frame. None if there is none yet.
    pub(super) code: Option<u16>,
}

impl Opened {
    /// Returns a socket that is open from now on. `journal` is None without a log.
    pub(super) fn new(journal: Option<Rc<Journal>>) -> Self {
        Self { journal, since: clock::now(), code: None }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let Some(journal) = &self.journal else { return };
        let now = clock::now();
        journal.add(Line {
            timestamp_ns: journal.epoch.wall_ns_of(now),
            delay: Some(now - self.since),
            method: "CLOSE",
            status: Some(self.code.unwrap_or(ABNORMAL)),
            ..Line::default()
        });
    }
}
