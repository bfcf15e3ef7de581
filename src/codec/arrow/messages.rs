//! Reads the messages of an Arrow stream, and checks each one before the arrow crates decode it.
//!
//! The arrow crates allocate as much memory as a compressed column claims to need. An impossible
//! length ends the process in a way that cannot be caught, so lengths are checked first.
//!
//! Source: Apache Arrow, Columnar Format, "IPC Streaming Format" and "Compression".

use std::io::{self, BufReader, Read};

use arrow_buffer::Buffer;
use arrow_ipc::{self as ipc, CompressionType, root_as_message};

use crate::codec::arrow::problem::Problem;

/// The bytes before the length of a message's head.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Most bytes that one byte of LZ4 can expand to.
///
/// Source: LZ4 Block Format Description, "Match copy operation": a byte of a length adds 255.
const LZ4_RATIO: u64 = 255;

/// Most bytes that one byte of zstd can expand to.
///
/// Source: RFC 8878, section 3.1.1.2: a block of 4 bytes, an RLE_Block, expands to 128 KiB.
const ZSTD_RATIO: u64 = 32 * 1024;

/// Most bytes of a column, the range of the offsets of its texts.
const MAX_COLUMN_BYTES: u64 = 1 << 31;

/// Most bytes that are allocated for a claimed length before the data has arrived.
const MAX_TRUSTED_BYTES: u64 = 1 << 20;

/// Reads an input message by message.
pub struct Messages {
    input: BufReader<Box<dyn Read + Send>>,
}

/// The next part of an input.
pub enum Part {
    /// A complete message.
    Message(Message),
    /// The mark at the end of a stream.
    EndMark,
    /// The end of the input.
    End,
    /// The start of a message, then the end of the input.
    Cut,
    /// Bytes that do not begin a message.
    Foreign,
    /// A damaged message.
    Damaged(Problem),
}

/// A message: a valid head and a body.
pub struct Message {
    head: Vec<u8>,
    /// The bytes of the columns.
    pub body: Buffer,
}

impl Message {
    /// Returns a message. The bytes of the head must be a valid head.
    pub fn new(head: Vec<u8>, body: Buffer) -> Self {
        Self { head, body }
    }

    /// Returns the head.
    pub fn head(&self) -> ipc::Message<'_> {
        root_as_message(&self.head).expect("the head is checked when it is read")
    }

    /// Returns the bytes of a column; None if they are outside of the body.
    pub fn column(&self, buffer: &ipc::Buffer) -> Option<&[u8]> {
        column_in(&self.body, buffer)
    }
}

impl Messages {
    /// Returns a reader of the messages of an input.
    pub fn new(input: BufReader<Box<dyn Read + Send>>) -> Self {
        Self { input }
    }

    /// Waits for the next part.
    ///
    /// # Errors
    ///
    /// If the input cannot be read.
    pub fn next(&mut self) -> io::Result<Part> {
        let mark = self.read(4)?;
        if mark.is_empty() {
            return Ok(Part::End);
        }
        if !CONTINUATION.starts_with(&mark) {
            return Ok(Part::Foreign);
        }
        let Ok(length) = self.read(4)?.try_into() else { return Ok(Part::Cut) };
        match u32::from_le_bytes(length) {
            0 => Ok(Part::EndMark),
            length => self.read_message(length.into()),
        }
    }

    fn read_message(&mut self, head_len: u64) -> io::Result<Part> {
        let head = self.read(head_len)?;
        if (head.len() as u64) < head_len {
            return Ok(Part::Cut);
        }
        let message = root_as_message(&head).ok();
        let length = message.and_then(|message| u64::try_from(message.bodyLength()).ok());
        let (Some(message), Some(body_len)) = (message, length) else {
            return Ok(Part::Damaged(Problem::Head));
        };
        let body = self.read(body_len)?;
        if (body.len() as u64) < body_len {
            return Ok(Part::Cut);
        }
        if !is_plausible(&message, &body) {
            return Ok(Part::Damaged(Problem::ColumnLength));
        }
        Ok(Part::Message(Message::new(head, Buffer::from_vec(body))))
    }

    /// Reads up to `len` bytes, fewer only at the end of the input. Memory grows with the data that
    /// arrives, not with the claimed length.
    fn read(&mut self, len: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(len.min(MAX_TRUSTED_BYTES) as usize);
        (&mut self.input).take(len).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Returns whether the compressed columns of a message can be as large as they claim.
fn is_plausible(message: &ipc::Message<'_>, body: &[u8]) -> bool {
    let dictionary = message.header_as_dictionary_batch().and_then(|batch| batch.data());
    let Some(batch) = message.header_as_record_batch().or(dictionary) else { return true };
    let (Some(compression), Some(buffers)) = (batch.compression(), batch.buffers()) else {
        return true;
    };
    let is_lz4 = compression.codec() == CompressionType::LZ4_FRAME;
    let ratio = if is_lz4 { LZ4_RATIO } else { ZSTD_RATIO };
    buffers.iter().all(|buffer| can_expand(buffer, body, ratio))
}

fn column_in<'a>(body: &'a [u8], buffer: &ipc::Buffer) -> Option<&'a [u8]> {
    let start = usize::try_from(buffer.offset()).ok()?;
    body.get(start..)?.get(..usize::try_from(buffer.length()).ok()?)
}

/// Returns whether a compressed column can be as large as its first 8 bytes claim. Nothing is
/// allocated for a column that is shorter, or that is outside of the body.
fn can_expand(buffer: &ipc::Buffer, body: &[u8], ratio: u64) -> bool {
    let column = column_in(body, buffer).and_then(|column| column.split_first_chunk());
    let Some((length, packed)) = column else {
        return true;
    };
    let max = (packed.len() as u64).saturating_mul(ratio).min(MAX_COLUMN_BYTES);
    // A negative length marks a column that is not compressed.
    u64::try_from(i64::from_le_bytes(*length)).map_or(true, |length| length <= max)
}
