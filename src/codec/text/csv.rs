//! Vegeta's CSV: twelve columns, no header.

use std::any;
use std::io::{self, Write};
use std::str::FromStr;
use std::time::Duration;

use base64::Engine;
use base64::display::Base64Display;
use base64::prelude::BASE64_STANDARD;

use crate::codec::Encoder;
use crate::codec::text::csv_fields::{self, Fields};
use crate::codec::text::lines::{LineParser, Problem, hand_on};
use crate::codec::text::sorted_headers::SortedHeaders;
use crate::error::Error;
use crate::record::{self, Batch, BatchBuilder, Columns, Headers, Record};

/// The columns, in their order.
const COLUMNS: [&str; 12] = [
    "timestamp",
    "code",
    "latency",
    "bytes out",
    "bytes in",
    "error",
    "body",
    "attack",
    "seq",
    "method",
    "url",
    "headers",
];

/// Fields of two records without a newline between them: the last of one and the first of the
/// other are one.
const JOINED: usize = 2 * COLUMNS.len() - 1;

/// Positions in [`COLUMNS`].
const TIMESTAMP: usize = 0;
const CODE: usize = 1;
const LATENCY: usize = 2;
const BYTES_OUT: usize = 3;
const BYTES_IN: usize = 4;
const ERROR: usize = 5;
const BODY: usize = 6;
const ATTACK: usize = 7;
const SEQ: usize = 8;
const METHOD: usize = 9;
const URL: usize = 10;
const HEADERS: usize = 11;

/// Reads a record from twelve fields.
pub struct CsvParser {
    columns: Columns,
    fields: Fields,
    /// Body of the record under way, kept for its memory.
    body: Vec<u8>,
    /// Header lines of the record under way, kept for their memory.
    headers: Vec<u8>,
}

impl CsvParser {
    pub fn new(columns: Columns) -> Self {
        Self { columns, fields: Fields::default(), body: Vec::new(), headers: Vec::new() }
    }

    /// Adds the record. Of the last line its headers are read anyway, since only by them can be
    /// told whether it is cut.
    fn take_record(&mut self, is_last: bool, records: &mut BatchBuilder) -> Result<(), Problem> {
        let found = self.fields.len();
        if found != COLUMNS.len() {
            let mut problem = format!("expected {} fields, found {found}", COLUMNS.len());
            if found == JOINED {
                problem += ": two records stand on one line, as where a stream that does not end \
                            with a newline stands before another";
            }
            let is_short = found < COLUMNS.len();
            return Err(if is_short { Problem::Short(problem) } else { Problem::Wrong(problem) });
        }
        let wants_all = self.columns == Columns::All;
        if wants_all {
            self.decode(BODY)?;
        }
        let pairs = if wants_all || is_last { self.decode_headers()? } else { None };
        let code = self.number(CODE)?;
        if is_last && pairs.is_none() && code != 0 {
            // A response has headers, so that they are what a cut behind the last comma took.
            return Err(Problem::Short("expected headers, or a newline".to_owned()));
        }
        let latency: i64 = self.number(LATENCY)?;
        let [error, attack, method, url] =
            [ERROR, ATTACK, METHOD, URL].map(|column| self.fields.text(column));
        records.push(&Record {
            attack: &attack,
            seq: self.number(SEQ)?,
            code,
            timestamp_ns: self.number(TIMESTAMP)?,
            latency: Duration::from_nanos(u64::try_from(latency).unwrap_or(0)),
            lag: None,
            connect: None,
            first_byte: None,
            bytes_out: self.number(BYTES_OUT)?,
            bytes_in: self.number(BYTES_IN)?,
            retries: 0,
            error: Some(error.as_ref()).filter(|error| !error.is_empty()),
            body: &self.body,
            name: "",
            method: &method,
            url: &url,
            headers: pairs.as_deref().filter(|_| wants_all).map(Headers::Pairs),
        });
        Ok(())
    }

    fn number<T: FromStr>(&self, column: usize) -> Result<T, Problem> {
        let text = self.fields.text(column);
        text.trim_ascii_end().parse().map_err(|_| {
            let (name, kind) = (COLUMNS[column], any::type_name::<T>());
            Problem::Wrong(format!("bad {name} '{text}': expected a whole number that fits {kind}"))
        })
    }

    /// Decodes the base64 of the body or of the headers into its own memory.
    fn decode(&mut self, column: usize) -> Result<(), Problem> {
        let bytes = if column == BODY { &mut self.body } else { &mut self.headers };
        bytes.clear();
        let base64 = self.fields.bytes(column).trim_ascii_end();
        BASE64_STANDARD.decode_vec(base64, bytes).map_err(|error| {
            let problem = format!("expected the {} in base64: {error}", COLUMNS[column]);
            if column == HEADERS { Problem::Short(problem) } else { Problem::Wrong(problem) }
        })
    }

    fn decode_headers(&mut self) -> Result<Option<Vec<(String, String)>>, Problem> {
        self.decode(HEADERS)?;
        let text = String::from_utf8_lossy(&self.headers);
        parse_headers(&text)
    }
}

impl LineParser for CsvParser {
    fn take(&mut self, line: &[u8], records: &mut BatchBuilder) -> Result<(), Problem> {
        self.fields.take(line);
        if self.fields.is_open() {
            return Ok(());
        }
        let is_last = !line.ends_with(b"\n");
        let outcome =
            if self.fields.is_blank() { Ok(()) } else { self.take_record(is_last, records) };
        self.fields.clear();
        outcome
    }

    fn is_open(&self) -> bool {
        self.fields.is_open()
    }
}

/// Parses lines of `Name: value` that end with an empty one; None where there is no text at all.
fn parse_headers(text: &str) -> Result<Option<Vec<(String, String)>>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let lines = text
        .strip_suffix('\n')
        .map(|lines| lines.strip_suffix('\r').unwrap_or(lines))
        .filter(|lines| lines.is_empty() || lines.ends_with('\n'))
        .ok_or_else(|| Problem::Short("expected an empty line after the headers".to_owned()))?;
    let pairs = lines.lines().map(|line| {
        let (name, value) = line.split_once(':').ok_or_else(|| {
            Problem::Wrong(format!("bad header '{line}': expected 'Name: value'"))
        })?;
        Ok((record::canonical(name), value.trim_ascii().to_owned()))
    });
    pairs.collect::<Result<_, _>>().map(Some)
}

/// Writes twelve fields a line, in the bytes of Vegeta.
pub struct CsvEncoder<W: Write> {
    output: W,
    /// Lines of the batch under way.
    lines: Vec<u8>,
    headers: SortedHeaders,
    /// The header lines of the record under way, kept for their memory.
    header_lines: Vec<u8>,
}

impl<W: Write> CsvEncoder<W> {
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

    /// Fills in the headers as lines that end with an empty one; nothing without headers.
    ///
    /// What HTTP allows in no header, and what would read back as another line, is left out.
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

/// Returns whether a text is a token, as names of headers have to be.
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
        hand_on(&mut self.output, &mut self.lines)
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.output.flush().map_err(Error::Io)
    }
}
