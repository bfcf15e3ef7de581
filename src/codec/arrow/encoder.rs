//! Writes Arrow streams.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};

use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow_ipc::{CompressionType, MetadataVersion};
use arrow_schema::{ArrowError, Schema};

use crate::codec::arrow::{FACTS, PLAN};
use crate::codec::metadata::Metadata;
use crate::codec::stream::Encoder;
use crate::error::Error;
use crate::record::{Batch, BatchBuilder};

/// Alignment of the columns in a stream, in bytes.
///
/// The format recommends 64, for columns that are used in place. Ours are decompressed first, and
/// with 64 half of a batch of a few records would be padding.
const ALIGNMENT: usize = 8;

/// Writes one Arrow stream with columns compressed by zstd at its default level, 3.
///
/// Level 1 takes as long and level 6 twice as long; both change the size by at most 2 %.
pub struct ArrowEncoder<W: Write> {
    stream: StreamWriter<BufWriter<W>>,
    /// Copies batches that do not have exactly the columns of the stream.
    builder: BatchBuilder,
}

impl<W: Write> ArrowEncoder<W> {
    /// Begins a stream, with metadata in its schema.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the output cannot be written.
    pub fn new(output: W, metadata: Option<&Metadata>) -> Result<Self, Error> {
        let builder = BatchBuilder::new();
        let schema = with_metadata(builder.schema().clone(), metadata);
        let options = IpcWriteOptions::try_new(ALIGNMENT, false, MetadataVersion::V5)
            .map_err(io_error)?
            .try_with_compression(Some(CompressionType::ZSTD))
            .map_err(io_error)?;
        let mut stream =
            StreamWriter::try_new_with_options(BufWriter::new(output), &schema, options)
                .map_err(io_error)?;
        stream.flush().map_err(io_error)?;
        Ok(Self { stream, builder })
    }
}

impl<W: Write + Send> Encoder for ArrowEncoder<W> {
    fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        if batch.columns().schema().fields() == self.builder.schema().fields() {
            self.stream.write(batch.columns()).map_err(io_error)?;
        } else {
            batch.records().for_each(|record| self.builder.push(&record));
            let complete = self.builder.finish();
            self.stream.write(complete.columns()).map_err(io_error)?;
        }
        self.stream.flush().map_err(io_error)
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.stream.finish().map_err(io_error)?;
        self.stream.flush().map_err(io_error)
    }
}

fn with_metadata(schema: Schema, metadata: Option<&Metadata>) -> Schema {
    let entry = metadata.and_then(|metadata| match metadata {
        Metadata::Plan(plan) => Some((PLAN, serde_json::to_string(plan).ok()?)),
        Metadata::Facts(facts) => Some((FACTS, serde_json::to_string(facts).ok()?)),
    });
    let entries: HashMap<_, _> =
        entry.map(|(key, json)| (key.to_owned(), json)).into_iter().collect();
    schema.with_metadata(entries)
}

/// Converts an error of the writer. The columns are ours, so only the output can fail.
fn io_error(error: ArrowError) -> Error {
    match error {
        ArrowError::IoError(_, error) => Error::Io(error),
        error => Error::Io(io::Error::other(error)),
    }
}
