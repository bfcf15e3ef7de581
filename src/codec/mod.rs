//! The wire: streams of records. A stream is recognised by its first bytes.

mod text;
mod arrow;
mod gob;
mod detect;
mod batcher;
mod metadata;

pub use metadata::Note;

use std::io::{Read, Write};
use std::str::FromStr;

use self::arrow::{ArrowDecoder, ArrowEncoder};
use self::gob::{GobEncoder, Messages};
use crate::codec::batcher::Gather;
use crate::codec::detect::Head;
use crate::codec::text::csv::{CsvEncoder, CsvParser};
use crate::codec::text::json::{JsonEncoder, JsonParser};
use crate::codec::text::lines::Lines;
use crate::error::Error;
use crate::record::{Batch, Columns};
use crate::units::parse_keyword;

/// Bytes a decoder asks of its input at once.
const READ_BYTES: usize = 64 * 1024;

/// A format of streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Apache Arrow's IPC stream format, with every column. What attack writes.
    Arrow,
    /// Vegeta's CSV.
    Csv,
    /// Gob, Go's own format, as Vegeta's attack writes it.
    Gob,
    /// Vegeta's JSON, one object a line.
    Json,
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(format: &str) -> Result<Self, Error> {
        let choices = [
            ("arrow", Format::Arrow),
            ("csv", Format::Csv),
            ("gob", Format::Gob),
            ("json", Format::Json),
        ];
        parse_keyword("format", format, &choices)
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

    /// Returns what the streams that have begun so far say of their attacks, in order; nothing
    /// where the format has no room for it.
    fn notes(&self) -> &[Note] {
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
/// stream. Waits for the first bytes.
///
/// # Errors
///
/// [`Error::Unrecognised`] where the first bytes begin none of the formats; [`Error::Io`].
pub fn decoder(
    input: impl Read + Send + 'static,
    columns: Columns,
) -> Result<Box<dyn Decoder>, Error> {
    let mut head = Head::new(Box::new(input));
    let format = head.format()?.ok_or(Error::Unrecognised)?;
    let input = head.into_input();
    Ok(match format {
        Format::Arrow => Box::new(ArrowDecoder::new(input, columns)),
        Format::Gob => Box::new(Gather::new(Messages::new(input, columns))),
        Format::Json => Box::new(Gather::new(Lines::new(input, JsonParser::new(columns)))),
        Format::Csv => Box::new(Gather::new(Lines::new(input, CsvParser::new(columns)))),
    })
}

/// Returns what writes a stream of a format. The note stands at its head, where the format has room
/// for it; None where there is none or more than one.
///
/// # Errors
///
/// [`Error::Io`] where the output does not take the head of the stream.
pub fn encoder(
    format: Format,
    output: impl Write + Send + 'static,
    note: Option<&Note>,
) -> Result<Box<dyn Encoder>, Error> {
    Ok(match format {
        Format::Arrow => Box::new(ArrowEncoder::new(output, note)?),
        Format::Csv => Box::new(CsvEncoder::new(output)),
        Format::Gob => Box::new(GobEncoder::new(output)),
        Format::Json => Box::new(JsonEncoder::new(output)),
    })
}
