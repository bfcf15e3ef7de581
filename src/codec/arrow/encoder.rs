//! Writes Arrow streams.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::mem;

use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow_ipc::{CompressionType, MetadataVersion};
use arrow_schema::{ArrowError, Schema};

use crate::codec::arrow::{FACTS, PLAN};
use crate::codec::metadata::Metadata;
use crate::codec::stream::Encoder;
use crate::error::Error;
use crate::record::{Batch, BatchBuilder, Extras};

/// Alignment of the columns in a stream, in bytes.
///
/// The format recommends 64, for columns that are used in place. Ours are decompressed first, and
/// with 64 half of a batch of a few records would be padding.
const ALIGNMENT: usize = 8;

/// Writes one Arrow stream with columns compressed by zstd at its default level, 3.
///
/// Level 1 takes as long and level 6 twice as long; both change the size by at most 2 %.
pub struct ArrowEncoder<W: Write> {
    state: State<W>,
    /// Copies batches that do not have exactly the columns of the stream.
    builder: BatchBuilder,
}

/// How far a stream is.
enum State<W: Write> {
    /// It begins with the first batch, which shows whether the stream has flows or calls.
    Waiting(BufWriter<W>),
    /// It has begun.
    Begun(Box<StreamWriter<BufWriter<W>>>),
    /// The output could not be written.
    Broken,
}

impl<W: Write> ArrowEncoder<W> {
    /// Begins a stream, with metadata in its schema. A stream has the columns of flows or calls if
    /// its plan has them; without metadata, if its first batch has them.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the output cannot be written.
    pub fn new(output: W, metadata: Option<&Metadata>) -> Result<Self, Error> {
        let builder = match metadata {
            Some(Metadata::Plan(plan)) => BatchBuilder::with(plan.extras()),
            _ => BatchBuilder::new(),
        };
        let mut encoder = Self { state: State::Waiting(BufWriter::new(output)), builder };
        if metadata.is_some() {
            // Readers learn the plan while the first requests are under way.
            encoder.begin(metadata)?;
        }
        Ok(encoder)
    }

    /// Returns the stream, which begins now unless it has begun.
    fn begin(
        &mut self,
        metadata: Option<&Metadata>,
    ) -> Result<&mut StreamWriter<BufWriter<W>>, Error> {
        self.state = match mem::replace(&mut self.state, State::Broken) {
            State::Waiting(output) => {
                let schema = with_metadata(self.builder.schema().clone(), metadata);
                State::Begun(Box::new(begin(output, &schema).map_err(io_error)?))
            }
            state => state,
        };
        match &mut self.state {
            State::Begun(stream) => Ok(stream),
            _ => Err(Error::Io(io::ErrorKind::BrokenPipe.into())),
        }
    }

    /// Ends a stream that lacks columns. The next batch begins one that has them.
    fn widen(&mut self, missing: Extras) -> Result<(), Error> {
        self.builder = BatchBuilder::with(self.builder.extras().union(missing));
        self.state = match mem::replace(&mut self.state, State::Broken) {
            State::Begun(stream) => State::Waiting(stream.into_inner().map_err(io_error)?),
            state => state,
        };
        Ok(())
    }
}

impl<W: Write + Send> Encoder for ArrowEncoder<W> {
    fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        if !self.builder.extras().includes(batch.extras()) {
            self.widen(batch.extras())?;
        }
        let complete = if batch.columns().schema().fields() == self.builder.schema().fields() {
            None
        } else {
            batch.records().for_each(|record| self.builder.push(&record));
            Some(self.builder.finish())
        };
        let stream = self.begin(None)?;
        stream.write(complete.as_ref().unwrap_or(batch).columns()).map_err(io_error)?;
        stream.flush().map_err(io_error)
    }

    fn finish(&mut self) -> Result<(), Error> {
        let stream = self.begin(None)?;
        stream.finish().map_err(io_error)?;
        stream.flush().map_err(io_error)
    }
}

fn begin<W: Write>(
    output: BufWriter<W>,
    schema: &Schema,
) -> Result<StreamWriter<BufWriter<W>>, ArrowError> {
    let options = IpcWriteOptions::try_new(ALIGNMENT, false, MetadataVersion::V5)?
        .try_with_compression(Some(CompressionType::ZSTD))?;
    let mut stream = StreamWriter::try_new_with_options(output, schema, options)?;
    stream.flush()?;
    Ok(stream)
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
