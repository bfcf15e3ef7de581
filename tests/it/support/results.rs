//! Writes streams of results and reads them back.

use std::io::{self, Cursor, Read, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use drumfire::codec::{self, Format, decoder};
use drumfire::record::{Batch, Columns, Headers, Messaging};

/// A record that owns its strings.
#[derive(Debug)]
pub struct Kept {
    pub seq: u64,
    pub code: u16,
    /// Time of release, in ns since 1970.
    pub timestamp_ns: i64,
    pub latency: Duration,
    pub lag: Option<Duration>,
    pub connect: Option<Duration>,
    pub first_byte: Option<Duration>,
    pub bytes_out: u64,
    pub bytes_in: u64,
    pub retries: u8,
    /// Empty if the hit succeeded.
    pub error: String,
    /// Name of the target; empty if it has none.
    pub name: String,
    pub method: String,
    pub url: String,
    pub headers: Option<Vec<(String, String)>>,
    pub body: Vec<u8>,
    /// None if it is no call and no message.
    pub messaging: Option<Messaging>,
}

/// Returns the records of a stream, which must be complete.
#[track_caller]
pub fn records(stream: &[u8]) -> Vec<Kept> {
    let mut decoder = decoder(Cursor::new(stream.to_vec()), Columns::All).unwrap();
    let mut records = Vec::new();
    while let Some(batch) = decoder.next_batch().unwrap() {
        records.extend(batch.records().map(|record| Kept {
            seq: record.seq,
            code: record.code,
            timestamp_ns: record.timestamp_ns,
            latency: record.latency,
            lag: record.lag,
            connect: record.connect,
            first_byte: record.first_byte,
            bytes_out: record.bytes_out,
            bytes_in: record.bytes_in,
            retries: record.retries,
            error: record.error.unwrap_or_default().to_owned(),
            name: record.name.to_owned(),
            method: record.method.to_owned(),
            url: record.url.to_owned(),
            headers: record.headers.map(Headers::to_pairs),
            body: record.body.to_vec(),
            messaging: record.messaging,
        }));
    }
    records
}

/// An output that stays in memory.
#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    /// Returns what was written so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a stream.
pub fn encode(format: Format, batches: &[Batch]) -> Vec<u8> {
    let output = Shared::default();
    let mut encoder = codec::encoder(format, output.clone(), None).unwrap();
    batches.iter().for_each(|batch| encoder.write(batch).unwrap());
    encoder.finish().unwrap();
    output.bytes()
}

/// Reads all records, and the error at the end of the stream.
pub fn decode(input: impl Read + Send + 'static, columns: Columns) -> (Vec<Batch>, Option<String>) {
    let mut batches = Vec::new();
    let mut decoder = match codec::decoder(input, columns) {
        Ok(decoder) => decoder,
        Err(error) => return (batches, Some(error.to_string())),
    };
    loop {
        match decoder.next_batch() {
            Ok(Some(batch)) => batches.push(batch),
            Ok(None) => return (batches, None),
            Err(error) => return (batches, Some(error.to_string())),
        }
    }
}

/// Reads a stream that must be complete.
#[track_caller]
pub fn whole(stream: impl AsRef<[u8]>) -> Vec<Batch> {
    let (batches, error) = decode(Cursor::new(stream.as_ref().to_vec()), Columns::All);
    assert_eq!(error, None);
    batches
}

/// Returns a stream in a text format as text.
pub fn text(stream: Vec<u8>) -> String {
    String::from_utf8(stream).unwrap()
}
