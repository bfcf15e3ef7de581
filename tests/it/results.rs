//! Reads a stream of results back, for tests to look at.

use std::io::Cursor;
use std::time::Duration;

use drumfire::codec::decoder;
use drumfire::record::{Columns, Headers};

/// A record that owns its texts.
#[derive(Debug)]
pub struct Kept {
    pub seq: u64,
    pub code: u16,
    pub latency: Duration,
    pub lag: Option<Duration>,
    pub connect: Option<Duration>,
    pub first_byte: Option<Duration>,
    pub bytes_out: u64,
    pub bytes_in: u64,
    pub retries: u8,
    /// Empty on success.
    pub error: String,
    pub method: String,
    pub url: String,
    pub headers: Option<Vec<(String, String)>>,
    pub body: Vec<u8>,
}

/// Returns the records of a stream, which must be whole.
#[track_caller]
pub fn records(stream: &[u8]) -> Vec<Kept> {
    let mut decoder = decoder(Cursor::new(stream.to_vec()), Columns::All).unwrap();
    let mut records = Vec::new();
    while let Some(batch) = decoder.next_batch().unwrap() {
        records.extend(batch.records().map(|record| Kept {
            seq: record.seq,
            code: record.code,
            latency: record.latency,
            lag: record.lag,
            connect: record.connect,
            first_byte: record.first_byte,
            bytes_out: record.bytes_out,
            bytes_in: record.bytes_in,
            retries: record.retries,
            error: record.error.unwrap_or_default().to_owned(),
            method: record.method.to_owned(),
            url: record.url.to_owned(),
            headers: record.headers.map(Headers::to_pairs),
            body: record.body.to_vec(),
        }));
    }
    records
}
