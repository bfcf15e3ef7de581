//! Sample records of WebSockets for tests.

use std::time::Duration;

use crate::failure_names::INTERRUPTED;
use crate::record::{Batch, BatchBuilder, Extras, Kind, Messaging, Record};

/// What happens to a socket at an instant in s.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    Opened(f64),
    /// It could not be opened.
    Refused(f64),
    Reopened(f64),
    /// It was closed without an error, with the code of the other side's close frame.
    Closed(f64, Option<u16>),
    /// It ended with an error.
    Broken(f64, Option<u16>),
    /// It ended with the attack.
    Cut(f64),
    /// This side closed it, and the other side did not.
    NotClosed(f64),
}

/// Returns events as one batch; sockets take 10 ms to open.
pub(crate) fn socket_rows(events: &[Event]) -> Batch {
    let mut builder = BatchBuilder::with(Extras { messaging: true, ..Extras::default() });
    for event in events {
        use Event::{Broken, Closed, Cut, NotClosed, Opened, Refused, Reopened};
        let (kind, seconds, error) = match *event {
            Opened(at) => (Kind::Connect, at, None),
            Refused(at) => {
                (Kind::Connect, at, Some("websocket: bad handshake: 503 Service Unavailable"))
            }
            Reopened(at) => (Kind::Reconnect, at, None),
            Closed(at, _) => (Kind::Close, at, None),
            Broken(at, _) => (Kind::Close, at, Some("websocket: close 1006 (abnormal closure)")),
            Cut(at) => (Kind::Close, at, Some(INTERRUPTED)),
            NotClosed(at) => {
                (Kind::Close, at, Some("the server did not close the socket within 5s"))
            }
        };
        let close_code = match *event {
            Closed(_, code) | Broken(_, code) => code,
            Opened(_) | Refused(_) | Reopened(_) | Cut(_) | NotClosed(_) => None,
        };
        let opens = kind != Kind::Close;
        builder.push(&Record {
            code: if matches!(event, Refused(_)) { 503 } else { 101 },
            timestamp_ns: (seconds * 1e9) as i64 - if opens { 10_000_000 } else { 0 },
            latency: match event {
                NotClosed(_) => Duration::from_secs(5),
                _ => Duration::from_millis(if opens { 10 } else { 0 }),
            },
            error,
            method: "WS",
            messaging: Some(Messaging { kind, close_code, ..Messaging::default() }),
            ..Record::default()
        });
    }
    builder.finish()
}

/// Adds a message of a second that expects some deliveries, of which `received` came in time.
fn push_message(builder: &mut BatchBuilder, expected: Option<u32>, received: u32) {
    let is_reached = expected.is_none_or(|expected| received >= expected);
    let message = Messaging {
        kind: Kind::Message,
        expected,
        messages_in: received,
        messages_out: 1,
        ..Messaging::default()
    };
    builder.push(&Record {
        latency: if is_reached { Duration::from_millis(9) } else { Duration::from_secs(30) },
        lag: Some(Duration::from_millis(1)),
        error: (!is_reached).then_some("reached 3 of 4 sockets"),
        method: "WS",
        messaging: Some(message),
        ..Record::default()
    });
}

/// Returns broadcasts to four sockets each, one after the other: how many of these each one reached,
/// in 6 ms, 7 ms and so on. One message expects no deliveries, and one delivery came twice.
pub(crate) fn broadcasts(reached: &[u32]) -> Batch {
    let mut builder = BatchBuilder::with(Extras { messaging: true, ..Extras::default() });
    push_message(&mut builder, None, 1);
    let deliver = |builder: &mut BatchBuilder, ms: u32, error| {
        builder.push(&Record {
            latency: Duration::from_millis(ms.into()),
            lag: Some(Duration::from_millis(1)),
            error,
            method: "WS",
            messaging: Some(Messaging { kind: Kind::Delivery, ..Messaging::default() }),
            ..Record::default()
        });
    };
    for received in reached {
        (0..*received).for_each(|n| deliver(&mut builder, 6 + n, None));
        push_message(&mut builder, Some(4), *received);
    }
    deliver(&mut builder, 9, Some("delivered again"));
    builder.finish()
}
