//! A sample run of a chat: WebSockets, broadcasts, pings, and a restart of the server.

use std::time::Duration;

use crate::facts::Facts;
use crate::plan::{Plan, PlannedStreams};
use crate::record::{Batch, BatchBuilder, Extras, Kind, Messaging, Record};

/// Number of sockets, which are opened in the first second.
const SOCKETS: u32 = 20;

/// The server restarts 7 s after the first connect: it closes these sockets.
const RESTART_MS: i64 = 7_000;
const LOST: std::ops::Range<u32> = 0..12;

/// Socket 19 is lost near the end, and not opened again.
const EVICTED: u32 = 19;
const EVICTION_MS: i64 = 11_500;

/// Returns the plan of the run: 50 messages per second for 10 s, after 2 s of opening.
pub(crate) fn chat_plan() -> Plan {
    Plan {
        rate: "50/1s".parse().expect("it is a rate"),
        duration_ns: 10_000_000_000,
        requests: 500,
        streams: Some(PlannedStreams { count: SOCKETS, sockets: true, opening_ns: 2_000_000_000 }),
        calls: true,
        version: "0.1.0".to_owned(),
        ..Plan::default()
    }
}

/// Returns the facts of the run.
pub(crate) fn chat_facts() -> Facts {
    Facts { engine_cpu: vec![0.1], ..Facts::default() }
}

/// Collects records of the run.
struct Run(BatchBuilder);

/// What the records of the run differ in.
#[derive(Default)]
struct Row {
    kind: Kind,
    socket: u32,
    at_ms: i64,
    latency_us: u64,
    code: u16,
    error: Option<String>,
    close_code: Option<u16>,
    expected: Option<u32>,
    messages_in: u32,
}

impl Run {
    fn push(&mut self, row: &Row) {
        let has_slot = !matches!(row.kind, Kind::Ping | Kind::Close);
        let is_message = row.kind == Kind::Message;
        let messaging = Messaging {
            kind: row.kind,
            socket: Some(row.socket),
            sent: is_message.then(|| Duration::from_micros(20)),
            messages_in: row.messages_in,
            messages_out: is_message.into(),
            close_code: row.close_code,
            expected: row.expected,
            ..Messaging::default()
        };
        self.0.push(&Record {
            attack: "chat",
            code: row.code,
            timestamp_ns: 1_795_180_206_000_000_000 + row.at_ms * 1_000_000,
            latency: Duration::from_micros(row.latency_us),
            lag: has_slot.then(|| Duration::from_micros(30)),
            bytes_out: if is_message { 64 } else { 0 },
            bytes_in: if row.code == 200 { 64 } else { 0 },
            error: row.error.as_deref(),
            name: "chat.say",
            method: "WS",
            url: "ws://127.0.0.1:8000/chat",
            messaging: Some(messaging),
            ..Record::default()
        });
    }

    /// Opens sockets, of which the lost ones are opened again half a second after the restart, one
    /// each 100 ms. Two attempts of the first one are refused.
    fn open(&mut self) {
        let connect = |socket: u32| Row {
            kind: Kind::Connect,
            socket,
            at_ms: i64::from(socket) * 50,
            latency_us: 2_000 + u64::from(socket) * 40,
            code: 101,
            ..Row::default()
        };
        (0..SOCKETS).for_each(|socket| self.push(&connect(socket)));
        let again = |row: Row| Row { kind: Kind::Reconnect, ..row };
        for at_ms in [7_100, 7_300] {
            let error = Some("websocket: bad handshake: 503 Service Unavailable".to_owned());
            self.push(&again(Row { at_ms, code: 503, error, latency_us: 900, ..Row::default() }));
        }
        LOST.for_each(|socket| {
            let at_ms = back_ms(socket) - 5;
            self.push(&again(Row { at_ms, latency_us: 5_000, ..connect(socket) }));
        });
    }

    fn close(&mut self) {
        let close = |socket, at_ms, close_code, error: Option<&str>| Row {
            kind: Kind::Close,
            socket,
            at_ms,
            latency_us: if error.is_some() { 0 } else { 400 },
            code: 101,
            close_code,
            error: error.map(str::to_owned),
            ..Row::default()
        };
        let evicted = "websocket: close 1013 (try again later): busy";
        self.push(&close(EVICTED, EVICTION_MS, Some(1013), Some(evicted)));
        for socket in LOST {
            let (code, error) = match socket % 3 {
                0 => (None, "websocket: close 1006 (abnormal closure): unexpected EOF"),
                _ => (Some(1012), "websocket: close 1012 (service restart)"),
            };
            self.push(&close(socket, RESTART_MS + i64::from(socket), code, Some(error)));
        }
        (0..EVICTED).for_each(|socket| self.push(&close(socket, 12_100, Some(1000), None)));
    }

    /// Pings each socket every 2 s. The pings of the lost ones have no pong while they are lost.
    fn ping(&mut self) {
        for at_ms in (2_500..12_000).step_by(2_000) {
            for socket in (0..EVICTED).filter(|socket| is_open(*socket, at_ms)) {
                let is_lost = LOST.contains(&socket) && at_ms == 6_500;
                self.push(&Row {
                    kind: Kind::Ping,
                    socket,
                    at_ms,
                    latency_us: if is_lost { 500_000 } else { 300 + u64::from(socket) * 10 },
                    error: is_lost.then(|| "no pong within 500ms".to_owned()),
                    ..Row::default()
                });
            }
        }
    }

    /// Sends a message each 20 ms, which the server sends to all other sockets. Those that are not
    /// open miss it, and the message waits for them until its timeout.
    fn say(&mut self, number: i64) {
        let (at_ms, socket) = (2_000 + number * 20, (number % i64::from(SOCKETS)) as u32);
        let message = Row { kind: Kind::Message, socket, at_ms, ..Row::default() };
        if !is_open(socket, at_ms) {
            let error = Some("the socket was not open within 3s".to_owned());
            return self.push(&Row { latency_us: 3_000_000, error, ..message });
        }
        let slowest_us = 1_000 + (number as u64 * 7_919) % 4_001;
        let others = (0..SOCKETS).filter(|other| *other != socket);
        let reached: Vec<u32> = others.filter(|other| is_open(*other, at_ms)).collect();
        for receiver in &reached {
            let latency_us = slowest_us - u64::from(*receiver) * 40;
            let kind = Kind::Delivery;
            self.push(&Row { kind, socket: *receiver, latency_us, at_ms, ..Row::default() });
        }
        let (n_reached, expected) = (reached.len() as u32, SOCKETS - 1);
        let is_complete = n_reached == expected;
        self.push(&Row {
            latency_us: if is_complete { slowest_us } else { 3_000_000 },
            code: if is_complete { 200 } else { 0 },
            error: (!is_complete).then(|| format!("reached {n_reached} of {expected} sockets")),
            expected: Some(expected),
            messages_in: n_reached,
            ..message
        });
    }
}

/// Returns when a lost socket is open again, in ms.
fn back_ms(socket: u32) -> i64 {
    RESTART_MS + 500 + i64::from(socket) * 100
}

fn is_open(socket: u32, at_ms: i64) -> bool {
    match socket {
        EVICTED => at_ms < EVICTION_MS,
        _ if LOST.contains(&socket) => !(RESTART_MS..back_ms(socket)).contains(&at_ms),
        _ => true,
    }
}

/// Returns the records of the run, in no order of time: 20 sockets are opened; at 7 s, the server
/// restarts, and all sockets are back at 8.6 s; at 11.5 s, one of them is lost.
pub(crate) fn chat() -> Batch {
    let extras = Extras { messaging: true, ..Extras::default() };
    let mut run = Run(BatchBuilder::with(extras));
    run.open();
    (0..500).for_each(|number| run.say(number));
    run.ping();
    run.close();
    run.0.finish()
}
