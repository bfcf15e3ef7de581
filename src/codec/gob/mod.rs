//! Gob, Go's own format, as Vegeta's attack and encode write it.
//!
//! A stream is a row of messages, each behind its length: definitions of types, then values of
//! them. The types are read rather than presumed, since their numbers and fields differ among the
//! versions of Vegeta.

mod encoder;
mod result;
mod time;
mod types;
pub mod wire;

pub use encoder::GobEncoder;

use std::io::{BufRead, BufReader, Read};
use std::mem;

use self::result::{Results, Taken};
use self::wire::{put_uint, uint_at, uint_bytes};
use crate::codec::batcher::{Failure, Source};
use crate::record::{BatchBuilder, Columns};

/// Length of the longest message: a result with its body.
const LONGEST_BYTES: usize = 1 << 30;

/// Most messages that one result is spread over, by definitions amid its values.
const MOST_PARTS: usize = 100;

/// The messages of an input, and what makes records of them.
pub struct Messages {
    input: BufReader<Box<dyn Read + Send>>,
    results: Results,
    /// A message that the input's memory did not hold whole, or to which more belongs.
    message: Vec<u8>,
    /// Whether the last message was a definition, which a value must follow.
    is_open: bool,
}

impl Messages {
    pub fn new(input: BufReader<Box<dyn Read + Send>>, columns: Columns) -> Self {
        Self { input, results: Results::new(columns), message: Vec::new(), is_open: false }
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
                self.read_on(n_bytes)?;
                uint_at(&self.message).map_err(Failure::Bad)?.ok_or(Failure::Cut)?.0
            }
        };
        let len = usize::try_from(len).ok().filter(|len| (1..=LONGEST_BYTES).contains(len));
        let problem = || format!("a message of no or more than {LONGEST_BYTES} bytes");
        len.map(Some).ok_or_else(|| Failure::Bad(problem()))
    }

    /// Reads so many bytes more into the message. Memory grows with what is there, not with what
    /// was announced.
    fn read_on(&mut self, len: usize) -> Result<(), Failure> {
        let read = (&mut self.input).take(len as u64).read_to_end(&mut self.message)?;
        if read < len { Err(Failure::Cut) } else { Ok(()) }
    }

    /// Takes the next message, which is so long.
    fn take(&mut self, len: usize, records: &mut BatchBuilder) -> Result<Taken, Failure> {
        if self.input.buffer().len() < len {
            self.message.clear();
            self.read_on(len)?;
            return self.results.take(&self.message, records).map_err(Failure::Bad);
        }
        let message = &self.input.buffer()[..len];
        let taken = self.results.take(message, records).map_err(Failure::Bad)?;
        if taken == Taken::Part {
            self.message.clear();
            self.message.extend_from_slice(message);
        }
        self.input.consume(len);
        Ok(taken)
    }

    /// Takes the message again, with the next one behind it.
    fn take_on(&mut self, records: &mut BatchBuilder) -> Result<Taken, Failure> {
        let mut message = mem::take(&mut self.message);
        let len = self.read_len()?.ok_or(Failure::Cut)?;
        if message.len() + len > LONGEST_BYTES {
            return Err(Failure::Bad(format!("a result of more than {LONGEST_BYTES} bytes")));
        }
        put_uint(len as u64, &mut message);
        self.message = message;
        self.read_on(len)?;
        self.results.take(&self.message, records).map_err(Failure::Bad)
    }
}

impl Source for Messages {
    fn is_ready(&self) -> bool {
        let bytes = self.input.buffer();
        match uint_at(bytes) {
            Ok(Some((len, head))) => (bytes.len() - head) as u64 >= len,
            Ok(None) => false,
            // Reading tells what is wrong.
            Err(_) => true,
        }
    }

    fn read(&mut self, records: &mut BatchBuilder) -> Result<bool, Failure> {
        let Some(len) = self.read_len()? else {
            return if self.is_open { Err(Failure::Cut) } else { Ok(false) };
        };
        let mut taken = self.take(len, records)?;
        for _ in 0..MOST_PARTS {
            if taken != Taken::Part {
                break;
            }
            taken = self.take_on(records)?;
        }
        if taken == Taken::Part {
            return Err(Failure::Bad(format!("a result in more than {MOST_PARTS} messages")));
        }
        self.is_open = taken == Taken::Definition;
        Ok(true)
    }
}
