//! Reads Arrow streams, also several in a row.

use std::collections::HashMap;
use std::io::{BufReader, Read};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{read_dictionary, read_record_batch};
use arrow_ipc::{self as ipc};
use arrow_schema::{ArrowError, Schema, SchemaRef};

use crate::codec::arrow::catch_panic::catch_panic;
use crate::codec::arrow::decompress::Decompressor;
use crate::codec::arrow::messages::{Message, Messages, Part};
use crate::codec::arrow::problem::Problem;
use crate::codec::arrow::{FACTS, PLAN};
use crate::codec::metadata::Metadata;
use crate::codec::stream::Decoder;
use crate::error::Error;
use crate::record::{Batch, Columns};

/// Reads one Arrow stream, or several that follow each other.
pub struct ArrowDecoder {
    messages: Messages,
    columns: Columns,
    /// The stream that is being read; None before the first one and between two.
    stream: Option<Stream>,
    metadata: Vec<Metadata>,
    /// Records returned so far.
    records: u64,
    /// Error for the first stream without an end mark, returned after the streams that follow it.
    unfinished: Option<Error>,
}

impl ArrowDecoder {
    /// Returns a decoder that reads some of the columns.
    pub fn new(input: BufReader<Box<dyn Read + Send>>, columns: Columns) -> Self {
        let messages = Messages::new(input);
        Self { messages, columns, stream: None, metadata: Vec::new(), records: 0, unfinished: None }
    }

    /// Reads a message, and returns its records if it has any.
    fn read(&mut self, message: &Message) -> Result<Option<Batch>, Error> {
        if let Some(schema) = message.head().header_as_schema() {
            self.note_missing_end_mark();
            self.begin(schema)?;
            return Ok(None);
        }
        let Some(stream) = &mut self.stream else { return Err(self.bad(Problem::Foreign)) };
        let columns = catch_panic(|| stream.read(message)).and_then(Result::ok);
        match columns.ok_or_else(|| self.bad(Problem::Body))? {
            Some(columns) if columns.num_rows() > 0 => {
                let batch = Batch::from_columns(columns).map_err(|problem| self.bad(problem))?;
                self.records += batch.len() as u64;
                Ok(Some(batch))
            }
            _ => Ok(None),
        }
    }

    /// Begins the stream of a schema.
    fn begin(&mut self, schema: ipc::Schema<'_>) -> Result<(), Error> {
        let schema = catch_panic(|| try_fb_to_schema(schema)).and_then(Result::ok);
        let schema = schema.ok_or_else(|| self.bad(Problem::Body))?;
        self.metadata.extend(metadata_of(&schema));
        let wanted = self.columns.select(&schema).map_err(|problem| self.bad(problem))?;
        let projected = schema.project(&wanted).map_err(|_| self.bad(Problem::Body))?;
        let decompressor = Decompressor::new(&schema, &wanted)?;
        let (schema, dictionaries) = (Arc::new(schema), HashMap::new());
        self.stream = Some(Stream { schema, wanted, projected, decompressor, dictionaries });
        Ok(())
    }

    /// Ends the current stream, if there is one, and remembers that its end mark is missing.
    fn note_missing_end_mark(&mut self) {
        if self.stream.take().is_some() && self.unfinished.is_none() {
            self.unfinished =
                Some(self.cut("its end mark is missing, and possibly records before it"));
        }
    }

    fn cut(&self, missing: &str) -> Error {
        Error::Cut { records: self.records, missing: missing.to_owned() }
    }

    fn bad(&self, problem: impl Into<Problem>) -> Error {
        let problem: Problem = problem.into();
        Error::Record { record: self.records + 1, problem: problem.to_string() }
    }
}

impl Decoder for ArrowDecoder {
    fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        loop {
            match self.messages.next()? {
                Part::Message(message) => {
                    if let Some(batch) = self.read(&message)? {
                        return Ok(Some(batch));
                    }
                }
                Part::EndMark if self.stream.is_some() => self.stream = None,
                Part::End => {
                    self.note_missing_end_mark();
                    return self.unfinished.take().map_or(Ok(None), Err);
                }
                Part::Cut => return Err(self.cut("its last batch is incomplete")),
                Part::Damaged(problem) => return Err(self.bad(problem)),
                Part::Foreign if self.stream.is_some() => return Err(self.bad(Problem::Body)),
                Part::EndMark | Part::Foreign => return Err(self.bad(Problem::Foreign)),
            }
        }
    }

    fn metadata(&self) -> &[Metadata] {
        &self.metadata
    }
}

/// Returns the metadata in a schema; None if there is none that can be understood.
fn metadata_of(schema: &Schema) -> Option<Metadata> {
    let value = |key| schema.metadata().get(key);
    if let Some(json) = value(FACTS) {
        return serde_json::from_str(json).ok().map(Metadata::Facts);
    }
    serde_json::from_str(value(PLAN)?).ok().map(Metadata::Plan)
}

/// A stream that is being read.
struct Stream {
    schema: SchemaRef,
    /// Indices of the columns to read.
    wanted: Vec<usize>,
    /// Schema of the columns to read.
    projected: Schema,
    /// None if the arrow crates must decompress the columns.
    decompressor: Option<Decompressor>,
    dictionaries: HashMap<i64, ArrayRef>,
}

impl Stream {
    /// Reads a message, and returns the columns to read if it is a batch.
    fn read(&mut self, message: &Message) -> Result<Option<RecordBatch>, ArrowError> {
        let plain = self.decompressor.as_mut().map(|decompressor| decompressor.plain(message));
        let plain = plain.transpose()?.flatten();
        let message = plain.as_ref().unwrap_or(message);
        let (head, body) = (message.head(), &message.body);
        let version = head.version();
        if let Some(batch) = head.header_as_record_batch() {
            let (schema, wanted) = (self.schema.clone(), Some(self.wanted.as_slice()));
            return read_record_batch(body, batch, schema, &self.dictionaries, wanted, &version)
                .map(Some);
        }
        let unknown = || ArrowError::IpcError("a message of an unknown kind".to_owned());
        let dictionary = head.header_as_dictionary_batch().ok_or_else(unknown)?;
        if self.uses(dictionary.id()) {
            read_dictionary(body, dictionary, &self.schema, &mut self.dictionaries, &version)?;
        }
        Ok(None)
    }

    /// Returns whether a column to read uses a dictionary.
    #[expect(
        deprecated,
        reason = "the arrow crates have no other way from a dictionary to its columns"
    )]
    fn uses(&self, dictionary: i64) -> bool {
        !self.projected.fields_with_dict_id(dictionary).is_empty()
    }
}
