//! The content encoding deflate, with the zlib format or without it.

use std::io;

use flate2::{Decompress, FlushDecompress, Status};

use crate::client::response::coding::{Coding, Step, ended};

/// Decompresses deflate data.
///
/// The standard requires the zlib format around it. Some servers omit that, and curl and browsers
/// accept both.
///
/// Source: RFC 9110, section 8.4.1.2.
#[derive(Default)]
pub struct Deflate {
    /// None before the first byte, which determines the format.
    inflate: Option<Decompress>,
    is_over: bool,
}

impl Coding for Deflate {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        let Some(first) = input.first().filter(|_| self.inflate.is_none()) else {
            return self.inflate(input, output);
        };
        self.inflate = Some(Decompress::new(is_of_zlib(*first)));
        self.inflate(input, output)
    }

    fn end(&mut self, _output: &mut Vec<u8>, _most: usize) -> io::Result<()> {
        ended(self.is_over)
    }
}

impl Deflate {
    fn inflate(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        let Some(inflate) = self.inflate.as_mut().filter(|_| !self.is_over) else {
            return Ok(Step { read: 0, written: 0, needs_input: true });
        };
        let (read, written) = (inflate.total_in(), inflate.total_out());
        let status = inflate.decompress(input, output, FlushDecompress::None)?;
        self.is_over = status == Status::StreamEnd;
        let read = (inflate.total_in() - read) as usize;
        let written = (inflate.total_out() - written) as usize;
        // The decoder fills the output unless it needs further input.
        Ok(Step { read, written, needs_input: self.is_over || written < output.len() })
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
