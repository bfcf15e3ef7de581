//! WebSockets: how many were opened and lost, how they closed, and what they delivered.

pub mod recovery;
pub mod deliveries;

use crate::failure_names::INTERRUPTED;
use crate::metrics::tally::sockets::recovery::{Change, Changes, Recovery};
use crate::metrics::tally::status_codes::CodeCounts;
use crate::record::{Kind, Rows};

/// Status of a response that opens a WebSocket.
const SWITCHING_PROTOCOLS: u16 = 101;

/// The code of a socket that ended without a close frame, which is never in a frame.
///
/// Source: RFC 6455, 7.1.5.
const ABNORMAL_CLOSURE: u16 = 1006;

/// The long-lived streams and WebSockets of a run, folded to bounded size.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SocketTally {
    /// Whether any record is surely of a WebSocket, not of a gRPC stream.
    is_web: bool,
    opened: u64,
    reopened: u64,
    /// Ended with an error before this side had begun to close them.
    broken: u64,
    /// All others that ended.
    closed: u64,
    close_codes: CodeCounts,
    /// Closes without a code that have no error.
    without_code: u64,
    changes: Changes,
}

impl SocketTally {
    /// Returns whether records of this kind are counted.
    pub fn counts(kind: Kind) -> bool {
        matches!(kind, Kind::Connect | Kind::Reconnect | Kind::Delivery | Kind::Ping | Kind::Close)
    }

    /// Adds the connects and closes in a run of records.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        let mut errors = rows.errors().peekable();
        for (at, kind) in rows.kinds().iter().enumerate() {
            while errors.next_if(|(failed, _)| *failed < at).is_some() {}
            let error = errors.next_if(|(failed, _)| *failed == at).map(|(_, error)| error);
            match kind {
                Some(kind @ (Kind::Connect | Kind::Reconnect)) => {
                    self.open(rows, at, *kind == Kind::Reconnect, error.is_none());
                }
                Some(Kind::Close) => self.close(rows, at, error),
                Some(Kind::Delivery | Kind::Ping) => self.is_web = true,
                None | Some(Kind::Call | Kind::Message | Kind::Other) => {}
            }
        }
    }

    fn open(&mut self, rows: &Rows<'_>, at: usize, is_again: bool, is_open: bool) {
        self.is_web |= is_again || rows.codes()[at] == SWITCHING_PROTOCOLS;
        if !is_open {
            return;
        }
        *(if is_again { &mut self.reopened } else { &mut self.opened }) += 1;
        self.changes.add(rows.end_ns(at), Change::Opened);
    }

    fn close(&mut self, rows: &Rows<'_>, at: usize, error: Option<&str>) {
        self.is_web |= rows.codes()[at] == SWITCHING_PROTOCOLS;
        match (rows.close_code(at), error) {
            (Some(code), _) => self.close_codes.add(code, 1),
            (None, Some(error)) if error != INTERRUPTED => {
                self.close_codes.add(ABNORMAL_CLOSURE, 1);
            }
            (None, _) => self.without_code += 1,
        }
        // A close has a latency if this side began it. Then a server that does not go along with it
        // makes the close a failure, but the socket is not lost by that.
        let is_ours = rows.end_ns(at) > rows.timestamps_ns()[at];
        let change = match error {
            Some(INTERRUPTED) => Change::Ended,
            Some(_) if !is_ours => Change::Lost,
            _ => Change::Closed,
        };
        *(if change == Change::Lost { &mut self.broken } else { &mut self.closed }) += 1;
        self.changes.add(rows.timestamps_ns()[at], change);
    }

    /// Adds the sockets of another part of the same run.
    pub fn merge(&mut self, other: &Self) {
        self.is_web |= other.is_web;
        self.opened += other.opened;
        self.reopened += other.reopened;
        self.broken += other.broken;
        self.closed += other.closed;
        self.close_codes.merge(&other.close_codes);
        self.without_code += other.without_code;
        self.changes.merge(&other.changes);
    }

    /// Returns whether any record is surely of a WebSocket.
    pub fn is_web(&self) -> bool {
        self.is_web
    }

    /// Returns what became of the sockets of a run.
    pub fn summary(&self, run: &SocketRun) -> Sockets {
        let in_time = run.planned.map_or(0, |_| self.changes.closed_before(run.last_release_ns));
        let lost = self.broken + in_time;
        // Without planned sockets, those of flows, a close without an error is the end of a flow.
        let ended = if run.planned.is_some() { 0 } else { self.closed };
        Sockets {
            planned: run.planned,
            opened: self.opened,
            lost,
            reopened: self.reopened,
            at_end: (self.opened + self.reopened).saturating_sub(lost + ended),
            close_codes: self.close_codes.iter().collect(),
            without_code: self.without_code,
            recoveries: match run.planned {
                Some(_) => self.changes.recoveries(run.first_ns, run.last_release_ns),
                None => Vec::new(),
            },
        }
    }
}

/// What is known of a run besides its sockets.
pub(crate) struct SocketRun {
    /// Number of sockets that the plan keeps open. None if it keeps none open, as with flows.
    pub planned: Option<u32>,
    /// First release of a message, or of a connect without messages, in ns since 1970 UTC.
    pub first_ns: i64,
    /// Last release of a connect or a message, in ns since 1970 UTC.
    pub last_release_ns: i64,
}

/// What became of the WebSockets of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sockets {
    /// Number of sockets that the plan keeps open. None if it keeps none open, as with flows.
    pub planned: Option<u32>,
    /// Number of sockets that were opened for the first time.
    pub opened: u64,
    /// Number of times that a socket ended before the end of the attack, whichever side ended it.
    pub lost: u64,
    /// Number of times that a lost socket was opened again.
    pub reopened: u64,
    /// Number of sockets that were open at the end of the attack, or so far.
    pub at_end: u64,
    /// Each close code with the number of closes, by rising code; 1006 for sockets that ended with an
    /// error and without a close frame.
    pub close_codes: Vec<(u16, u64)>,
    /// Number of other closes without a code.
    pub without_code: u64,
    /// The drops of several sockets at a time, in the order of time.
    pub recoveries: Vec<Recovery>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::samples::sockets::{Event, socket_rows};

    fn of(events: &[Event]) -> SocketTally {
        let (batch, mut tally) = (socket_rows(events), SocketTally::default());
        tally.add_rows(&batch.rows(0..batch.len()));
        tally
    }

    fn summary(events: &[Event], planned: Option<u32>, last_s: i64) -> Sockets {
        let last_release_ns = last_s * 1_000_000_000;
        of(events).summary(&SocketRun { planned, first_ns: 0, last_release_ns })
    }

    #[test]
    fn a_socket_is_lost_if_it_ends_before_the_last_release_or_with_an_error() {
        use Event::{Broken, Closed, Cut, NotClosed, Opened, Refused, Reopened};
        let events = [
            Opened(0.0),
            Opened(0.0),
            Opened(0.1),
            Opened(0.2),
            Refused(0.3),
            Closed(3.0, Some(1000)),
            Broken(4.0, None),
            Broken(5.0, Some(1013)),
            Reopened(6.0),
            Reopened(6.5),
            Closed(10.0, Some(1000)),
            Cut(10.0),
            NotClosed(10.0),
        ];
        let counts = |it: &Sockets| [it.opened, it.lost, it.reopened, it.at_end];
        let found = summary(&events, Some(4), 9);
        assert_eq!((found.planned, counts(&found)), (Some(4), [4, 3, 2, 3]));
        assert_eq!(
            (found.close_codes, found.without_code),
            (vec![(1000, 2), (1006, 2), (1013, 1)], 1)
        );
        // In flows, a close without an error is the end of a flow.
        assert_eq!(counts(&summary(&events, None, 9)), [4, 2, 2, 0]);
    }

    #[test]
    fn parts_of_a_run_add_up_to_it() {
        let events: Vec<Event> = (0..40)
            .map(|n| match n % 4 {
                0 | 1 => Event::Opened(f64::from(n)),
                2 => Event::Broken(f64::from(n), (n % 3 == 0).then_some(1001)),
                _ => Event::Reopened(f64::from(n)),
            })
            .collect();
        for cut in [0, 7, 40] {
            let (one, other) = events.split_at(cut);
            let mut merged = of(one);
            merged.merge(&of(other));
            assert_eq!(merged, of(&events));
        }
    }

    #[test]
    fn sockets_differ_from_grpc_streams_by_their_status() {
        assert!(of(&[Event::Opened(0.0)]).is_web());
        let batch = crate::metrics::samples::mixed_calls();
        let mut streams = SocketTally::default();
        streams.add_rows(&batch.rows(0..batch.len()));
        assert!(!streams.is_web());
    }
}
