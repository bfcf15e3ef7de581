//! A batch of records, stored as Arrow columns.

use arrow_array::types::{
    DurationNanosecondType, TimestampNanosecondType, UInt8Type, UInt16Type, UInt64Type,
};
use arrow_array::{Array, BinaryArray, PrimitiveArray, RecordBatch, new_null_array};

use crate::record::column_reader::{ColumnProblem, ColumnReader, duration, value};
use crate::record::flow::FlowColumns;
use crate::record::headers::StoredHeaders;
use crate::record::messaging::MessagingColumns;
use crate::record::texts::Texts;
use crate::record::{Extras, Record, schema};

/// A batch of records, stored as Arrow columns and read as [`Record`] views.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The same columns, as they were read or as they will be written.
    columns: RecordBatch,
    /// None if the column is not in the batch, as for all optional columns below.
    seq: Option<PrimitiveArray<UInt64Type>>,
    pub(super) timestamp: PrimitiveArray<TimestampNanosecondType>,
    pub(super) lag: Option<PrimitiveArray<DurationNanosecondType>>,
    pub(super) latency: PrimitiveArray<DurationNanosecondType>,
    connect: Option<PrimitiveArray<DurationNanosecondType>>,
    first_byte: Option<PrimitiveArray<DurationNanosecondType>>,
    pub(super) code: PrimitiveArray<UInt16Type>,
    pub(super) bytes_out: PrimitiveArray<UInt64Type>,
    pub(super) bytes_in: PrimitiveArray<UInt64Type>,
    pub(super) retries: Option<PrimitiveArray<UInt8Type>>,
    pub(super) attack: Option<Texts>,
    pub(super) name: Option<Texts>,
    pub(super) method: Option<Texts>,
    pub(super) url: Option<Texts>,
    pub(super) error: Option<Texts>,
    headers: Option<StoredHeaders>,
    body: Option<BinaryArray>,
    /// None in a stream without flows. Boxed, because most streams have none.
    pub(super) flow: Option<Box<FlowColumns>>,
    /// None in a stream without calls and messages. Boxed for the same reason.
    pub(super) messaging: Option<Box<MessagingColumns>>,
}

impl Batch {
    /// Finds the columns of a batch by their names. Unknown columns are ignored, and only the
    /// columns that all numbers depend on are required.
    ///
    /// # Errors
    ///
    /// If the columns are not those of a stream of results.
    pub(crate) fn from_columns(columns: RecordBatch) -> Result<Self, ColumnProblem> {
        let reader = ColumnReader(&columns);
        Ok(Self {
            seq: reader.complete(schema::SEQ)?,
            timestamp: reader.required(schema::TIMESTAMP)?,
            lag: reader.numbers(schema::LAG)?,
            latency: reader.required(schema::LATENCY)?,
            connect: reader.numbers(schema::CONNECT)?,
            first_byte: reader.numbers(schema::FIRST_BYTE)?,
            code: reader.required(schema::CODE)?,
            bytes_out: reader.required(schema::BYTES_OUT)?,
            bytes_in: reader.required(schema::BYTES_IN)?,
            retries: reader.numbers(schema::RETRIES)?,
            attack: reader.texts(schema::ATTACK)?,
            name: reader.texts(schema::NAME)?,
            method: reader.texts(schema::METHOD)?,
            url: reader.texts(schema::URL)?,
            error: reader.texts(schema::ERROR)?,
            headers: reader.headers(schema::HEADERS)?,
            body: reader.bodies(schema::BODY)?,
            flow: FlowColumns::find(&reader)?.map(Box::new),
            messaging: MessagingColumns::find(&reader)?.map(Box::new),
            columns,
        })
    }

    /// Returns the columns.
    pub(crate) fn columns(&self) -> &RecordBatch {
        &self.columns
    }

    /// Returns the number of records.
    pub fn len(&self) -> usize {
        self.columns.num_rows()
    }

    /// Returns whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the columns of the batch that not all streams have.
    pub fn extras(&self) -> Extras {
        Extras { flows: self.flow.is_some(), messaging: self.messaging.is_some() }
    }

    /// Returns the size of the columns in memory, in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.columns.get_array_memory_size()
    }

    /// Returns the number of bytes in the bodies.
    pub fn body_bytes(&self) -> usize {
        self.body.as_ref().map_or(0, |bodies| bodies.value_data().len())
    }

    /// Returns the same records without their bodies.
    pub fn without_bodies(&self) -> Self {
        let (schema, mut columns, _) = self.columns.clone().into_parts();
        if let Ok(place) = schema.index_of(schema::BODY) {
            columns[place] = new_null_array(schema.field(place).data_type(), self.len());
        }
        // The columns have the types and lengths that they had before.
        let columns =
            RecordBatch::try_new(schema, columns).unwrap_or_else(|_| self.columns.clone());
        Self { columns, body: None, ..self.clone() }
    }

    /// Returns the times at which the hits were released, in ns since 1970 UTC, in the order of the
    /// records.
    pub fn timestamps_ns(&self) -> &[i64] {
        self.timestamp.values()
    }

    /// Returns the records in their order.
    pub fn records(&self) -> impl ExactSizeIterator<Item = Record<'_>> {
        (0..self.len()).map(|row| self.record(row))
    }

    /// Returns one record.
    ///
    /// # Panics
    ///
    /// If `row` is not below [`Batch::len`].
    pub fn record(&self, row: usize) -> Record<'_> {
        Record {
            attack: text(&self.attack, row).unwrap_or(""),
            seq: value(&self.seq, row).unwrap_or(0),
            code: self.code.value(row),
            timestamp_ns: self.timestamp.value(row),
            latency: duration(self.latency.value(row)),
            lag: value(&self.lag, row).map(duration),
            connect: value(&self.connect, row).map(duration),
            first_byte: value(&self.first_byte, row).map(duration),
            bytes_out: self.bytes_out.value(row),
            bytes_in: self.bytes_in.value(row),
            retries: value(&self.retries, row).unwrap_or(0),
            error: text(&self.error, row).filter(|error| !error.is_empty()),
            body: self
                .body
                .as_ref()
                .filter(|body| body.is_valid(row))
                .map_or(&[], |body| body.value(row)),
            name: text(&self.name, row).unwrap_or(""),
            method: text(&self.method, row).unwrap_or(""),
            url: text(&self.url, row).unwrap_or(""),
            headers: self.headers.as_ref().and_then(|headers| headers.at(row)),
            flow: self.flow.as_ref().and_then(|flow| flow.step(row)),
            messaging: self.messaging.as_ref().and_then(|messaging| messaging.messaging(row)),
        }
    }
}

fn text(column: &Option<Texts>, row: usize) -> Option<&str> {
    column.as_ref()?.at(row)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::record::{BatchBuilder, FlowStep, Headers, Kind, Messaging};

    #[test]
    fn records_are_read_back_as_they_were_written() {
        let headers = vec![("A".to_owned(), "1".to_owned()), ("A".to_owned(), "".to_owned())];
        let full = Record {
            attack: "smoke",
            seq: 7,
            code: 200,
            timestamp_ns: 1_795_180_206_240_727_031,
            latency: Duration::from_nanos(697_452),
            lag: Some(Duration::from_nanos(12)),
            connect: Some(Duration::from_micros(30)),
            first_byte: Some(Duration::from_micros(90)),
            bytes_out: 3,
            bytes_in: 4,
            retries: 1,
            error: Some("404 Not Found"),
            body: b"\0\xff",
            name: "login",
            method: "POST",
            url: "http://127.0.0.1/",
            headers: Some(Headers::Pairs(&headers)),
            flow: None,
            messaging: None,
        };
        let bare = Record {
            attack: "",
            seq: 8,
            lag: None,
            connect: None,
            first_byte: None,
            error: None,
            body: b"",
            headers: None,
            ..full.clone()
        };
        let mut builder = BatchBuilder::new();
        for _ in 0..2 {
            builder.push(&full);
            builder.push(&bare);
            let batch = builder.finish();
            let texts: Vec<String> = batch.records().map(|record| printed(&record)).collect();
            assert_eq!(texts, [printed(&full), printed(&bare)]);
        }
    }

    #[test]
    fn a_batch_of_flows_has_the_steps_only_of_its_requests_in_flows() {
        let step = FlowStep { flow: "login", flow_seq: 3, step: 2, ..FlowStep::default() };
        let in_flow = Record { flow: Some(step), body: b"x", ..Record::default() };
        for (mut builder, expected) in
            [(BatchBuilder::with_flows(), Some(step)), (BatchBuilder::new(), None)]
        {
            [&in_flow, &Record::default()].iter().for_each(|record| builder.push(record));
            let batch = builder.finish().without_bodies();
            assert_eq!(batch.extras(), builder.extras());
            let steps: Vec<_> = batch.records().map(|record| record.flow).collect();
            assert_eq!(steps, [expected, None]);
        }
    }

    #[test]
    fn a_batch_of_calls_has_messaging_only_of_records_with_a_kind() {
        let call = Messaging {
            kind: Kind::Message,
            grpc_status: Some(14),
            sent: Some(Duration::from_nanos(1)),
            first_message: Some(Duration::from_nanos(2)),
            gap_max: Some(Duration::from_nanos(3)),
            messages_in: 4,
            messages_out: 5,
            socket: Some(6),
            close_code: Some(1013),
            expected: Some(7),
        };
        let bare = Messaging { kind: Kind::Call, ..Messaging::default() };
        let connect = Messaging { kind: Kind::Connect, ..Messaging::default() };
        let all = [Some(call), None, Some(bare), Some(bare), Some(connect), None];
        let step = FlowStep { flow: "login", ..FlowStep::default() };
        for extras in [
            Extras::default(),
            Extras { messaging: true, ..Extras::default() },
            Extras { messaging: true, flows: true },
        ] {
            let mut builder = BatchBuilder::with(extras);
            for messaging in all {
                builder.push(&Record { messaging, flow: Some(step), ..Record::default() });
            }
            let batch = builder.finish();
            assert_eq!((batch.extras(), builder.extras()), (extras, extras));
            let found: Vec<_> = batch.records().map(|record| record.messaging).collect();
            let expected = if extras.messaging { all } else { [None; 6] };
            assert_eq!(found, expected);
            assert!(batch.records().all(|record| record.flow.is_some() == extras.flows));
            let kinds = expected.map(|messaging| messaging.map(|messaging| messaging.kind));
            let (rows, n_kinds) = (batch.rows(1..5), if extras.messaging { 4 } else { 0 });
            assert_eq!(rows.kinds(), &kinds[1..1 + n_kinds]);
            let outcomes = batch.records().skip(1).take(4).map(|record| record.outcome());
            assert!(rows.outcomes().eq(outcomes));
        }
    }

    #[test]
    fn a_batch_without_bodies_keeps_everything_else() {
        let record =
            Record { seq: 7, bytes_in: 3, body: b"abc", url: "http://x/", ..Record::default() };
        let mut builder = BatchBuilder::new();
        builder.push(&record);
        let batch = builder.finish();
        assert_eq!(batch.body_bytes(), 3);
        let bare = batch.without_bodies();
        let expected = printed(&Record { body: b"", ..record });
        let reread = Batch::from_columns(bare.columns().clone()).unwrap();
        for batch in [bare, reread] {
            assert_eq!((batch.body_bytes(), printed(&batch.record(0))), (0, expected.clone()));
        }
    }

    /// Prints a record with its headers as pairs.
    fn printed(record: &Record<'_>) -> String {
        let pairs = record.headers.map(Headers::to_pairs);
        let plain = Record { headers: None, ..record.clone() };
        format!("{plain:?} {pairs:?}")
    }
}
