//! The content coding deflate, as the standard has it and as some servers do.

use std::io::{self, Write};

use flate2::{Decompress, FlushDecompress, Status};

/// Bytes unpacked at a time.
const PIECE: usize = 32 << 10;

/// Unpacks deflate into another output.
///
/// By the standard it comes in the format of zlib; some servers send it bare, and so it is read
/// by curl and the browsers.
///
/// Source: RFC 9110, section 8.4.1.2.
pub struct Inflater<W> {
    output: W,
    /// None before the first byte, which tells one format from the other.
    inflate: Option<Decompress>,
    piece: Vec<u8>,
    is_over: bool,
}

impl<W: Write> Inflater<W> {
    /// Returns what unpacks into an output.
    pub fn new(output: W) -> Self {
        Self { output, inflate: None, piece: Vec::with_capacity(PIECE), is_over: false }
    }

    /// Returns the output.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.output
    }

    /// Notes the end of what was packed.
    ///
    /// # Errors
    ///
    /// Where there should be more of it.
    pub fn end(&self) -> io::Result<()> {
        if self.is_over { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

impl<W: Write> Write for Inflater<W> {
    /// Takes none of what stands behind the end.
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
            // A piece that is not full was the last one there is for now.
            if self.is_over || self.piece.len() < self.piece.capacity() {
                return Ok((inflate.total_in() - before) as usize);
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

/// Returns whether a first byte is zlib's: the method deflate in its lower half, a window of at
/// most 32 kB in the upper one. Bare deflate begins so only with a stored block whose padding is
/// not zero.
///
/// Source: RFC 1950, section 2.2; RFC 1951, section 3.2.4.
fn is_of_zlib(first: u8) -> bool {
    first & 0x0f == 8 && first >> 4 <= 7
}
