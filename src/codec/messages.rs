//! The messages of an Arrow stream, each whole and looked at before the arrow crates see it: they
//! allocate what a compressed column says it will take, and a length that no memory can hold ends
//! the process, where no guard can help.
//!
//! Source: Apache Arrow, Columnar Format, "IPC Streaming Format" and "Compression".

use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::mem;

use arrow_ipc::{Buffer, Message, RecordBatch, root_as_message};

/// What stands before the length of a message's head.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Bytes that one byte of LZ4 can stand for, at most.
///
/// Source: LZ4 Block Format Description, "Match copy operation": a byte of a length adds 255.
const LZ4_RATIO: u64 = 255;

/// An input that is read message by message, up to the schema of the next stream. What is no
/// message goes through as it is.
pub struct Messages {
    input: BufReader<Box<dyn Read + Send>>,
    /// The message under way, as far as it has not been read.
    message: Cursor<Vec<u8>>,
    /// Whether the stream under way has had its schema.
    begun: bool,
    /// Whether the message is the schema of the next stream, which is not read before its time.
    held: bool,
    /// Whether the input itself could not be read.
    failed: bool,
}

impl Messages {
    pub fn new(input: BufReader<Box<dyn Read + Send>>) -> Self {
        Self { input, message: Cursor::default(), begun: false, held: false, failed: false }
    }

    /// Waits for the next byte and returns whether there is none.
    pub fn is_at_end(&mut self) -> io::Result<bool> {
        let read = self.message.position() == self.message.get_ref().len() as u64;
        Ok(read && self.input.fill_buf()?.is_empty())
    }

    /// Returns whether the input itself could not be read.
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// Goes on with the next stream. Returns false where what follows is none.
    ///
    /// # Errors
    ///
    /// Where the input cannot be read.
    pub fn begin_stream(&mut self) -> io::Result<bool> {
        self.begun = self.held;
        if mem::take(&mut self.held) {
            return Ok(true);
        }
        self.next()?;
        self.begun = true;
        let bytes = self.message.get_ref();
        let compared = bytes.len().min(CONTINUATION.len());
        Ok(bytes[..compared] == CONTINUATION[..compared])
    }

    /// Reads the next message, as far as the input goes; nothing at its end.
    fn next(&mut self) -> io::Result<()> {
        let mut bytes = mem::take(&mut self.message).into_inner();
        bytes.clear();
        let is_schema = self.read_message(&mut bytes)?;
        self.held = is_schema && self.begun;
        self.message = Cursor::new(bytes);
        Ok(())
    }

    /// Reads a message behind `bytes` and returns whether it is a schema.
    fn read_message(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        let mut length: [u8; 4] = [0; 4];
        for _ in 0..2 {
            let Ok(word) = self.append(bytes, 4)?.try_into() else { return Ok(false) };
            length = word;
            if length != CONTINUATION {
                break;
            }
        }
        let head = self.append(bytes, u32::from_le_bytes(length).into())?.to_vec();
        let Ok(message) = root_as_message(&head) else { return Ok(false) };
        let body = self.append(bytes, message.bodyLength().try_into().unwrap_or_default())?;
        if is_plausible(&message, body) {
            return Ok(message.header_as_schema().is_some());
        }
        let problem = "a column says that it is larger than its bytes can make it";
        Err(io::Error::new(io::ErrorKind::InvalidData, problem))
    }

    /// Reads bytes behind those that are there, as far as the input goes, and returns them. Memory
    /// grows with what comes, whatever the length says.
    fn append<'a>(&mut self, bytes: &'a mut Vec<u8>, len: u64) -> io::Result<&'a [u8]> {
        let start = bytes.len();
        let read = (&mut self.input).take(len).read_to_end(bytes);
        self.failed |= read.is_err();
        read?;
        Ok(&bytes[start..])
    }
}

impl Read for Messages {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.held {
            return Ok(0);
        }
        let len = self.message.read(buffer)?;
        if len > 0 || buffer.is_empty() {
            return Ok(len);
        }
        self.next()?;
        if self.held { Ok(0) } else { self.message.read(buffer) }
    }
}

/// Returns whether the compressed columns of a message can be as large as they say.
fn is_plausible(message: &Message<'_>, body: &[u8]) -> bool {
    let dictionary = message.header_as_dictionary_batch().and_then(|batch| batch.data());
    let Some(batch) = message.header_as_record_batch().or(dictionary) else { return true };
    let compressed = batch.compression().and_then(|_| RecordBatch::buffers(&batch));
    compressed.is_none_or(|buffers| buffers.iter().all(|buffer| can_expand(buffer, body)))
}

/// Returns whether a compressed column can be as large as its first 8 bytes say. Where it has not
/// even these, or lies outside of the body, nothing is allocated for it.
fn can_expand(buffer: &Buffer, body: &[u8]) -> bool {
    let column = || {
        let start = usize::try_from(buffer.offset()).ok()?;
        body.get(start..)?.get(..usize::try_from(buffer.length()).ok()?)
    };
    let Some((length, packed)) = column().and_then(|column| column.split_first_chunk()) else {
        return true;
    };
    // Below zero it is a mark: the column was left as it is.
    u64::try_from(i64::from_le_bytes(*length))
        .map_or(true, |length| length <= (packed.len() as u64).saturating_mul(LZ4_RATIO))
}
