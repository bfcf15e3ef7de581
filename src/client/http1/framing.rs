//! Where the body of a response ends.

use std::ops::Range;

use super::Error;

/// Longest line between chunks.
///
/// Source: Go, package net/http/internal, maxLineLength.
const LONGEST_LINE: usize = 4096;

/// Most bytes of the headers behind the last chunk. Go's client takes 4 KiB.
const LONGEST_TRAILERS: usize = 64 << 10;

/// How a body is framed, and how much of it is left.
#[derive(Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is none.
    Empty,
    /// So many bytes.
    Length(u64),
    /// Chunks, each with its length.
    Chunked(Chunks),
    /// All bytes until the stream ends.
    UntilEnd,
}

/// What comes next in a body of chunks.
#[derive(Debug, PartialEq, Eq)]
pub enum Chunks {
    /// The line that says how long a chunk is.
    Size,
    /// So many bytes of a chunk, >= 1.
    Data(u64),
    /// The end of a chunk's last line.
    EndOfData,
    /// Further headers, of which so many bytes have come, and the empty line behind them.
    Trailers(usize),
    /// Nothing.
    Done,
}

/// The next piece at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where in it there is a part of the body; maybe empty.
    pub data: Range<usize>,
    /// Its whole length; 0 where there is none without further bytes.
    pub len: usize,
}

impl Framing {
    /// Returns a body of chunks, at its beginning.
    pub fn chunked() -> Self {
        Self::Chunked(Chunks::Size)
    }

    /// Returns whether the body is at its end.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Empty | Self::Length(0) | Self::Chunked(Chunks::Done))
    }

    /// Returns whether the end of the stream is that of the body.
    pub fn ends_with_stream(&self) -> bool {
        *self == Self::UntilEnd
    }

    /// Finds the next piece at the beginning of some bytes, which are to be forgotten with it.
    ///
    /// # Errors
    ///
    /// [`Error::Body`] for chunks that are none.
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

/// Takes what there is of what is left.
fn take(left: &mut u64, available: usize) -> usize {
    let taken = usize::try_from(*left).map_or(available, |left| left.min(available));
    *left -= taken as u64;
    taken
}

/// Returns the first line without its end, and its length with it; None where its end is missing.
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

/// Returns the length of a chunk, of which a line tells in hexadecimal digits, maybe with more
/// behind a semicolon.
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
