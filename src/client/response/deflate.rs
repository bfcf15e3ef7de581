//! The content encoding deflate, with the zlib format or without it.

use std::io::{self, Write};

use flate2::{Decompress, FlushDecompress, Status};

/// Number of bytes decompressed at a time.
const PIECE: usize = 32 << 10;

/// Decompresses deflate into another output.
///
/// The standard requires the zlib format around it. Some servers omit that, and curl and browsers
/// accept both.
///
/// Source: RFC 9110, section 8.4.1.2.
pub struct Inflater<W> {
    output: W,
    /// None before the first byte, which determines the format.
    inflate: Option<Decompress>,
    piece: Vec<u8>,
    is_over: bool,
}

impl<W: Write> Inflater<W> {
    /// Creates a decoder that writes to an output.
    pub fn new(output: W) -> Self {
        Self { output, inflate: None, piece: Vec::with_capacity(PIECE), is_over: false }
    }

    /// Returns the output.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.output
    }

    /// Ends the compressed data.
    ///
    /// # Errors
    ///
    /// If the data is incomplete.
    pub fn end(&self) -> io::Result<()> {
        if self.is_over { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

impl<W: Write> Write for Inflater<W> {
    /// Writes compressed data; accepts no bytes after its end.
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let Some(first) = data.first().filter(|_| !self.is_over) else { return Ok(0) };
        let inflate = self.inflate.get_or_insert_with(|| Decompress::new(is_of_zlib(*first)));
        let before = inflate.total_in();
        loop {
            self.piece.clear();
            let taken = (inflate.total_in() - before) as usize;
            let flush = FlushDecompress::None;
            let status = inflate.decompress_vec(&data[taken..], &mut self.piece, flush)?;
            self.output.write_all(&self.piece)?;
            self.is_over = status == Status::StreamEnd;
            // The decoder fills a piece unless it needs further input.
            if self.is_over || self.piece.len() < self.piece.capacity() {
                return Ok((inflate.total_in() - before) as usize);
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

/// Returns whether a first byte begins the zlib format: method deflate in the lower half, a
/// window of at most 32 kB in the upper half. Deflate itself begins with such a byte only if its
/// first block is stored and has nonzero padding.
///
/// Source: RFC 1950, section 2.2; RFC 1951, section 3.2.4.
fn is_of_zlib(first: u8) -> bool {
    first & 0x0f == 8 && first >> 4 <= 7
}
