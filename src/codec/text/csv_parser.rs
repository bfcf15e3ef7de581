//! Reads Vegeta's CSV: twelve columns, no header.

use std::any;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::codec::text::csv_columns::{
    ATTACK, BODY, BYTES_IN, BYTES_OUT, CODE, COLUMNS, ERROR, HEADERS, LATENCY, METHOD, SEQ,
    TIMESTAMP, URL,
};
use crate::codec::text::csv_fields::Fields;
use crate::codec::text::lines::LineParser;
use crate::codec::text::problem::Problem;
use crate::record::{self, BatchBuilder, Columns, Headers, Record};

/// Parses records of twelve fields.
pub struct CsvParser {
    columns: Columns,
    fields: Fields,
    /// Body of the current record, kept to reuse its memory.
    body: Vec<u8>,
    /// Header lines of the current record, kept to reuse their memory.
    headers: Vec<u8>,
}

impl CsvParser {
    /// Returns a parser that reads some of the columns.
    pub fn new(columns: Columns) -> Self {
        Self { columns, fields: Fields::default(), body: Vec::new(), headers: Vec::new() }
    }

    /// Adds the record in the fields. `is_last` is whether its line ends without a newline.
    fn add_record(&mut self, is_last: bool, records: &mut BatchBuilder) -> Result<(), Problem> {
        self.check_width()?;
        let wants_all = self.columns == Columns::All;
        if wants_all {
            self.decode(BODY)?;
        }
        // The headers are the last column, so only they show whether the last line was cut.
        let headers = if wants_all || is_last { self.decode_headers()? } else { None };
        if is_last {
            self.check_cut(headers.as_deref())?;
        }
        self.push(headers.as_deref().filter(|_| wants_all), records)
    }

    fn check_width(&self) -> Result<(), Problem> {
        let found = self.fields.len();
        if found == COLUMNS.len() { Ok(()) } else { Err(Problem::FieldCount { found }) }
    }

    /// Checks that a last line without a newline was not cut after its last comma.
    fn check_cut(&self, headers: Option<&[(String, String)]>) -> Result<(), Problem> {
        // Every response has headers, so their absence means that the cut removed them.
        if headers.is_none() && self.number::<u16>(CODE)? != 0 {
            return Err(Problem::NoHeaders);
        }
        Ok(())
    }

    fn push(
        &self,
        headers: Option<&[(String, String)]>,
        records: &mut BatchBuilder,
    ) -> Result<(), Problem> {
        let code = self.number(CODE)?;
        let latency_ns: i64 = self.number(LATENCY)?;
        let [error, attack, method, url] =
            [ERROR, ATTACK, METHOD, URL].map(|column| self.fields.text(column));
        records.push(&Record {
            attack: &attack,
            seq: self.number(SEQ)?,
            code,
            timestamp_ns: self.number(TIMESTAMP)?,
            latency: Duration::from_nanos(u64::try_from(latency_ns).unwrap_or(0)),
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
            headers: headers.map(Headers::Pairs),
            flow: None,
            messaging: None,
        });
        Ok(())
    }

    fn number<T: FromStr>(&self, column: usize) -> Result<T, Problem> {
        let text = self.fields.text(column);
        text.trim_ascii_end().parse().map_err(|_| Problem::Number {
            column: COLUMNS[column],
            text: text.into_owned(),
            fits: any::type_name::<T>(),
        })
    }

    /// Decodes the body or the headers from base64.
    fn decode(&mut self, column: usize) -> Result<(), Problem> {
        let bytes = if column == BODY { &mut self.body } else { &mut self.headers };
        bytes.clear();
        let base64 = self.fields.bytes(column).trim_ascii_end();
        BASE64_STANDARD.decode_vec(base64, bytes).map_err(|error| Problem::Base64 {
            column: COLUMNS[column],
            error,
            is_last: column == HEADERS,
        })
    }

    fn decode_headers(&mut self) -> Result<Option<Vec<(String, String)>>, Problem> {
        self.decode(HEADERS)?;
        let text = String::from_utf8_lossy(&self.headers);
        parse_headers(&text)
    }
}

impl LineParser for CsvParser {
    fn parse(&mut self, line: &[u8], records: &mut BatchBuilder) -> Result<(), Problem> {
        self.fields.push_line(line);
        if self.fields.is_open() {
            return Ok(());
        }
        let is_last = !line.ends_with(b"\n");
        let outcome =
            if self.fields.is_blank() { Ok(()) } else { self.add_record(is_last, records) };
        self.fields.clear();
        outcome
    }

    fn is_open(&self) -> bool {
        self.fields.is_open()
    }
}

/// Parses lines of `Name: value` that end with an empty line; None if the text is empty.
fn parse_headers(text: &str) -> Result<Option<Vec<(String, String)>>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let lines = text
        .strip_suffix('\n')
        .map(|lines| lines.strip_suffix('\r').unwrap_or(lines))
        .filter(|lines| lines.is_empty() || lines.ends_with('\n'))
        .ok_or(Problem::UnfinishedHeaders)?;
    let pairs = lines.lines().map(|line| {
        let pair = line.split_once(':');
        let (name, value) = pair.ok_or_else(|| Problem::Header(line.to_owned()))?;
        Ok((record::canonical(name), value.trim_ascii().to_owned()))
    });
    pairs.collect::<Result<_, _>>().map(Some)
}
