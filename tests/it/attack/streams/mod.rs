//! Messages on long-lived streams and WebSockets.

mod broadcasts;
mod calls;
mod losses;
mod replies;
mod sockets;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::net::SocketAddr;
use std::time::Duration;

use drumfire::codec::decoder;
use drumfire::record::{Columns, Kind, Messaging};

use crate::support::harness::{Run, drumfire};

/// One record of a long-lived stream.
#[derive(Clone, Debug)]
pub struct Row {
    pub seq: u64,
    pub code: u16,
    pub timestamp_ns: i64,
    pub latency: Duration,
    pub lag: Option<Duration>,
    pub bytes_out: u64,
    pub bytes_in: u64,
    pub error: String,
    pub body: Vec<u8>,
    pub messaging: Messaging,
}

impl Row {
    pub fn kind(&self) -> Kind {
        self.messaging.kind
    }
}

/// Returns the records of a stream, sorted by number, with those of connects before others.
pub fn rows(stream: &[u8]) -> Vec<Row> {
    let mut decoder = decoder(Cursor::new(stream.to_vec()), Columns::All).unwrap();
    let mut rows = Vec::new();
    while let Some(batch) = decoder.next_batch().unwrap() {
        rows.extend(batch.records().map(|record| Row {
            seq: record.seq,
            code: record.code,
            timestamp_ns: record.timestamp_ns,
            latency: record.latency,
            lag: record.lag,
            bytes_out: record.bytes_out,
            bytes_in: record.bytes_in,
            error: record.error.unwrap_or_default().to_owned(),
            body: record.body.to_vec(),
            messaging: record.messaging.unwrap(),
        }));
    }
    rows.sort_by_key(|row| (row.seq, row.kind() == Kind::Close));
    rows
}

/// Returns the records of a kind.
pub fn of_kind(rows: &[Row], kind: Kind) -> Vec<&Row> {
    rows.iter().filter(|row| row.kind() == kind).collect()
}

/// Returns how often each error occurs among the rows of a kind; no error is an empty text.
pub fn errors(rows: &[Row], kind: Kind) -> BTreeMap<&str, usize> {
    let mut errors = BTreeMap::new();
    for row in of_kind(rows, kind) {
        *errors.entry(row.error.as_str()).or_default() += 1;
    }
    errors
}

/// Returns an attack on sockets, whose messages have this text.
pub fn attack_at(address: SocketAddr, message: &str, flags: &str) -> Run {
    drumfire("attack -settle=20ms -quiet")
        .args(flags.split_whitespace())
        .arg(format!("-data={message}"))
        .arg(format!("WS ws://{address}/chat"))
}

/// Returns the rows of such an attack.
pub fn attack(address: SocketAddr, message: &str, flags: &str) -> Vec<Row> {
    let output = attack_at(address, message, flags).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    rows(&output.stdout)
}

/// Returns how often each kind occurs.
pub fn counts(rows: &[Row]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row.kind().word()).or_default() += 1;
    }
    counts
}
