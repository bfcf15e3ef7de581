//! Streams of records in four formats. The first bytes of a stream show its format.

mod stream;
mod metadata;
mod detect;
mod batcher;
mod arrow;
mod gob;
mod text;
mod sorted_headers;

pub use metadata::Metadata;
pub use stream::{Decoder, Encoder};

use std::io::{Read, Write};
use std::str::FromStr;

use crate::codec::arrow::{ArrowDecoder, ArrowEncoder};
use crate::codec::batcher::Batcher;
use crate::codec::detect::Input;
use crate::codec::gob::{GobEncoder, GobSource};
use crate::codec::text::{CsvEncoder, CsvParser, JsonEncoder, JsonParser, Lines};
use crate::error::Error;
use crate::record::Columns;
use crate::units::parse_keyword;

/// A format of streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Apache Arrow's IPC stream format, with every column. attack writes it.
    Arrow,
    /// Vegeta's CSV.
    Csv,
    /// Gob, the binary format of Go that Vegeta's attack writes.
    Gob,
    /// Vegeta's JSON, one object per line.
    Json,
}

impl Format {
    /// Returns the name of the format, as users type it.
    pub fn word(self) -> &'static str {
        match self {
            Format::Arrow => "arrow",
            Format::Csv => "csv",
            Format::Gob => "gob",
            Format::Json => "json",
        }
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(format: &str) -> Result<Self, Error> {
        let formats = [Format::Arrow, Format::Csv, Format::Gob, Format::Json];
        let choices = formats.map(|format| (format.word(), format));
        parse_keyword("format", format, &choices)
    }
}

/// Detects the format of a stream and returns a decoder for it. Waits for the first bytes. An
/// empty input is an empty stream.
///
/// # Errors
///
/// [`Error::Unrecognized`] if the first bytes belong to none of the formats; [`Error::Io`].
pub fn decoder(
    input: impl Read + Send + 'static,
    columns: Columns,
) -> Result<Box<dyn Decoder>, Error> {
    let mut input = Input::new(Box::new(input));
    let format = input.format()?.ok_or(Error::Unrecognized)?;
    let reader = input.into_reader();
    Ok(match format {
        Format::Arrow => Box::new(ArrowDecoder::new(reader, columns)),
        Format::Gob => Box::new(Batcher::new(GobSource::new(reader, columns))),
        Format::Json => Box::new(Batcher::new(Lines::new(reader, JsonParser::new(columns)))),
        Format::Csv => Box::new(Batcher::new(Lines::new(reader, CsvParser::new(columns)))),
    })
}

/// Returns an encoder for a format. The metadata is written first, if the format has metadata.
///
/// # Errors
///
/// [`Error::Io`] if the output cannot be written.
pub fn encoder(
    format: Format,
    output: impl Write + Send + 'static,
    metadata: Option<&Metadata>,
) -> Result<Box<dyn Encoder>, Error> {
    Ok(match format {
        Format::Arrow => Box::new(ArrowEncoder::new(output, metadata)?),
        Format::Csv => Box::new(CsvEncoder::new(output)),
        Format::Gob => Box::new(GobEncoder::new(output)),
        Format::Json => Box::new(JsonEncoder::new(output)),
    })
}
