//! Decompresses a response's body, for a limited time in each call.

use std::io;
use std::time::Duration;

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};

use crate::client::request::accepted_encodings::AcceptedEncodings;
use crate::client::response::coding::brotli::{Brotli, has_large_window};
use crate::client::response::coding::deflate::Deflate;
use crate::client::response::coding::gzip::Gzip;
use crate::client::response::coding::zstd::Zstd;
use crate::client::response::coding::{Coding, Step};
use crate::clock;

/// Maximum number of bytes that one step reads. A block without content takes up to 13 bytes of
/// deflate data, and some microseconds.
const STEP_INPUT: usize = 1 << 10;

/// Maximum number of bytes that one step writes.
const STEP_OUTPUT: usize = 32 << 10;

/// Number of bytes that the first step of a body writes; each further one up to as many as the body
/// has already.
const FIRST_OUTPUT: usize = 4 << 10;

/// Decompresses a body.
pub struct Decoder {
    coding: Box<dyn Coding>,
    /// Whether a single step may take much longer than the time that the caller allows.
    has_long_steps: bool,
}

/// How much to decompress in one call.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// Maximum length of the output in bytes.
    pub len: usize,
    /// Time after which no further step begins.
    pub time: Duration,
}

/// Where a call stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Number of bytes read from the input.
    pub read: usize,
    /// Whether the input is used up, so that only further input gives further output.
    pub needs_input: bool,
}

impl Decoder {
    /// Creates the decoder of a body that begins with a byte. None if the body stays as it is,
    /// because the response has no encoding, several of them, or one that was not asked for.
    ///
    /// If the body is decompressed, the headers that describe the compressed body are removed, unless
    /// `accepted` leaves them.
    pub fn new(headers: &mut HeaderMap, accepted: &AcceptedEncodings, first: u8) -> Option<Self> {
        let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
        let encoding = encodings.next()?.to_str().ok()?.trim().to_ascii_lowercase();
        if encodings.next().is_some() || !accepted.include(&encoding) {
            return None;
        }
        let coding: Box<dyn Coding> = match encoding.as_str() {
            "gzip" => Box::new(Gzip::new()),
            "deflate" => Box::new(Deflate::default()),
            "br" => Box::new(Brotli::new()),
            "zstd" => Box::new(Zstd::new()?),
            _ => return None,
        };
        if *accepted != AcceptedEncodings::Known {
            headers.remove(CONTENT_ENCODING);
            headers.remove(CONTENT_LENGTH);
        }
        Some(Self { coding, has_long_steps: encoding == "br" && has_large_window(first) })
    }

    /// Creates the decoder of a message in gzip.
    pub fn gzip() -> Self {
        Self { coding: Box::new(Gzip::new()), has_long_steps: false }
    }

    /// Returns whether a single step may take much longer than [`Quota::time`].
    pub fn has_long_steps(&self) -> bool {
        self.has_long_steps
    }

    /// Decompresses the next bytes of the body and appends to `output` within a quota.
    ///
    /// # Errors
    ///
    /// If they are not compressed as the response announced.
    pub fn decompress(
        &mut self,
        data: &[u8],
        output: &mut Vec<u8>,
        quota: Quota,
    ) -> io::Result<Stop> {
        let (mut read, end) = (0, clock::now() + quota.time);
        loop {
            let step = self.step(&data[read..], output, quota.len)?;
            read += step.read;
            let needs_input = step.needs_input && read == data.len();
            if needs_input || output.len() >= quota.len || clock::now() >= end {
                return Ok(Stop { read, needs_input });
            }
        }
    }

    fn step(&mut self, data: &[u8], output: &mut Vec<u8>, most: usize) -> io::Result<Step> {
        let len = output.len();
        let room = len.clamp(FIRST_OUTPUT, STEP_OUTPUT).min(most.saturating_sub(len));
        output.resize(len + room, 0);
        let input = &data[..data.len().min(STEP_INPUT)];
        let step = self.coding.step(input, &mut output[len..]);
        output.truncate(len + step.as_ref().map_or(0, |step| step.written));
        let step = step?;
        if step.read == 0 && step.written == 0 && !input.is_empty() && room > 0 {
            return Err(io::Error::other("extra data follows its end"));
        }
        Ok(step)
    }

    /// Ends the body, and appends to `output` what is left of it, up to a length.
    ///
    /// # Errors
    ///
    /// If the compressed data is incomplete.
    pub fn end(&mut self, output: &mut Vec<u8>, most: usize) -> io::Result<()> {
        self.coding.end(output, most)
    }
}

#[cfg(test)]
mod tests;
