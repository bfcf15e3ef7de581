//! Writes Vegeta's CSV: twelve columns, no header.

use std::io::{self, Write};

use base64::display::Base64Display;
use base64::prelude::BASE64_STANDARD;

use crate::codec::sorted_headers::SortedHeaders;
use crate::codec::stream::{Encoder, write_and_clear};
use crate::codec::text::csv_fields;
use crate::error::Error;
use crate::record::{Batch, Record};

/// Writes twelve fields per line, with exactly the bytes that Vegeta writes.
pub struct CsvEncoder<W: Write> {
    output: W,
    /// Lines of the current batch.
    lines: Vec<u8>,
    headers: SortedHeaders,
    /// Header lines of the current record, kept to reuse their memory.
    header_lines: Vec<u8>,
}

impl<W: Write> CsvEncoder<W> {
    /// Returns an encoder that writes to an output.
    pub fn new(output: W) -> Self {
        Self {
            output,
            lines: Vec::new(),
            headers: SortedHeaders::default(),
            header_lines: Vec::new(),
        }
    }

    fn push(&mut self, record: &Record<'_>) -> io::Result<()> {
        self.fill_header_lines(record)?;
        let Self { lines, header_lines, .. } = self;
        let Record { timestamp_ns, code, bytes_out, bytes_in, seq, .. } = record;
        let latency = record.latency.as_nanos();
        write!(lines, "{timestamp_ns},{code},{latency},{bytes_out},{bytes_in},")?;
        csv_fields::write(record.error.unwrap_or(""), lines);
        write!(lines, ",{},", Base64Display::new(record.body, &BASE64_STANDARD))?;
        csv_fields::write(record.attack, lines);
        write!(lines, ",{seq},")?;
        csv_fields::write(record.method, lines);
        lines.push(b',');
        csv_fields::write(record.url, lines);
        writeln!(lines, ",{}", Base64Display::new(header_lines, &BASE64_STANDARD))
    }

    /// Sets the header lines of a record, followed by an empty line; none without headers.
    ///
    /// Names that HTTP does not allow are left out, and line breaks in values become spaces, so
    /// that each header stays on one line.
    ///
    /// Source: Go, package net/http, Header.Write.
    fn fill_header_lines(&mut self, record: &Record<'_>) -> io::Result<()> {
        let Self { headers, header_lines, .. } = self;
        header_lines.clear();
        let Some(received) = record.headers else {
            return Ok(());
        };
        headers.fill(received);
        for (name, value) in headers.pairs().filter(|(name, _)| is_token(name)) {
            let value = value.replace(['\r', '\n'], " ");
            write!(header_lines, "{name}: {}\r\n", value.trim_ascii())?;
        }
        header_lines.write_all(b"\r\n")
    }
}

/// Returns whether a text is a token, as a header name must be.
///
/// Source: RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_letter)
}

impl<W: Write + Send> Encoder for CsvEncoder<W> {
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
