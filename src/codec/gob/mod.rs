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

use self::result::Results;
use self::wire::{uint_at, uint_bytes};
use super::gather::{Failure, Source};
use crate::record::{BatchBuilder, Columns};

/// Length of the longest message: a result with its body.
const LONGEST_BYTES: usize = 1 << 30;

/// The messages of an input, and what makes records of them.
pub struct Messages {
    input: BufReader<Box<dyn Read + Send>>,
    results: Results,
    /// A message that the input's memory did not hold whole, kept for its memory.
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
                self.read_up_to(n_bytes)?;
                uint_at(&self.message).map_err(Failure::Bad)?.ok_or(Failure::Cut)?.0
            }
        };
        let len = usize::try_from(len).ok().filter(|len| (1..=LONGEST_BYTES).contains(len));
        let problem = || format!("a message of no or more than {LONGEST_BYTES} bytes");
        len.map(Some).ok_or_else(|| Failure::Bad(problem()))
    }

    /// Reads so many bytes into the message, fewer at the end of the input, and returns how many.
    /// Memory grows with what is there, not with what was announced.
    fn read_up_to(&mut self, len: usize) -> Result<usize, Failure> {
        self.message.clear();
        Ok((&mut self.input).take(len as u64).read_to_end(&mut self.message)?)
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
        let is_value = if self.input.buffer().len() >= len {
            let message = &self.input.buffer()[..len];
            let is_value = self.results.take(message, records).map_err(Failure::Bad)?;
            self.input.consume(len);
            is_value
        } else if self.read_up_to(len)? < len {
            return Err(Failure::Cut);
        } else {
            self.results.take(&self.message, records).map_err(Failure::Bad)?
        };
        self.is_open = !is_value;
        Ok(true)
    }
}
