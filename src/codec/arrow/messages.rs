//! The messages of an Arrow stream, each whole and looked at before the arrow crates see it: they
//! allocate what a compressed column says it will take, and a length that no memory can hold ends
//! the process, where no guard can help.
//!
//! Source: Apache Arrow, Columnar Format, "IPC Streaming Format" and "Compression".

use std::io::{self, BufReader, Read};

use arrow_buffer::Buffer;
use arrow_ipc::{self as ipc, CompressionType, root_as_message};

/// What stands before the length of a message's head.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Bytes that one byte of LZ4 can stand for, at most.
///
/// Source: LZ4 Block Format Description, "Match copy operation": a byte of a length adds 255.
const LZ4_RATIO: u64 = 255;

/// Bytes that one byte of zstd can stand for, at most.
///
/// Source: RFC 8878, section 3.1.1.2: a block of 4 bytes, an RLE_Block, stands for 128 KiB.
const ZSTD_RATIO: u64 = 32 * 1024;

/// Most bytes of a column. The offsets of texts go no further.
const MOST_COLUMN_BYTES: u64 = 1 << 31;

/// Most bytes of memory that are set aside for what a message only says is coming.
const MOST_TRUSTED_BYTES: u64 = 1 << 20;

/// An input that is read message by message.
pub struct Messages {
    input: BufReader<Box<dyn Read + Send>>,
}

/// What comes next in an input.
pub enum Part {
    /// A message, whole.
    Message(Message),
    /// The mark at the end of a stream.
    EndMark,
    /// Nothing: the input is at its end.
    End,
    /// The beginning of a message, and the end of the input.
    Cut,
    /// Bytes that begin no message.
    Foreign,
    /// A message that is damaged, and in what way.
    Damaged(&'static str),
}

/// A message: its head, which is one indeed, and its body.
pub struct Message {
    head: Vec<u8>,
    /// The bytes of the columns.
    pub body: Buffer,
}

impl Message {
    /// Returns a message whose head was made as one.
    pub fn new(head: Vec<u8>, body: Buffer) -> Self {
        Self { head, body }
    }

    /// Returns the head.
    pub fn head(&self) -> ipc::Message<'_> {
        root_as_message(&self.head).expect("a head is looked at when it is read")
    }

    /// Returns the bytes of a column; None where they lie outside of the body.
    pub fn column(&self, buffer: &ipc::Buffer) -> Option<&[u8]> {
        column_in(&self.body, buffer)
    }
}

impl Messages {
    pub fn new(input: BufReader<Box<dyn Read + Send>>) -> Self {
        Self { input }
    }

    /// Waits for the next part.
    ///
    /// # Errors
    ///
    /// Where the input cannot be read.
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
            return Ok(Part::Damaged("the head of its batch is damaged"));
        };
        let body = self.read(body_len)?;
        if (body.len() as u64) < body_len {
            return Ok(Part::Cut);
        }
        if !is_plausible(&message, &body) {
            let problem = "a column says that it is larger than its bytes can make it";
            return Ok(Part::Damaged(problem));
        }
        Ok(Part::Message(Message::new(head, Buffer::from_vec(body))))
    }

    /// Reads bytes, as far as the input goes. Memory grows with what comes, whatever the length
    /// says.
    fn read(&mut self, len: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(len.min(MOST_TRUSTED_BYTES) as usize);
        (&mut self.input).take(len).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Returns whether the compressed columns of a message can be as large as they say.
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

/// Returns whether a compressed column can be as large as its first 8 bytes say. Where it has not
/// even these, or lies outside of the body, nothing is allocated for it.
fn can_expand(buffer: &ipc::Buffer, body: &[u8], ratio: u64) -> bool {
    let column = column_in(body, buffer).and_then(|column| column.split_first_chunk());
    let Some((length, packed)) = column else {
        return true;
    };
    let most = (packed.len() as u64).saturating_mul(ratio).min(MOST_COLUMN_BYTES);
    // Below zero it is a mark: the column was left as it is.
    u64::try_from(i64::from_le_bytes(*length)).map_or(true, |length| length <= most)
}
