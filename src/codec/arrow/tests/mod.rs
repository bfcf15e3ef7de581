//! Tests of Arrow streams, written and read back.

mod messaging;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow_array::{Array, ArrayRef, BooleanArray, NullArray, RecordBatch, StringViewArray};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow_schema::{Field, Schema};

use crate::codec::arrow::ArrowEncoder;
use crate::codec::stream::Encoder;
use crate::codec::{Metadata, decoder};
use crate::facts::{Facts, FlowFacts};
use crate::plan::{Plan, PlannedFlow};
use crate::record::{Batch, BatchBuilder, Columns, FlowEnd, FlowStep, Record};

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
        flow: None,
        messaging: None,
    }
}

/// Returns a stream of batches of one record each.
fn stream(seqs: impl IntoIterator<Item = u64>) -> Vec<u8> {
    stream_of(seqs.into_iter().map(|seq| vec![record(seq)]))
}

fn stream_of(batches: impl IntoIterator<Item = Vec<Record<'static>>>) -> Vec<u8> {
    let shared = Shared::default();
    let plan = Metadata::Plan(Plan { requests: 9, ..Plan::default() });
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

/// Reads a whole stream: the seqs, the number of metadata entries, and the error at the end.
fn read(bytes: &[u8], columns: Columns) -> (Vec<u64>, usize, Option<String>) {
    let mut decoder = decoder(io::Cursor::new(bytes.to_vec()), columns).unwrap();
    let mut seqs = Vec::new();
    let error = loop {
        match decoder.next_batch() {
            Ok(None) => break None,
            Ok(Some(batch)) => seqs.extend(batch.records().map(|record| record.seq)),
            Err(error) => break Some(error.to_string()),
        }
    };
    (seqs, decoder.metadata().len(), error)
}

#[test]
fn names_that_never_recur_are_read_back_in_bounded_memory() {
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
    let mut decoder = decoder(io::Cursor::new(bytes), Columns::All).unwrap();
    let mut read = Vec::new();
    while let Some(batch) = decoder.next_batch().unwrap() {
        read.extend(batch.records().map(|record| record.name.to_owned()));
    }
    assert_eq!(read, names);
}

/// Returns a request of a flow. Each third one ends its flow.
fn flow_step(seq: u64) -> FlowStep<'static> {
    let ended = FlowEnd {
        time: Duration::from_nanos(9 * seq),
        thought: Duration::from_nanos(seq),
        failed: seq.is_multiple_of(2),
    };
    FlowStep {
        flow: ["login", "browse"][seq as usize % 2],
        flow_seq: seq / 3,
        flow_hit: seq as u32 % 3,
        step: seq as u16 % 5 + 1,
        attempt: seq as u16 % 2,
        checks: (!seq.is_multiple_of(4)).then_some(3),
        checks_failed: (!seq.is_multiple_of(4)).then_some(seq as u16 % 2),
        ended: (seq % 3 == 2).then_some(ended),
    }
}

/// Returns a batch of requests, each with its number and whether it is in a flow.
fn mixed_batch(mut builder: BatchBuilder, requests: &[(u64, bool)]) -> Batch {
    for (seq, is_in_flow) in requests {
        let flow = is_in_flow.then(|| flow_step(*seq));
        builder.push(&Record { flow, ..record(*seq) });
    }
    builder.finish()
}

/// Writes batches to one encoder, and returns the stream.
fn encoded(metadata: Option<&Metadata>, batches: &[Batch]) -> Vec<u8> {
    let shared = Shared::default();
    let mut encoder = ArrowEncoder::new(shared.clone(), metadata).unwrap();
    batches.iter().for_each(|batch| encoder.write(batch).unwrap());
    encoder.finish().unwrap();
    shared.0.lock().unwrap().clone()
}

/// Reads the places in flows of all records.
fn steps_of(bytes: &[u8], columns: Columns) -> Vec<(u64, Option<String>)> {
    let mut decoder = decoder(io::Cursor::new(bytes.to_vec()), columns).unwrap();
    let mut steps = Vec::new();
    while let Some(batch) = decoder.next_batch().unwrap() {
        let step = |record: Record<'_>| (record.seq, record.flow.map(|step| format!("{step:?}")));
        steps.extend(batch.records().map(step));
    }
    steps
}

#[test]
fn steps_of_flows_are_read_back_whatever_the_first_batch_has() {
    let flows = Some(vec![PlannedFlow { name: "login".to_owned(), weight: 2, endless: false }]);
    let planned = Metadata::Plan(Plan { flows, ..Plan::default() });
    let plain = Metadata::Plan(Plan::default());
    let requests: Vec<(u64, bool)> = (0..12).map(|seq| (seq, seq % 5 != 1)).collect();
    let batches = [
        mixed_batch(BatchBuilder::new(), &[(100, false)]),
        mixed_batch(BatchBuilder::with_flows(), &requests[..5]),
        mixed_batch(BatchBuilder::new(), &[(101, false)]),
        mixed_batch(BatchBuilder::with_flows(), &requests[5..]),
    ];
    let all = [&[(100, false)], &requests[..5], &[(101, false)], &requests[5..]].concat();
    let expected: Vec<_> = all
        .iter()
        .map(|(seq, is_in_flow)| (*seq, is_in_flow.then(|| format!("{:?}", flow_step(*seq)))))
        .collect();
    for metadata in [None, Some(&plain), Some(&planned)] {
        let bytes = encoded(metadata, &batches);
        assert_eq!(steps_of(&bytes, Columns::All), expected);
        assert_eq!(steps_of(&bytes, Columns::Figures), expected);
    }
}

#[test]
fn only_a_stream_with_flows_has_their_columns() {
    let has_flows = |bytes: &[u8]| bytes.windows(9).any(|word| word == b"flow_seq\0");
    let plain = [mixed_batch(BatchBuilder::new(), &[(0, true)])];
    let flows = [mixed_batch(BatchBuilder::with_flows(), &[(0, false)])];
    assert!(!has_flows(&encoded(None, &plain)));
    assert!(!has_flows(&encoded(None, &[])));
    let bytes = encoded(None, &flows);
    assert!(has_flows(&bytes));
    // One stream, so that readers of only the first stream see all records.
    assert_eq!(bytes.windows(10).filter(|word| word == b"first_byte").count(), 1);
}

#[test]
fn numbers_of_flows_are_read_with_the_other_numbers() {
    let batch = mixed_batch(BatchBuilder::with_flows(), &[(2, true), (3, false)]);
    let mut decoder = decoder(io::Cursor::new(encoded(None, &[batch])), Columns::Numbers).unwrap();
    let batch = decoder.next_batch().unwrap().unwrap();
    let step = FlowStep { flow: "", flow_seq: 0, step: 0, attempt: 0, ..flow_step(2) };
    let rows = batch.rows(0..2);
    assert_eq!(rows.flow_steps().collect::<Vec<_>>(), [Some(step), None]);
    let reordered = rows.in_order(&[1, 0]);
    assert_eq!(reordered.rows(0..2).flow_steps().collect::<Vec<_>>(), [None, Some(step)]);
}

#[test]
fn streams_that_follow_each_other_are_all_read() {
    let bytes = [stream(0..3), stream([]), stream(3..5)].concat();
    for columns in [Columns::All, Columns::Figures] {
        assert_eq!(read(&bytes, columns), (vec![0, 1, 2, 3, 4], 3, None));
    }
}

#[test]
fn facts_after_a_stream_are_read_back_in_order() {
    let facts = Metadata::Facts(Facts {
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
        truncated_bodies: 0,
        flows: Some(FlowFacts { started: 5, cut: 2, ..FlowFacts::default() }),
    });
    let tail = Shared::default();
    ArrowEncoder::new(tail.clone(), Some(&facts)).unwrap().finish().unwrap();
    let tail = tail.0.lock().unwrap().clone();
    let bytes = [stream(0..2), tail, stream(2..3)].concat();
    let mut decoder = decoder(io::Cursor::new(bytes), Columns::Figures).unwrap();
    while decoder.next_batch().unwrap().is_some() {}
    let plan = || Metadata::Plan(Plan { requests: 9, ..Plan::default() });
    assert_eq!(decoder.metadata(), [plan(), facts, plan()]);
}

#[test]
fn streams_after_one_without_an_end_mark_are_read() {
    let killed = stream(0..3);
    let bytes = [&killed[..killed.len() - 8], &stream(3..5)].concat();
    let loss = "the stream is cut after 3 records: \
                its end mark is missing, and possibly records before it";
    assert_eq!(read(&bytes, Columns::Figures), (vec![0, 1, 2, 3, 4], 2, Some(loss.to_owned())));
}

#[test]
fn other_data_after_a_stream_is_an_error() {
    let bytes = [stream(0..3), b"{}\n".to_vec()].concat();
    let problem = "bad record 4: what follows is not an Arrow stream";
    assert_eq!(read(&bytes, Columns::All), (vec![0, 1, 2], 1, Some(problem.to_owned())));
}

#[test]
fn a_cut_stream_returns_its_complete_records_and_says_what_is_missing() {
    let whole = stream(0..3);
    let no_end = "the stream is cut after 3 records: \
                  its end mark is missing, and possibly records before it";
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
fn a_column_that_claims_too_much_memory_is_refused() {
    let zstd = stream_of([(0..500).map(record).collect()]);
    let lz4 = include_bytes!("../../../../tests/golden/lz4.arrow").to_vec();
    // Every frame begins with these bytes; the 8 bytes before them are the length.
    for (whole, magic) in [(zstd, [0x28, 0xb5, 0x2f, 0xfd]), (lz4, [0x04, 0x22, 0x4d, 0x18])] {
        let frame = whole.windows(4).position(|bytes| bytes == magic).unwrap();
        for length in [i64::MAX, i64::MAX / 2, 1 << 40, 1 << 30] {
            let mut bytes = whole.clone();
            bytes[frame - 8..frame].copy_from_slice(&length.to_le_bytes());
            let (seqs, _, error) = read(&bytes, Columns::All);
            let problem = "a column claims to be larger than its compressed bytes allow";
            assert_eq!((seqs.len(), error), (0, Some(format!("bad record 1: {problem}"))));
        }
    }
}

#[test]
fn unknown_columns_of_any_type_are_ignored() {
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
        if decoder(io::Cursor::new(bytes.clone()), Columns::All).is_ok() {
            read(&bytes, Columns::All);
        }
    }
}
