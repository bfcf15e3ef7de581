//! The content encodings that a body is decompressed from, in steps of bounded size.

pub mod brotli;
pub mod deflate;
pub mod gzip;
pub mod zstd;

use std::io;

/// A decoder of one content encoding.
pub trait Coding: Send {
    /// Reads a beginning of `input`, which may be empty, and writes to a beginning of `output`.
    ///
    /// A step that neither reads from an input nor writes means that the data ended earlier.
    ///
    /// # Errors
    ///
    /// If the input is malformed.
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step>;

    /// Ends the input, appends to `output` what is left, and stops if that has `most` bytes.
    ///
    /// # Errors
    ///
    /// If the input is incomplete.
    fn end(&mut self, output: &mut Vec<u8>, most: usize) -> io::Result<()>;
}

/// What one step of a decoder did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Number of bytes read from the input.
    pub read: usize,
    /// Number of bytes written to the output.
    pub written: usize,
    /// Whether nothing more can be written without further input.
    pub needs_input: bool,
}

/// Returns whether a stream of data has ended, as the result of ending the input.
fn ended(is_over: bool) -> io::Result<()> {
    if is_over { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
