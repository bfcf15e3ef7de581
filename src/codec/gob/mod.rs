//! Gob, the binary format of Go that Vegeta's attack and encode write.
//!
//! A stream is a sequence of messages, each preceded by its length: definitions of types, then
//! values of these types. The decoder reads the definitions, because the numbers and fields of
//! the types differ between versions of Vegeta.

pub mod wire;
mod time;
mod types;
mod result;
mod encoder;
mod limits;
mod problem;

pub use encoder::GobEncoder;

use std::io::{BufRead, BufReader, Read};
use std::mem;

use crate::codec::batcher;
use crate::codec::gob::limits::{MAX_MESSAGE_BYTES, MAX_PARTS};
use crate::codec::gob::problem::Problem;
use crate::codec::gob::result::{Content, Results};
use crate::codec::gob::wire::{put_uint, uint_at, uint_bytes};
use crate::record::{BatchBuilder, Columns};

/// Why no further message can be read.
type Failure = batcher::Failure<Problem>;

/// Reads records from the messages of an input.
pub struct GobSource {
    input: BufReader<Box<dyn Read + Send>>,
    results: Results,
    /// A message that is longer than the buffer of the input, or that the next one continues.
    message: Vec<u8>,
    /// Whether the last message was a definition, which must be followed by a value.
    expects_value: bool,
}

impl GobSource {
    /// Returns a source that reads some of the columns.
    pub fn new(input: BufReader<Box<dyn Read + Send>>, columns: Columns) -> Self {
        Self { input, results: Results::new(columns), message: Vec::new(), expects_value: false }
    }

    /// Reads the length of the next message; None at the end of the input.
    fn read_len(&mut self) -> Result<Option<usize>, Failure> {
        let bytes = self.input.fill_buf()?;
        let Some(first) = bytes.first() else {
            return Ok(None);
        };
        let n_bytes = uint_bytes(*first).unwrap_or(1);
        let len = match uint_at(bytes).map_err(Failure::Bad)? {
            Some((len, n_bytes)) => {
                self.input.consume(n_bytes);
                len
            }
            None => {
                self.message.clear();
                self.append(n_bytes)?;
                uint_at(&self.message).map_err(Failure::Bad)?.ok_or(Failure::Cut)?.0
            }
        };
        let len = usize::try_from(len).ok().filter(|len| (1..=MAX_MESSAGE_BYTES).contains(len));
        len.map(Some).ok_or(Failure::Bad(Problem::MessageLength))
    }

    /// Appends `len` bytes of the input to the message. Memory grows with the data that arrives,
    /// not with the claimed length.
    fn append(&mut self, len: usize) -> Result<(), Failure> {
        let read = (&mut self.input).take(len as u64).read_to_end(&mut self.message)?;
        if read < len { Err(Failure::Cut) } else { Ok(()) }
    }

    /// Reads the next message, of `len` bytes.
    fn read_message(&mut self, len: usize, records: &mut BatchBuilder) -> Result<Content, Failure> {
        if self.input.buffer().len() < len {
            self.message.clear();
            self.append(len)?;
            return self.results.read(&self.message, records).map_err(Failure::Bad);
        }
        let message = &self.input.buffer()[..len];
        let content = self.results.read(message, records).map_err(Failure::Bad)?;
        if content == Content::Part {
            self.message.clear();
            self.message.extend_from_slice(message);
        }
        self.input.consume(len);
        Ok(content)
    }

    /// Appends the next message to the current one and reads both together.
    fn read_continued(&mut self, records: &mut BatchBuilder) -> Result<Content, Failure> {
        let mut message = mem::take(&mut self.message);
        let len = self.read_len()?.ok_or(Failure::Cut)?;
        if message.len() + len > MAX_MESSAGE_BYTES {
            return Err(Failure::Bad(Problem::ResultLength));
        }
        put_uint(len as u64, &mut message);
        self.message = message;
        self.append(len)?;
        self.results.read(&self.message, records).map_err(Failure::Bad)
    }
}

impl batcher::Source for GobSource {
    type Problem = Problem;

    fn is_ready(&self) -> bool {
        let bytes = self.input.buffer();
        match uint_at(bytes) {
            Ok(Some((len, head))) => (bytes.len() - head) as u64 >= len,
            Ok(None) => false,
            // Reading does not block, and returns the error.
            Err(_) => true,
        }
    }

    fn read(&mut self, records: &mut BatchBuilder) -> Result<bool, Failure> {
        let Some(len) = self.read_len()? else {
            return if self.expects_value { Err(Failure::Cut) } else { Ok(false) };
        };
        let mut content = self.read_message(len, records)?;
        for _ in 0..MAX_PARTS {
            if content != Content::Part {
                break;
            }
            content = self.read_continued(records)?;
        }
        if content == Content::Part {
            return Err(Failure::Bad(Problem::TooManyParts));
        }
        self.expects_value = content == Content::Definition;
        Ok(true)
    }
}
