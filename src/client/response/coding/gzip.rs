//! The content encoding gzip.

use std::io::{self, BufRead, Read};

use flate2::bufread::MultiGzDecoder;

use crate::client::response::coding::{Coding, Step};

/// Decompresses the members of gzip data.
pub struct Gzip {
    decoder: MultiGzDecoder<Input>,
    has_output: bool,
}

impl Gzip {
    /// Creates a decoder.
    pub fn new() -> Self {
        Self { decoder: MultiGzDecoder::new(Input::default()), has_output: false }
    }

    /// Decompresses a piece. None if that needs further input.
    fn read(&mut self, output: &mut [u8]) -> io::Result<Option<usize>> {
        match self.decoder.read(output) {
            Ok(n_bytes) => {
                self.has_output |= n_bytes > 0;
                Ok(Some(n_bytes))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            // After a complete member, the decoder expects the header of another one.
            Err(_) if self.has_output && self.decoder.header().is_none() => {
                Err(io::Error::other("extra data follows its end"))
            }
            Err(error) => Err(error),
        }
    }
}

impl Coding for Gzip {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        let mut read = self.decoder.get_mut().accept(input);
        let mut written = self.read(output)?;
        if read == 0 && written.is_none() {
            // The last piece ended with a part of a member's header, so the next one is due.
            read = self.decoder.get_mut().accept(input);
            written = self.read(output)?;
        }
        Ok(Step { read, written: written.unwrap_or(0), needs_input: written.is_none() })
    }

    fn end(&mut self, output: &mut Vec<u8>, most: usize) -> io::Result<()> {
        self.decoder.get_mut().is_whole = true;
        let mut piece = [0; 4096];
        while output.len() < most {
            match self.read(&mut piece)? {
                None | Some(0) => return Ok(()),
                Some(n_bytes) => {
                    output.extend_from_slice(&piece[..n_bytes.min(most - output.len())]);
                }
            }
        }
        Ok(())
    }
}

/// Input that arrives in pieces. Between them, reading it would block.
#[derive(Debug, Default)]
struct Input {
    bytes: Vec<u8>,
    /// Number of bytes that have been read.
    start: usize,
    /// Whether no further piece follows.
    is_whole: bool,
}

impl Input {
    /// Takes a piece if the last one has been read. Returns the number of bytes taken.
    fn accept(&mut self, piece: &[u8]) -> usize {
        if self.start < self.bytes.len() {
            return 0;
        }
        self.bytes.clear();
        self.bytes.extend_from_slice(piece);
        self.start = 0;
        piece.len()
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let left = &self.bytes[self.start..];
        match left.is_empty() && !self.is_whole {
            true => Err(io::ErrorKind::WouldBlock.into()),
            false => Ok(left),
        }
    }

    fn consume(&mut self, n_bytes: usize) {
        self.start += n_bytes;
    }
}

impl Read for Input {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.fill_buf()?.read(output)?;
        self.consume(n_bytes);
        Ok(n_bytes)
    }
}
