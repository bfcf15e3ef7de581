//! The content encoding zstd.

use std::io;

use zstd::zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer, get_error_name};

use crate::client::response::coding::{Coding, Step, ended};

/// Base-2 logarithm of the largest window, which is 8 MiB.
///
/// Source: RFC 9659, section 3.
const LARGEST_WINDOW: u32 = 23;

/// Decompresses zstd frames with windows of up to 8 MiB.
pub struct Zstd {
    context: DCtx<'static>,
    /// Whether the last frame is complete.
    is_between_frames: bool,
}

impl Zstd {
    /// Creates a decoder. None without memory.
    pub fn new() -> Option<Self> {
        let mut context = DCtx::try_create()?;
        context.set_parameter(DParameter::WindowLogMax(LARGEST_WINDOW)).ok()?;
        Some(Self { context, is_between_frames: false })
    }
}

impl Coding for Zstd {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        // Without input, the library would expect another frame.
        if input.is_empty() && self.is_between_frames {
            return Ok(Step { read: 0, written: 0, needs_input: true });
        }
        let mut from = InBuffer::around(input);
        let mut to = OutBuffer::around(output);
        let wanted = self.context.decompress_stream(&mut to, &mut from).map_err(problem)?;
        self.is_between_frames = wanted == 0;
        let (read, written) = (from.pos(), to.pos());
        let needs_input = read == input.len() && written < to.capacity();
        Ok(Step { read, written, needs_input })
    }

    fn end(&mut self, _output: &mut Vec<u8>, _most: usize) -> io::Result<()> {
        ended(self.is_between_frames)
    }
}

/// Returns the error with a code of the library.
fn problem(code: usize) -> io::Error {
    // Codes are negative numbers: this is ZSTD_error_frameParameter_windowTooLarge.
    let is_window = code == 0_usize.wrapping_sub(16);
    io::Error::other(match is_window {
        true => "its zstd window is larger than 8 MiB, the most that HTTP allows",
        false => get_error_name(code),
    })
}
