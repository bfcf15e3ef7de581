//! Writes Vegeta's JSON: one object per line.

use std::io::Write;

use base64::display::Base64Display;
use base64::prelude::BASE64_STANDARD;
use serde::{Serialize, Serializer};

use crate::codec::sorted_headers::SortedHeaders;
use crate::codec::stream::{Encoder, write_and_clear};
use crate::error::Error;
use crate::markup::go_json;
use crate::record::{Batch, Record};

/// Writes one object per line, with sorted header names and exactly the bytes that Vegeta writes.
pub struct JsonEncoder<W: Write> {
    output: W,
    /// Lines of the current batch.
    lines: Vec<u8>,
    headers: SortedHeaders,
}

impl<W: Write> JsonEncoder<W> {
    /// Returns an encoder that writes to an output.
    pub fn new(output: W) -> Self {
        Self { output, lines: Vec::new(), headers: SortedHeaders::default() }
    }

    fn push(&mut self, record: &Record<'_>) -> Result<(), Error> {
        if let Some(headers) = record.headers {
            self.headers.fill(headers);
        }
        let line = Line {
            attack: record.attack,
            seq: record.seq,
            code: record.code,
            timestamp: jiff::Timestamp::from_nanosecond(record.timestamp_ns.into())
                .expect("jiff's range includes all times of 64 bits of ns"),
            latency: record.latency.as_nanos(),
            bytes_out: record.bytes_out,
            bytes_in: record.bytes_in,
            error: record.error.unwrap_or(""),
            body: (!record.body.is_empty()).then_some(Base64(record.body)),
            method: record.method,
            url: record.url,
            headers: record.headers.map(|_| &self.headers),
        };
        go_json::write(&mut self.lines, &line)?;
        self.lines.push(b'\n');
        Ok(())
    }
}

impl<W: Write + Send> Encoder for JsonEncoder<W> {
    fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        for record in batch.records() {
            self.push(&record)?;
        }
        write_and_clear(&mut self.output, &mut self.lines)
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.output.flush().map_err(Error::Io)
    }
}

/// A record as a JSON object, with its keys in Vegeta's order.
#[derive(Serialize)]
struct Line<'a> {
    attack: &'a str,
    seq: u64,
    code: u16,
    timestamp: jiff::Timestamp,
    latency: u128,
    bytes_out: u64,
    bytes_in: u64,
    error: &'a str,
    body: Option<Base64<'a>>,
    method: &'a str,
    url: &'a str,
    headers: Option<&'a SortedHeaders>,
}

/// Bytes that are written as base64.
struct Base64<'a>(&'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &BASE64_STANDARD))
    }
}
