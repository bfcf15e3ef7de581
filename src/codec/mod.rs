//! The wire: streams of records. A stream is recognised by its first bytes.

mod arrow;
mod json;
mod csv;
mod gather;
mod lines;
mod fields;
mod headers;
mod guard;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::str::FromStr;

use self::arrow::{ArrowDecoder, ArrowEncoder};
use self::csv::{CsvEncoder, CsvParser};
use self::gather::Gather;
use self::json::{JsonEncoder, JsonParser};
use self::lines::Lines;
use crate::error::Error;
use crate::plan::Plan;
use crate::record::{Batch, Columns};

/// Bytes a decoder asks of its input at once.
const READ_BYTES: usize = 64 * 1024;

/// A format of streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Apache Arrow's IPC stream format, with every column. What attack writes.
    Arrow,
    /// Vegeta's CSV.
    Csv,
    /// Vegeta's JSON, one object a line.
    Json,
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "arrow" => Ok(Format::Arrow),
            "csv" => Ok(Format::Csv),
            "json" => Ok(Format::Json),
            _ => Err(Error::Value {
                what: "format",
                input: name.to_owned(),
                expected: "one of arrow, csv, json",
            }),
        }
    }
}

/// Reads a stream, batch by batch.
pub trait Decoder: Send {
    /// Returns the next batch, never an empty one, as soon as at least one record is there;
    /// None at the end of the stream.
    ///
    /// # Errors
    ///
    /// [`Error::Cut`] or [`Error::Record`] where the stream is not whole, after every whole
    /// record before that place was returned; [`Error::Io`].
    fn next_batch(&mut self) -> Result<Option<Batch>, Error>;

    /// Returns the plans of the attacks whose streams have begun so far, in order; empty where
    /// the format carries none.
    fn plans(&self) -> &[Plan] {
        &[]
    }
}

/// Writes a stream, batch by batch.
pub trait Encoder: Send {
    /// Writes one batch and hands it on to the reader at the other end.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the output does not take it.
    fn write(&mut self, batch: &Batch) -> Result<(), Error>;

    /// Writes the end mark, where the format has one.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the output does not take it.
    fn finish(&mut self) -> Result<(), Error>;
}

/// Recognises a stream by its first bytes and returns what reads it. An empty input is an empty
/// stream. Waits for the first byte.
///
/// # Errors
///
/// [`Error::Unrecognised`] where the first byte begins none of the formats; [`Error::Io`].
pub fn decoder(
    input: impl Read + Send + 'static,
    columns: Columns,
) -> Result<Box<dyn Decoder>, Error> {
    let input: Box<dyn Read + Send> = Box::new(input);
    let mut input = BufReader::with_capacity(READ_BYTES, input);
    match first_byte(&mut input)? {
        Some(0xff) => Ok(Box::new(ArrowDecoder::new(input, columns))),
        Some(b'{') => Ok(Box::new(Gather::new(Lines::new(input, JsonParser::new(columns))))),
        Some(b'0'..=b'9' | b'-' | b'"') | None => {
            Ok(Box::new(Gather::new(Lines::new(input, CsvParser::new(columns)))))
        }
        Some(_) => Err(Error::Unrecognised),
    }
}

/// Returns what writes a stream of a format. The plan stands at its head, where the format has
/// room for it; None where there is none or more than one.
///
/// # Errors
///
/// [`Error::Io`] where the output does not take the head of the stream.
pub fn encoder(
    format: Format,
    output: impl Write + Send + 'static,
    plan: Option<&Plan>,
) -> Result<Box<dyn Encoder>, Error> {
    Ok(match format {
        Format::Arrow => Box::new(ArrowEncoder::new(output, plan)?),
        Format::Csv => Box::new(CsvEncoder::new(output)),
        Format::Json => Box::new(JsonEncoder::new(output)),
    })
}

/// Returns the first byte that is neither white space nor part of a byte order mark, and leaves
/// it in the input; None at the end.
fn first_byte(input: &mut impl BufRead) -> io::Result<Option<u8>> {
    const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
    loop {
        let Some(byte) = input.fill_buf()?.first().copied() else {
            return Ok(None);
        };
        if !byte.is_ascii_whitespace() && !BYTE_ORDER_MARK.contains(&byte) {
            return Ok(Some(byte));
        }
        input.consume(1);
    }
}
