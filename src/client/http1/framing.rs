//! The framing of a response's body: its length, its chunks, its end.

use std::ops::Range;

use crate::client::http1::error::Error;

/// Maximum length of a line between chunks, in bytes.
///
/// Source: Go, package net/http/internal, maxLineLength.
const LONGEST_LINE: usize = 4096;

/// Maximum length of the trailers after the last chunk, in bytes. Go's client allows 4 KiB.
const LONGEST_TRAILERS: usize = 64 << 10;

/// The framing of a body, and how much of the body is left.
#[derive(Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    Empty,
    /// The number of bytes that are left.
    Length(u64),
    /// Chunks, each with its length.
    Chunked(Chunks),
    /// All bytes until the stream ends.
    UntilEnd,
}

/// The next element of a chunked body.
#[derive(Debug, PartialEq, Eq)]
pub enum Chunks {
    /// The line with the length of a chunk.
    Size,
    /// Data of a chunk, with the number of bytes that are left, >= 1.
    Data(u64),
    /// The line break after a chunk's data.
    EndOfData,
    /// Trailers, with the number of bytes read so far, or the empty line after them.
    Trailers(usize),
    /// Nothing: the body is complete.
    Done,
}

/// The next piece at the start of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    /// The range of the piece that is data of the body; may be empty.
    pub data: Range<usize>,
    /// Length of the piece in bytes; 0 if further bytes are needed.
    pub len: usize,
}

impl Framing {
    /// Returns the start of a chunked body.
    pub fn chunked() -> Self {
        Self::Chunked(Chunks::Size)
    }

    /// Returns whether the body is complete.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Empty | Self::Length(0) | Self::Chunked(Chunks::Done))
    }

    /// Returns whether the body ends with the stream.
    pub fn ends_with_stream(&self) -> bool {
        *self == Self::UntilEnd
    }

    /// Finds the next piece at the start of some bytes, which the caller must then discard.
    ///
    /// # Errors
    ///
    /// [`Error::Body`] if the chunks are malformed.
    pub fn next(&mut self, bytes: &[u8]) -> Result<Piece, Error> {
        match self {
            Self::Empty => Ok(Piece::of_data(0)),
            Self::UntilEnd => Ok(Piece::of_data(bytes.len())),
            Self::Length(left) => Ok(Piece::of_data(take(left, bytes.len()))),
            Self::Chunked(chunks) => chunks.next(bytes),
        }
    }
}

impl Piece {
    fn of_data(len: usize) -> Self {
        Self { data: 0..len, len }
    }

    fn of_line(len: usize) -> Self {
        Self { data: 0..0, len }
    }
}

impl Chunks {
    fn next(&mut self, bytes: &[u8]) -> Result<Piece, Error> {
        if let Self::Data(left) = self {
            let piece = Piece::of_data(take(left, bytes.len()));
            if *left == 0 {
                *self = Self::EndOfData;
            }
            return Ok(piece);
        }
        let Some((line, len)) = line(bytes)? else { return Ok(Piece::of_line(0)) };
        *self = match self {
            Self::Size => match size(line)? {
                0 => Self::Trailers(0),
                size => Self::Data(size),
            },
            Self::EndOfData if line.is_empty() => Self::Size,
            Self::EndOfData => return Err(Error::Body("malformed chunked encoding")),
            Self::Trailers(_) if line.is_empty() => Self::Done,
            Self::Trailers(seen) if *seen + len > LONGEST_TRAILERS => {
                return Err(Error::Body("suspiciously long trailer after chunked body"));
            }
            Self::Trailers(seen) => Self::Trailers(*seen + len),
            Self::Data(_) | Self::Done => return Ok(Piece::of_line(0)),
        };
        Ok(Piece::of_line(len))
    }
}

/// Takes the available bytes, at most as many as are left, and returns their number.
fn take(left: &mut u64, available: usize) -> usize {
    let taken = usize::try_from(*left).map_or(available, |left| left.min(available));
    *left -= taken as u64;
    taken
}

/// Returns the first line without its line break, and its length with it; None if incomplete.
fn line(bytes: &[u8]) -> Result<Option<(&[u8], usize)>, Error> {
    let Some(end) = bytes.iter().take(LONGEST_LINE).position(|byte| *byte == b'\n') else {
        return match bytes.len() < LONGEST_LINE {
            true => Ok(None),
            false => Err(Error::Body("header line too long")),
        };
    };
    let line = &bytes[..end];
    Ok(Some((line.strip_suffix(b"\r").unwrap_or(line), end + 1)))
}

/// Returns the length of a chunk from its line: hexadecimal digits, then optional extensions
/// after a semicolon.
fn size(line: &[u8]) -> Result<u64, Error> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii_end();
    if digits.is_empty() {
        return Err(Error::Body("empty hex number for chunk length"));
    }
    let bad = |_| Error::Body("http chunk length too large");
    let digits = str::from_utf8(digits).ok().filter(|it| it.bytes().all(|c| c.is_ascii_hexdigit()));
    let digits = digits.ok_or(Error::Body("invalid byte in chunk length"))?;
    u64::from_str_radix(digits, 16).map_err(bad)
}
