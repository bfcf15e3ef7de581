//! Apache Arrow's IPC stream format, by the arrow crates.

use std::collections::HashMap;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow_ipc::{CompressionType, MetadataVersion};
use arrow_schema::{ArrowError, Schema};

use super::guard::guarded;
use super::messages::Messages;
use super::{Decoder, Encoder, Note};
use crate::error::Error;
use crate::record::{Batch, BatchBuilder, Columns};

/// Key of the plan, as JSON, in the metadata of a stream's schema.
const PLAN: &str = "drumfire.plan";

/// Key of the facts, as JSON, in the metadata of the schema of the empty stream behind a stream.
const FACTS: &str = "drumfire.facts";

/// Alignment of the columns in a stream, in bytes. The format recommends 64, for columns that are
/// used where they lie; ours are decompressed first, and a batch of a few records is half padding.
const ALIGNMENT: usize = 8;

/// What ends a stream: the continuation marker and a length of zero.
///
/// Source: Apache Arrow, Columnar Format, IPC Streaming Format.
const END_MARK: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// Reads Arrow streams that stand behind one another.
pub struct ArrowDecoder {
    input: Input,
    columns: Columns,
    /// The stream under way; None before the first and between two.
    stream: Option<StreamReader<Input>>,
    notes: Vec<Note>,
    /// Records returned so far.
    records: u64,
    /// The first stream that had no end mark, told when the streams behind it are read.
    loss: Option<Error>,
}

impl ArrowDecoder {
    pub fn new(input: BufReader<Box<dyn Read + Send>>, columns: Columns) -> Self {
        let input = Input::new(input);
        Self { input, columns, stream: None, notes: Vec::new(), records: 0, loss: None }
    }

    /// Begins the next stream, or returns None where the input is at its end.
    fn open(&mut self) -> Result<Option<&mut StreamReader<Input>>, Error> {
        if self.stream.is_none() {
            if self.input.is_at_end()? {
                return self.loss.take().map_or(Ok(None), Err);
            }
            let begins = self.input.lock().messages.begin_stream();
            if !begins.map_err(|error| self.explain(error.into()))? {
                return Err(self.bad("what follows is no Arrow stream".to_owned()));
            }
            let (stream, note) = guarded(|| begin(&self.input, self.columns))
                .ok_or_else(|| self.damaged())?
                .map_err(|error| self.explain(error))?;
            self.notes.extend(note);
            self.stream = Some(stream);
        }
        Ok(self.stream.as_mut())
    }

    /// Ends the stream under way, which must have its end mark.
    fn close(&mut self) {
        self.stream = None;
        if self.input.lock().tail != END_MARK && self.loss.is_none() {
            self.loss =
                Some(self.cut("its end mark is missing, and with it whatever came before that"));
        }
    }

    /// Tells a cut stream from a damaged one and from an input that cannot be read.
    fn explain(&self, error: ArrowError) -> Error {
        match error {
            ArrowError::IoError(_, error) if self.input.lock().messages.has_failed() => {
                error.into()
            }
            ArrowError::IoError(_, error) if error.kind() == io::ErrorKind::InvalidData => {
                self.bad(error.to_string())
            }
            _ => match self.input.is_at_end() {
                Ok(true) => self.cut("its last batch is incomplete"),
                Ok(false) => self.damaged(),
                Err(error) => error.into(),
            },
        }
    }

    fn cut(&self, missing: &str) -> Error {
        Error::Cut { records: self.records, missing: missing.to_owned() }
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
            let Some(stream) = self.open()? else {
                return Ok(None);
            };
            match guarded(|| stream.next()) {
                None => return Err(self.damaged()),
                Some(None) => self.close(),
                Some(Some(Err(error))) => return Err(self.explain(error)),
                Some(Some(Ok(columns))) if columns.num_rows() == 0 => {}
                Some(Some(Ok(columns))) => {
                    let batch =
                        Batch::from_columns(columns).map_err(|problem| self.bad(problem))?;
                    self.records += batch.len() as u64;
                    return Ok(Some(batch));
                }
            }
        }
    }

    fn notes(&self) -> &[Note] {
        &self.notes
    }
}

/// Reads the head of a stream. The wanted columns are known only once its schema is, which is
/// read ahead of the stream for that.
fn begin(
    input: &Input,
    columns: Columns,
) -> Result<(StreamReader<Input>, Option<Note>), ArrowError> {
    let head = StreamReader::try_new(input.recorded(), None)?.schema();
    let wanted = columns.select(&head);
    let stream = StreamReader::try_new(input.replayed(), Some(wanted))?;
    Ok((stream, note_of(&head)))
}

/// Returns what a head says; None where that is nothing, or nothing that can be understood.
fn note_of(head: &Schema) -> Option<Note> {
    let value = |key| head.metadata().get(key);
    if let Some(json) = value(FACTS) {
        return serde_json::from_str(json).ok().map(Note::Facts);
    }
    serde_json::from_str(value(PLAN)?).ok().map(Note::Plan)
}

/// The input, shared between the decoder and the stream under way.
#[derive(Clone)]
struct Input(Arc<Mutex<Source>>);

struct Source {
    messages: Messages,
    /// The last bytes read, oldest first.
    tail: [u8; END_MARK.len()],
    /// Bytes read since [`Input::recorded`]; None where nobody wants them again.
    record: Option<Vec<u8>>,
    /// Bytes to be read again before the input goes on.
    replay: io::Cursor<Vec<u8>>,
}

impl Input {
    fn new(bytes: BufReader<Box<dyn Read + Send>>) -> Self {
        let source = Source {
            messages: Messages::new(bytes),
            tail: [0; END_MARK.len()],
            record: None,
            replay: io::Cursor::default(),
        };
        Self(Arc::new(Mutex::new(source)))
    }

    fn lock(&self) -> MutexGuard<'_, Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next byte and returns whether there is none.
    fn is_at_end(&self) -> io::Result<bool> {
        self.lock().messages.is_at_end()
    }

    /// Returns the input, noting from here on what is read.
    fn recorded(&self) -> Self {
        self.lock().record = Some(Vec::new());
        self.clone()
    }

    /// Returns the input, beginning with what was noted.
    fn replayed(&self) -> Self {
        let mut source = self.lock();
        source.replay = io::Cursor::new(source.record.take().unwrap_or_default());
        drop(source);
        self.clone()
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut source = self.lock();
        let replayed = source.replay.read(buffer)?;
        if replayed > 0 {
            return Ok(replayed);
        }
        let len = source.messages.read(buffer)?;
        let read = &buffer[..len];
        source.remember(read);
        Ok(len)
    }
}

impl Source {
    fn remember(&mut self, read: &[u8]) {
        let kept = read.len().min(self.tail.len());
        self.tail.rotate_left(kept);
        let start = self.tail.len() - kept;
        self.tail[start..].copy_from_slice(&read[read.len() - kept..]);
        if let Some(record) = &mut self.record {
            record.extend_from_slice(read);
        }
    }
}

/// Writes one Arrow stream, its columns compressed by LZ4.
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
            .try_with_compression(Some(CompressionType::LZ4_FRAME))
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
            engine_cpu: vec![0.25, 1.0],
            stolen: Some(0.125),
            throttled: None,
            descriptors: Some(1024),
            waited_for_place: 3,
            waited_for_reader: 0,
            waited_for_target: 0,
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
        /// What every frame of LZ4 begins with; the length stands in the 8 bytes before it.
        const LZ4_MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
        let whole = stream_of([(0..500).map(record).collect()]);
        let frame = whole.windows(4).position(|bytes| bytes == LZ4_MAGIC).unwrap();
        let expected = "bad record 1: a column says that it is larger than its bytes can make it";
        for length in [i64::MAX, i64::MAX / 2, 1 << 40] {
            let mut bytes = whole.clone();
            bytes[frame - 8..frame].copy_from_slice(&length.to_le_bytes());
            assert_eq!(read(&bytes, Columns::All), (vec![], 1, Some(expected.to_owned())));
        }
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
