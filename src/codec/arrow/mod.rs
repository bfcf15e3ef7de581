//! Apache Arrow's IPC stream format, by the arrow crates.

pub mod messages;
pub mod decompress;
pub mod catch_panic;

use std::collections::HashMap;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{read_dictionary, read_record_batch};
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow_ipc::{self as ipc, CompressionType, MetadataVersion};
use arrow_schema::{ArrowError, Schema, SchemaRef};

use crate::codec::arrow::catch_panic::guarded;
use crate::codec::arrow::decompress::Unpacker;
use crate::codec::arrow::messages::{Message, Messages, Part};
use crate::codec::{Decoder, Encoder, Note};
use crate::error::Error;
use crate::record::{Batch, BatchBuilder, Columns};

/// Key of the plan, as JSON, in the metadata of a stream's schema.
const PLAN: &str = "drumfire.plan";

/// Key of the facts, as JSON, in the metadata of the schema of the empty stream behind a stream.
const FACTS: &str = "drumfire.facts";

/// Alignment of the columns in a stream, in bytes. The format recommends 64, for columns that are
/// used where they lie; ours are decompressed first, and a batch of a few records is half padding.
const ALIGNMENT: usize = 8;

/// Reads Arrow streams that stand behind one another.
pub struct ArrowDecoder {
    messages: Messages,
    columns: Columns,
    /// The stream under way; None before the first and between two.
    stream: Option<Stream>,
    notes: Vec<Note>,
    /// Records returned so far.
    records: u64,
    /// The first stream that had no end mark, told when the streams behind it are read.
    loss: Option<Error>,
}

impl ArrowDecoder {
    pub fn new(input: BufReader<Box<dyn Read + Send>>, columns: Columns) -> Self {
        let messages = Messages::new(input);
        Self { messages, columns, stream: None, notes: Vec::new(), records: 0, loss: None }
    }

    /// Takes a message, which may be a batch of records.
    fn take(&mut self, message: &Message) -> Result<Option<Batch>, Error> {
        if let Some(schema) = message.head().header_as_schema() {
            self.miss_end_mark();
            self.begin(schema)?;
            return Ok(None);
        }
        let Some(stream) = &mut self.stream else { return Err(self.foreign()) };
        let columns = guarded(|| stream.read(message)).and_then(Result::ok);
        match columns.ok_or_else(|| self.damaged())? {
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
        let schema = guarded(|| try_fb_to_schema(schema)).and_then(Result::ok);
        let schema = schema.ok_or_else(|| self.damaged())?;
        self.notes.extend(note_of(&schema));
        let wanted = self.columns.select(&schema).map_err(|problem| self.bad(problem))?;
        let projected = schema.project(&wanted).map_err(|_| self.damaged())?;
        let unpacker = Unpacker::new(&schema, &wanted)?;
        let (schema, dictionaries) = (Arc::new(schema), HashMap::new());
        self.stream = Some(Stream { schema, wanted, projected, unpacker, dictionaries });
        Ok(())
    }

    /// Ends the stream under way, if there is one, and notes that it has no end mark.
    fn miss_end_mark(&mut self) {
        if self.stream.take().is_some() && self.loss.is_none() {
            let missing = "its end mark is missing, and with it whatever came before that";
            self.loss = Some(self.cut(missing));
        }
    }

    fn cut(&self, missing: &str) -> Error {
        Error::Cut { records: self.records, missing: missing.to_owned() }
    }

    fn foreign(&self) -> Error {
        self.bad("what follows is no Arrow stream".to_owned())
    }

    fn damaged(&self) -> Error {
        self.bad("the bytes of its batch are damaged".to_owned())
    }

    fn bad(&self, problem: String) -> Error {
        Error::Record { record: self.records + 1, problem }
    }
}

impl Decoder for ArrowDecoder {
    fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        loop {
            match self.messages.next()? {
                Part::Message(message) => {
                    if let Some(batch) = self.take(&message)? {
                        return Ok(Some(batch));
                    }
                }
                Part::EndMark if self.stream.is_some() => self.stream = None,
                Part::End => {
                    self.miss_end_mark();
                    return self.loss.take().map_or(Ok(None), Err);
                }
                Part::Cut => return Err(self.cut("its last batch is incomplete")),
                Part::Damaged(problem) => return Err(self.bad(problem.to_owned())),
                Part::Foreign if self.stream.is_some() => return Err(self.damaged()),
                Part::EndMark | Part::Foreign => return Err(self.foreign()),
            }
        }
    }

    fn notes(&self) -> &[Note] {
        &self.notes
    }
}

/// Returns what a head says; None where that is nothing, or nothing that can be understood.
fn note_of(head: &Schema) -> Option<Note> {
    let value = |key| head.metadata().get(key);
    if let Some(json) = value(FACTS) {
        return serde_json::from_str(json).ok().map(Note::Facts);
    }
    serde_json::from_str(value(PLAN)?).ok().map(Note::Plan)
}

/// A stream under way.
struct Stream {
    schema: SchemaRef,
    /// Positions of the columns to read.
    wanted: Vec<usize>,
    /// The schema of the columns to read.
    projected: Schema,
    /// None where the arrow crates are to unpack.
    unpacker: Option<Unpacker>,
    dictionaries: HashMap<i64, ArrayRef>,
}

impl Stream {
    /// Reads a message, and returns the wanted columns where it is a batch.
    fn read(&mut self, message: &Message) -> Result<Option<RecordBatch>, ArrowError> {
        let unpacked = self.unpacker.as_mut().map(|unpacker| unpacker.unpack(message));
        let unpacked = unpacked.transpose()?.flatten();
        let message = unpacked.as_ref().unwrap_or(message);
        let (head, body) = (message.head(), &message.body);
        let version = head.version();
        if let Some(batch) = head.header_as_record_batch() {
            let (schema, wanted) = (self.schema.clone(), Some(self.wanted.as_slice()));
            return read_record_batch(body, batch, schema, &self.dictionaries, wanted, &version)
                .map(Some);
        }
        let unknown = || ArrowError::IpcError("a message of an unknown kind".to_owned());
        let dictionary = head.header_as_dictionary_batch().ok_or_else(unknown)?;
        if self.wants(dictionary.id()) {
            read_dictionary(body, dictionary, &self.schema, &mut self.dictionaries, &version)?;
        }
        Ok(None)
    }

    /// Returns whether a column to read has a dictionary.
    #[expect(deprecated, reason = "there is no other way yet from a dictionary to its columns")]
    fn wants(&self, dictionary: i64) -> bool {
        !self.projected.fields_with_dict_id(dictionary).is_empty()
    }
}

/// Writes one Arrow stream, its columns compressed by zstd at its usual level, 3. Level 1 takes as
/// long, level 6 twice as long, and neither is smaller by more than a fiftieth.
pub struct ArrowEncoder<W: Write> {
    stream: StreamWriter<BufWriter<W>>,
    /// Copies batches whose columns are not exactly those of the stream.
    builder: BatchBuilder,
}

impl<W: Write> ArrowEncoder<W> {
    pub fn new(output: W, note: Option<&Note>) -> Result<Self, Error> {
        let builder = BatchBuilder::new();
        let schema = with_note(builder.schema().clone(), note);
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
            let whole = self.builder.finish();
            self.stream.write(whole.columns()).map_err(io_error)?;
        }
        self.stream.flush().map_err(io_error)
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.stream.finish().map_err(io_error)?;
        self.stream.flush().map_err(io_error)
    }
}

fn with_note(schema: Schema, note: Option<&Note>) -> Schema {
    let entry = note.and_then(|note| match note {
        Note::Plan(plan) => Some((PLAN, serde_json::to_string(plan).ok()?)),
        Note::Facts(facts) => Some((FACTS, serde_json::to_string(facts).ok()?)),
    });
    let metadata: HashMap<_, _> =
        entry.map(|(key, json)| (key.to_owned(), json)).into_iter().collect();
    schema.with_metadata(metadata)
}

/// The columns are ours, so that writing can only fail at the output.
fn io_error(error: ArrowError) -> Error {
    match error {
        ArrowError::IoError(_, error) => Error::Io(error),
        error => Error::Io(io::Error::other(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::plan::Plan;
    use crate::record::Record;
    use arrow_array::{Array, BooleanArray, NullArray, StringViewArray};
    use arrow_schema::Field;
    use std::sync::Mutex;
    use std::time::Duration;

    fn record(seq: u64) -> Record<'static> {
        Record {
            attack: "",
            seq,
            code: 200,
            timestamp_ns: 1,
            latency: Duration::from_nanos(seq),
            lag: None,
            connect: None,
            first_byte: None,
            bytes_out: 0,
            bytes_in: 0,
            retries: 0,
            error: None,
            body: b"x",
            name: "",
            method: "GET",
            url: "http://127.0.0.1/",
            headers: None,
        }
    }

    /// Returns a stream of batches of one record each.
    fn stream(seqs: impl IntoIterator<Item = u64>) -> Vec<u8> {
        stream_of(seqs.into_iter().map(|seq| vec![record(seq)]))
    }

    fn stream_of(batches: impl IntoIterator<Item = Vec<Record<'static>>>) -> Vec<u8> {
        let shared = Shared::default();
        let plan = Note::Plan(Plan { requests: 9, ..Plan::default() });
        let mut encoder = ArrowEncoder::new(shared.clone(), Some(&plan)).unwrap();
        let mut builder = BatchBuilder::new();
        for batch in batches {
            batch.iter().for_each(|record| builder.push(record));
            encoder.write(&builder.finish()).unwrap();
        }
        encoder.finish().unwrap();
        shared.0.lock().unwrap().clone()
    }

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Reads all there is: the seqs, the number of notes, and the error at the end.
    fn read(bytes: &[u8], columns: Columns) -> (Vec<u64>, usize, Option<String>) {
        let mut decoder = super::super::decoder(io::Cursor::new(bytes.to_vec()), columns).unwrap();
        let mut seqs = Vec::new();
        let error = loop {
            match decoder.next_batch() {
                Ok(None) => break None,
                Ok(Some(batch)) => seqs.extend(batch.records().map(|record| record.seq)),
                Err(error) => break Some(error.to_string()),
            }
        };
        (seqs, decoder.notes().len(), error)
    }

    #[test]
    fn names_that_never_recur_are_read_back_and_do_not_pile_up() {
        let shared = Shared::default();
        let mut encoder = ArrowEncoder::new(shared.clone(), None).unwrap();
        let mut builder = BatchBuilder::new();
        let names: Vec<String> = (0..50_000).map(|k| format!("{k:0200}")).collect();
        let mut sizes = Vec::new();
        for part in names.chunks(5_000) {
            for name in part {
                builder.push(&Record { name, ..record(0) });
            }
            let batch = builder.finish();
            sizes.push(batch.memory_bytes());
            encoder.write(&batch).unwrap();
        }
        encoder.finish().unwrap();
        assert!(*sizes.iter().max().unwrap() < 4 * sizes[0], "{sizes:?}");

        let bytes = shared.0.lock().unwrap().clone();
        let mut decoder = super::super::decoder(io::Cursor::new(bytes), Columns::All).unwrap();
        let mut read = Vec::new();
        while let Some(batch) = decoder.next_batch().unwrap() {
            read.extend(batch.records().map(|record| record.name.to_owned()));
        }
        assert_eq!(read, names);
    }

    #[test]
    fn streams_behind_one_another_are_all_read() {
        let bytes = [stream(0..3), stream([]), stream(3..5)].concat();
        for columns in [Columns::All, Columns::Figures] {
            assert_eq!(read(&bytes, columns), (vec![0, 1, 2, 3, 4], 3, None));
        }
    }

    #[test]
    fn facts_behind_a_stream_are_read_back_in_their_place() {
        let facts = Note::Facts(Facts {
            interrupted: true,
            aborted: Some("p99>2s for 10s: 3s".to_owned()),
            engine_cpu: vec![0.25, 1.0],
            stolen: Some(0.125),
            throttled: None,
            descriptors: Some(1024),
            waited_for_place: 3,
            waited_for_reader: 0,
            waited_for_target: 0,
            overdue_ns: 0,
        });
        let tail = Shared::default();
        ArrowEncoder::new(tail.clone(), Some(&facts)).unwrap().finish().unwrap();
        let tail = tail.0.lock().unwrap().clone();
        let bytes = [stream(0..2), tail, stream(2..3)].concat();
        let mut decoder = super::super::decoder(io::Cursor::new(bytes), Columns::Figures).unwrap();
        while decoder.next_batch().unwrap().is_some() {}
        let plan = || Note::Plan(Plan { requests: 9, ..Plan::default() });
        assert_eq!(decoder.notes(), [plan(), facts, plan()]);
    }

    #[test]
    fn a_stream_without_its_end_mark_does_not_hide_those_behind_it() {
        let killed = stream(0..3);
        let bytes = [&killed[..killed.len() - 8], &stream(3..5)].concat();
        let loss = "the stream is cut after 3 records: \
                    its end mark is missing, and with it whatever came before that";
        assert_eq!(read(&bytes, Columns::Figures), (vec![0, 1, 2, 3, 4], 2, Some(loss.to_owned())));
    }

    #[test]
    fn what_follows_a_stream_and_is_none_is_told() {
        let bytes = [stream(0..3), b"{}\n".to_vec()].concat();
        let problem = "bad record 4: what follows is no Arrow stream";
        assert_eq!(read(&bytes, Columns::All), (vec![0, 1, 2], 1, Some(problem.to_owned())));
    }

    #[test]
    fn a_cut_stream_gives_all_that_is_whole_and_says_what_is_missing() {
        let whole = stream(0..3);
        let no_end = "the stream is cut after 3 records: its end mark is missing, and with it whatever came before that";
        assert_eq!(
            read(&whole[..whole.len() - 8], Columns::All),
            (vec![0, 1, 2], 1, Some(no_end.to_owned()))
        );
        let in_batch = "the stream is cut after 2 records: its last batch is incomplete";
        assert_eq!(
            read(&whole[..whole.len() - 20], Columns::All),
            (vec![0, 1], 1, Some(in_batch.to_owned()))
        );
    }

    #[test]
    fn a_column_that_claims_more_than_memory_holds_is_refused() {
        let zstd = stream_of([(0..500).map(record).collect()]);
        let lz4 = include_bytes!("../../../tests/golden/lz4.arrow").to_vec();
        // What every frame begins with; the length stands in the 8 bytes before it.
        for (whole, magic) in [(zstd, [0x28, 0xb5, 0x2f, 0xfd]), (lz4, [0x04, 0x22, 0x4d, 0x18])] {
            let frame = whole.windows(4).position(|bytes| bytes == magic).unwrap();
            for length in [i64::MAX, i64::MAX / 2, 1 << 40, 1 << 30] {
                let mut bytes = whole.clone();
                bytes[frame - 8..frame].copy_from_slice(&length.to_le_bytes());
                let (seqs, _, error) = read(&bytes, Columns::All);
                let problem = "a column says that it is larger than its bytes can make it";
                assert_eq!((seqs.len(), error), (0, Some(format!("bad record 1: {problem}"))));
            }
        }
    }

    #[test]
    fn columns_of_any_other_type_are_passed_over() {
        let batch = stream_batch();
        let mut fields = batch.schema().fields().to_vec();
        let mut columns = batch.columns().to_vec();
        let others: [ArrayRef; 3] = [
            Arc::new(BooleanArray::from(vec![true; 2])),
            Arc::new(StringViewArray::from(vec!["a text that is longer than 12 bytes"; 2])),
            Arc::new(NullArray::new(2)),
        ];
        for (place, column) in others.into_iter().enumerate() {
            let name = format!("other {place}");
            fields.insert(place, Arc::new(Field::new(name, column.data_type().clone(), true)));
            columns.insert(place, column);
        }
        let schema = Arc::new(Schema::new(fields));
        let options = IpcWriteOptions::default();
        let options = options.try_with_compression(Some(CompressionType::ZSTD)).unwrap();
        let mut stream = StreamWriter::try_new_with_options(Vec::new(), &schema, options).unwrap();
        stream.write(&RecordBatch::try_new(schema, columns).unwrap()).unwrap();
        let bytes = stream.into_inner().unwrap();
        for columns in [Columns::All, Columns::Figures] {
            assert_eq!(read(&bytes, columns), (vec![0, 1], 0, None));
        }
    }

    fn stream_batch() -> RecordBatch {
        let mut builder = BatchBuilder::new();
        [0, 1].into_iter().for_each(|seq| builder.push(&record(seq)));
        builder.finish().columns().clone()
    }

    #[test]
    fn every_cut_and_every_flipped_byte_ends_without_a_panic() {
        let whole = stream(0..2);
        for len in (1..whole.len()).step_by(3) {
            let (_, _, error) = read(&whole[..len], Columns::All);
            assert!(error.is_some_and(|error| error.contains("cut after")), "cut at {len}");
        }
        for place in (0..whole.len()).step_by(5) {
            let mut bytes = whole.clone();
            bytes[place] ^= 0x55;
            if super::super::decoder(io::Cursor::new(bytes.clone()), Columns::All).is_ok() {
                read(&bytes, Columns::All);
            }
        }
    }
}
