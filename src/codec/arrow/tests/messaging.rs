//! Tests of streams with calls and messages.

use super::*;
use crate::record::{Extras, Kind, Messaging, Rows};

const CALLS: Extras = Extras { flows: false, messaging: true };
const BOTH: Extras = Extras { flows: true, messaging: true };

/// Returns what a call or a message has; none for every fourth record.
fn messaging(seq: u64) -> Option<Messaging> {
    let ns = |factor: u64| (!seq.is_multiple_of(3)).then(|| Duration::from_nanos(seq * factor));
    (seq % 4 != 3).then_some(Messaging {
        kind: Kind::ALL[seq as usize % Kind::ALL.len()],
        grpc_status: (seq % 5 != 1).then_some(seq as u8 % 17),
        sent: ns(1),
        first_message: ns(2),
        gap_max: ns(3),
        messages_in: seq as u32,
        messages_out: seq as u32 + 1,
        socket: (seq % 2 == 1).then_some(seq as u32 / 2),
        close_code: (seq % 7 == 6).then_some(1000 + seq as u16),
        expected: (seq % 7 == 1).then_some(seq as u32 + 1),
    })
}

fn batch(extras: Extras, seqs: impl IntoIterator<Item = u64>) -> Batch {
    let mut builder = BatchBuilder::with(extras);
    for seq in seqs {
        let flow = Some(flow_step(seq));
        builder.push(&Record { flow, messaging: messaging(seq), ..record(seq) });
    }
    builder.finish()
}

fn read_back(bytes: &[u8], columns: Columns) -> Vec<(u64, Option<Messaging>, bool)> {
    let mut decoder = decoder(io::Cursor::new(bytes.to_vec()), columns).unwrap();
    let mut found = Vec::new();
    while let Some(batch) = decoder.next_batch().unwrap() {
        let record = |record: Record<'_>| (record.seq, record.messaging, record.flow.is_some());
        found.extend(batch.records().map(record));
    }
    found
}

#[test]
fn calls_are_read_back_whatever_the_first_batch_has() {
    let planned = Metadata::Plan(Plan { calls: true, ..Plan::default() });
    let flows = Some(vec![PlannedFlow { name: "login".to_owned(), weight: 2, endless: false }]);
    let all_planned = Metadata::Plan(Plan { calls: true, flows, ..Plan::default() });
    let plain = Metadata::Plan(Plan::default());
    let flows = Extras { flows: true, messaging: false };
    let parts = [Extras::default(), CALLS, flows, BOTH, Extras::default()];
    let batches: Vec<Batch> =
        (0..).zip(parts).map(|(n, extras)| batch(extras, n * 20..n * 20 + 20)).collect();
    let expected: Vec<_> = (0..)
        .zip(parts)
        .flat_map(|(n, extras)| (n * 20..n * 20 + 20).map(move |seq| (seq, extras)))
        .map(|(seq, extras)| (seq, messaging(seq).filter(|_| extras.messaging), extras.flows))
        .collect();
    for metadata in [None, Some(&plain), Some(&planned), Some(&all_planned)] {
        let bytes = encoded(metadata, &batches);
        assert_eq!(read_back(&bytes, Columns::All), expected);
        assert_eq!(read_back(&bytes, Columns::Figures), expected);
    }
}

#[test]
fn only_a_stream_with_calls_has_their_columns() {
    let has_calls = |bytes: &[u8]| bytes.windows(12).any(|word| word == b"grpc_status\0");
    let n_streams = |bytes: &[u8]| bytes.windows(10).filter(|it| it == b"first_byte").count();
    let flows = Extras { flows: true, messaging: false };
    for extras in [Extras::default(), flows] {
        assert!(!has_calls(&encoded(None, &[batch(extras, 0..9)])));
    }
    for extras in [CALLS, BOTH] {
        let bytes = encoded(None, &[batch(extras, 0..9)]);
        assert!(has_calls(&bytes));
        assert_eq!(n_streams(&bytes), 1);
    }
    // A stream that is planned with calls has the columns before the first call.
    let planned = Metadata::Plan(Plan { calls: true, ..Plan::default() });
    let bytes = encoded(Some(&planned), &[batch(Extras::default(), 0..1), batch(CALLS, 1..2)]);
    assert!(has_calls(&bytes));
    assert_eq!(n_streams(&bytes), 1);
}

#[test]
fn numbers_of_calls_are_read_with_the_other_numbers() {
    let bytes = encoded(None, &[batch(CALLS, 0..9)]);
    let mut decoder = decoder(io::Cursor::new(bytes), Columns::Numbers).unwrap();
    let batch = decoder.next_batch().unwrap().unwrap();
    let found = |rows: &Rows<'_>| rows.messaging().collect::<Vec<_>>();
    assert_eq!(found(&batch.rows(2..9)), (2..9).map(messaging).collect::<Vec<_>>());
    let reordered = batch.rows(0..9).in_order(&[8, 3, 0]);
    assert_eq!(found(&reordered.rows(0..3)), [8, 3, 0].map(messaging));
}

#[test]
fn a_kind_of_a_later_version_is_read_as_another_one() {
    let columns = batch(CALLS, 0..1).columns().clone();
    let place = columns.schema().index_of("kind").unwrap();
    let mut arrays = columns.columns().to_vec();
    arrays[place] = Arc::new(arrow_array::StringArray::from(vec!["handover"]));
    let mut fields = columns.schema().fields().to_vec();
    let text = arrays[place].data_type().clone();
    fields[place] = Arc::new(Field::new("kind", text, true));
    let columns = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
    let batch = Batch::from_columns(columns).unwrap();
    assert_eq!(batch.rows(0..1).kinds(), [Some(Kind::Other)]);
    assert!(!Kind::Other.is_main() && batch.record(0).is_success());
}
