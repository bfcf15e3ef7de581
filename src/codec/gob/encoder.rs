//! Writes results as gob, with exactly the bytes that Vegeta writes.

use std::io::Write;

use crate::codec::gob::time::binary;
use crate::codec::gob::types::{BYTES, GOB_ENCODER, INT, MAP, SLICE, STRUCT, TEXT, UINT};
use crate::codec::gob::wire::{put_bytes, put_int, put_uint};
use crate::codec::sorted_headers::SortedHeaders;
use crate::codec::stream::{Encoder, write_and_clear};
use crate::error::Error;
use crate::record::{Batch, Record};

/// Numbers of the types that Vegeta's streams define.
const RESULT: i64 = 64;
const TIME: i64 = 65;
const TEXTS: i64 = 66;
const HEADER: i64 = 67;

/// The fields of a result, and the numbers of their types.
///
/// Source: Vegeta, lib/results.go, Result.
const RESULT_FIELDS: [(&str, i64); 12] = [
    ("Attack", TEXT),
    ("Seq", UINT),
    ("Code", UINT),
    ("Timestamp", TIME),
    ("Latency", INT),
    ("BytesOut", UINT),
    ("BytesIn", UINT),
    ("Error", TEXT),
    ("Body", BYTES),
    ("Method", TEXT),
    ("URL", TEXT),
    ("Headers", HEADER),
];

/// Writes the definitions of the types, then a message for each record.
///
/// The definitions are written with the first record, so that a stream without records is empty,
/// as in Vegeta.
pub struct GobEncoder<W: Write> {
    output: W,
    /// Messages of the current batch.
    messages: Vec<u8>,
    /// The current message, kept to reuse its memory.
    message: Vec<u8>,
    headers: SortedHeaders,
    has_begun: bool,
}

impl<W: Write> GobEncoder<W> {
    /// Returns an encoder that writes to an output.
    pub fn new(output: W) -> Self {
        Self {
            output,
            messages: Vec::new(),
            message: Vec::new(),
            headers: SortedHeaders::default(),
            has_begun: false,
        }
    }

    fn push(&mut self, record: &Record<'_>) {
        let Self { messages, message, headers, .. } = self;
        message.clear();
        put_int(RESULT, message);
        let mut fields = Fields::new(message);
        fields.text(1, record.attack);
        fields.uint(2, record.seq);
        fields.uint(3, record.code.into());
        fields.bytes(4, &binary(record.timestamp_ns));
        fields.int(5, i64::try_from(record.latency.as_nanos()).unwrap_or(i64::MAX));
        fields.uint(6, record.bytes_out);
        fields.uint(7, record.bytes_in);
        fields.text(8, record.error.unwrap_or(""));
        fields.bytes(9, record.body);
        fields.text(10, record.method);
        fields.text(11, record.url);
        if let Some(received) = record.headers {
            headers.fill(received);
            put_headers(headers, fields.at(12));
        }
        fields.end();
        put_bytes(message, messages);
    }
}

impl<W: Write + Send> Encoder for GobEncoder<W> {
    fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        if !self.has_begun && !batch.is_empty() {
            self.messages = definitions();
            self.has_begun = true;
        }
        batch.records().for_each(|record| self.push(&record));
        write_and_clear(&mut self.output, &mut self.messages)
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.output.flush().map_err(Error::Io)
    }
}

/// Returns the messages at the start of a stream, in Go's order: the struct of a result, and the
/// types of its fields that are not predefined.
fn definitions() -> Vec<u8> {
    let result = definition(RESULT, "Result", STRUCT, |shape| {
        let fields = shape.at(2);
        put_uint(RESULT_FIELDS.len() as u64, fields);
        for (name, id) in RESULT_FIELDS {
            let mut field = Fields::new(fields);
            field.text(1, name);
            field.int(2, id);
            field.end();
        }
    });
    let time = definition(TIME, "Time", GOB_ENCODER, |_| {});
    let header = definition(HEADER, "Header", MAP, |shape| {
        shape.int(2, TEXT);
        shape.int(3, TEXTS);
    });
    let texts = definition(TEXTS, "", SLICE, |shape| shape.int(2, TEXT));
    let mut messages = Vec::new();
    [result, time, header, texts].iter().for_each(|message| put_bytes(message, &mut messages));
    messages
}

fn definition(
    id: i64,
    name: &str,
    kind: usize,
    put_details: impl FnOnce(&mut Fields<'_>),
) -> Vec<u8> {
    let mut message = Vec::new();
    put_int(-id, &mut message);
    let mut wire_type = Fields::new(&mut message);
    let mut shape = Fields::new(wire_type.at(kind));
    let mut common = Fields::new(shape.at(1));
    common.text(1, name);
    common.int(2, id);
    common.end();
    put_details(&mut shape);
    shape.end();
    wire_type.end();
    message
}

/// Writes a map from name to values.
fn put_headers(headers: &SortedHeaders, bytes: &mut Vec<u8>) {
    put_uint(headers.groups().count() as u64, bytes);
    for (name, values) in headers.groups() {
        put_bytes(name.as_bytes(), bytes);
        put_uint(values.len() as u64, bytes);
        values.for_each(|value| put_bytes(value.as_bytes(), bytes));
    }
}

/// Writes the fields of a struct. Each is preceded by the difference to the number of the last
/// one; zero and empty values are not written.
struct Fields<'a> {
    bytes: &'a mut Vec<u8>,
    /// Number of the field written last; 0 before the first.
    last: usize,
}

impl<'a> Fields<'a> {
    fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes, last: 0 }
    }

    /// Begins a field, whose number must be higher than the last one, and returns the buffer for
    /// its value.
    fn at(&mut self, number: usize) -> &mut Vec<u8> {
        put_uint((number - self.last) as u64, self.bytes);
        self.last = number;
        self.bytes
    }

    fn uint(&mut self, number: usize, value: u64) {
        if value != 0 {
            put_uint(value, self.at(number));
        }
    }

    fn int(&mut self, number: usize, value: i64) {
        if value != 0 {
            put_int(value, self.at(number));
        }
    }

    fn bytes(&mut self, number: usize, value: &[u8]) {
        if !value.is_empty() {
            put_bytes(value, self.at(number));
        }
    }

    fn text(&mut self, number: usize, value: &str) {
        self.bytes(number, value.as_bytes());
    }

    fn end(self) {
        self.bytes.push(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // These are the first bytes of every stream that Vegeta's attack writes.
    #[test]
    fn the_definitions_are_vegetas_byte_for_byte() {
        let expected = "\
            ff967f03010106526573756c7401ff8000010c010641747461636b010c0001035365710106000104436f\
            6465010600010954696d657374616d7001ff820001074c6174656e6379010400010842797465734f7574\
            01060001074279746573496e01060001054572726f72010c000104426f6479010a0001064d6574686f64\
            010c00010355524c010c0001074865616465727301ff8600000010ff810501010454696d6501ff820000\
            0017ff850401010648656164657201ff8600010c01ff8400000cff83020102ff8400010c0000";
        let hex: String = definitions().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected);
    }
}
