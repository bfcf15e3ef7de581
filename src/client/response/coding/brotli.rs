//! The content encoding br.

use std::io;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use crate::client::response::coding::{Coding, Step, ended};

/// Decompresses brotli with windows of up to 16 MiB, without the large windows that the content
/// encoding does not allow.
///
/// Source: RFC 7932, section 9.1.
pub struct Brotli {
    state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    is_over: bool,
}

impl Brotli {
    /// Creates a decoder.
    pub fn new() -> Self {
        let alloc = StandardAlloc::default;
        Self { state: BrotliState::new_strict(alloc(), alloc(), alloc()), is_over: false }
    }
}

impl Coding for Brotli {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        if self.is_over {
            return Ok(Step { read: 0, written: 0, needs_input: true });
        }
        let (mut to_read, mut read) = (input.len(), 0);
        let (mut room, mut written, mut total) = (output.len(), 0, 0);
        let result = BrotliDecompressStream(
            &mut to_read,
            &mut read,
            input,
            &mut room,
            &mut written,
            output,
            &mut total,
            &mut self.state,
        );
        let needs_input = match result {
            BrotliResult::ResultSuccess => {
                self.is_over = true;
                true
            }
            BrotliResult::NeedsMoreInput => true,
            BrotliResult::NeedsMoreOutput => false,
            BrotliResult::ResultFailure => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "Invalid Data"));
            }
        };
        Ok(Step { read, written, needs_input })
    }

    fn end(&mut self, _output: &mut Vec<u8>, _most: usize) -> io::Result<()> {
        ended(self.is_over)
    }
}

/// Returns whether the first byte of brotli data announces a window above 512 KiB.
///
/// The decoder fills its window before it writes, so that one step takes a time that grows with
/// the window, even if it reads a few bytes and writes few.
///
/// Source: RFC 7932, section 9.1, WBITS.
pub fn has_large_window(first: u8) -> bool {
    first & 1 == 1 && (first >> 1) & 7 > 2
}
