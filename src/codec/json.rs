//! Vegeta's JSON: one object a line.

use std::io::{BufReader, Read, Write};

use super::{Decoder, Encoder};
use crate::error::Error;
use crate::record::{Batch, Columns};

pub struct JsonDecoder;

impl JsonDecoder {
    pub fn new(_input: BufReader<Box<dyn Read + Send>>, _columns: Columns) -> Self {
        Self
    }
}

impl Decoder for JsonDecoder {
    fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        Ok(None)
    }
}

pub struct JsonEncoder<W: Write>(W);

impl<W: Write> JsonEncoder<W> {
    pub fn new(output: W) -> Self {
        Self(output)
    }
}

impl<W: Write + Send> Encoder for JsonEncoder<W> {
    fn write(&mut self, _batch: &Batch) -> Result<(), Error> {
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.0.flush().map_err(Error::Io)
    }
}
