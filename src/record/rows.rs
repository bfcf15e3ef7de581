//! A range of the records of a batch, read column by column.

use std::iter;
use std::ops::Range;

use arrow_array::{Array, ArrowPrimitiveType, PrimitiveArray, UInt64Array};
use arrow_select::take::take_record_batch;

use crate::record::column_reader::nanos;
use crate::record::texts::Texts;
use crate::record::{
    Batch, Extras, FlowStep, Kind, Label, Labels, Messaging, Outcome, Record, schema,
};

/// A range of the records of a batch. Reading its columns is several times as fast as reading
/// record by record.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    batch: &'a Batch,
    /// Within the batch.
    range: Range<usize>,
}

impl Batch {
    /// Returns a range of the records.
    ///
    /// # Panics
    ///
    /// If the range ends after [`Batch::len`].
    pub fn rows(&self, range: Range<usize>) -> Rows<'_> {
        Rows::new(self, range)
    }
}

impl<'a> Rows<'a> {
    fn new(batch: &'a Batch, range: Range<usize>) -> Self {
        assert!(range.end <= batch.len(), "the rows end after their batch");
        Self { batch, range }
    }

    /// Returns the number of records.
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Returns whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// Returns the batch if the range is the whole batch; None if the batch has other records.
    pub fn as_batch(&self) -> Option<&'a Batch> {
        (self.len() == self.batch.len()).then_some(self.batch)
    }

    /// Returns the records in their order.
    pub fn records(&self) -> impl Iterator<Item = Record<'a>> + use<'a> {
        let batch = self.batch;
        self.range.clone().map(|row| batch.record(row))
    }

    /// Returns the record at an index, from 0.
    ///
    /// # Panics
    ///
    /// If the index is not below [`Rows::len`].
    pub fn record(&self, index: usize) -> Record<'a> {
        assert!(index < self.len(), "the index is not in the rows");
        self.batch.record(self.range.start + index)
    }

    /// Returns the times of release, in ns since 1970 UTC.
    pub fn timestamps_ns(&self) -> &'a [i64] {
        self.cut(self.batch.timestamp.values())
    }

    /// Returns the latencies in ns.
    pub fn latencies_ns(&self) -> impl Iterator<Item = u64> + Clone + use<'a> {
        self.cut(self.batch.latency.values()).iter().map(|ns| nanos(*ns))
    }

    /// Returns the lags in ns, None for each record without one; no items if the stream has no
    /// lags.
    pub fn lags_ns(&self) -> impl Iterator<Item = Option<u64>> + Clone + use<'a> {
        self.known(self.batch.lag.as_ref()).map(|lag| lag.map(nanos))
    }

    /// Returns the response times in ns, which are latency plus lag; nothing for records without
    /// a known lag.
    pub fn responses_ns(&self) -> impl Iterator<Item = u64> + Clone + use<'a> {
        let both = self.lags_ns().zip(self.latencies_ns());
        both.filter_map(|(lag_ns, ns)| lag_ns.map(|lag_ns| ns.saturating_add(lag_ns)))
    }

    /// Returns the statuses; 0 without a response.
    pub fn codes(&self) -> &'a [u16] {
        self.cut(self.batch.code.values())
    }

    /// Returns the body bytes sent.
    pub fn bytes_out(&self) -> &'a [u64] {
        self.cut(self.batch.bytes_out.values())
    }

    /// Returns the body bytes received and kept.
    pub fn bytes_in(&self) -> &'a [u64] {
        self.cut(self.batch.bytes_in.values())
    }

    /// Returns the total number of retries.
    pub fn retries(&self) -> u64 {
        self.known(self.batch.retries.as_ref()).flatten().map(u64::from).sum()
    }

    /// Returns the error texts, each with the index of its record, from 0.
    pub fn errors(&self) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
        let range = self.range.clone();
        let rows = move |texts: &'a Texts| {
            let start = range.start;
            let present = texts.present(range).map(move |row| (row - start, texts.at(row)));
            present.filter_map(|(place, text)| Some((place, text.filter(|text| !text.is_empty())?)))
        };
        self.batch.error.as_ref().map(rows).into_iter().flatten()
    }

    /// Returns the outcome of each record, in the order of the records.
    pub fn outcomes(&self) -> impl Iterator<Item = Outcome<'a>> + use<'a> {
        let mut errors = self.errors().peekable();
        let rows = self.clone();
        (0..self.len()).map(move |index| {
            let error = errors.next_if(|(failed, _)| *failed == index).map(|(_, error)| error);
            rows.outcome(index, error)
        })
    }

    /// Returns the outcome of the record at an index, from 0, with its error as in [`Rows::errors`].
    ///
    /// # Panics
    ///
    /// If the index is not below [`Rows::len`].
    pub fn outcome(&self, index: usize, error: Option<&'a str>) -> Outcome<'a> {
        let (flow, row) = (self.batch.flow.as_deref(), self.range.start + index);
        let messaging = self.batch.messaging.as_deref();
        let is_checked = flow.is_some_and(|flow| flow.is_checked(row));
        let kind = messaging.and_then(|columns| columns.kinds[row]);
        let grpc_status = messaging.filter(|_| kind.is_some());
        let grpc_status = grpc_status.and_then(|columns| columns.grpc_status(row));
        Outcome { code: self.codes()[index], error, is_checked, kind, grpc_status }
    }

    /// Returns the columns of the records that not all streams have.
    pub fn extras(&self) -> Extras {
        self.batch.extras()
    }

    /// Returns the place of each record in its flow, None for a request that is in no flow; no
    /// items in a stream without flows.
    pub fn flow_steps(&self) -> impl Iterator<Item = Option<FlowStep<'a>>> + use<'a> {
        let range = self.range.clone();
        let flow = self.batch.flow.as_deref();
        flow.into_iter().flat_map(move |flow| range.clone().map(|row| flow.step(row)))
    }

    /// Returns the kind of each record, None for a plain HTTP request; empty in a stream without
    /// calls and messages.
    pub fn kinds(&self) -> &'a [Option<Kind>] {
        self.batch.messaging.as_deref().map_or(&[], |columns| self.cut(&columns.kinds))
    }

    /// Returns the records that count in the main metrics, as runs of rows in their order: all but
    /// those that only open streams; see [`Kind::is_main`].
    pub fn main_runs(&self) -> impl Iterator<Item = Rows<'a>> + use<'a> {
        let is_main = |kind: &Option<Kind>| kind.is_none_or(Kind::is_main);
        let (kinds, rows) = (self.kinds(), self.clone());
        let is_whole = kinds.iter().all(is_main);
        let mut start = 0;
        let runs = kinds.chunk_by(move |left, right| is_main(left) == is_main(right));
        let runs = runs.filter_map(move |run| {
            let range = start..start + run.len();
            start = range.end;
            (!is_whole && is_main(&run[0])).then(|| rows.part(range))
        });
        iter::once(self.clone()).filter(move |_| is_whole).chain(runs)
    }

    /// Returns what only calls and messages have, None for a plain HTTP request; no items in a
    /// stream without calls and messages.
    pub fn messaging(&self) -> impl Iterator<Item = Option<Messaging>> + use<'a> {
        let range = self.range.clone();
        let columns = self.batch.messaging.as_deref();
        columns.into_iter().flat_map(move |columns| range.clone().map(|row| columns.messaging(row)))
    }

    /// Returns the instant at which the record at an index, from 0, ended, in ns since 1970 UTC.
    ///
    /// # Panics
    ///
    /// If the index is not below [`Rows::len`], as for [`Rows::close_code`].
    pub fn end_ns(&self, index: usize) -> i64 {
        let latency_ns = nanos(self.cut(self.batch.latency.values())[index]);
        self.timestamps_ns()[index].saturating_add_unsigned(latency_ns)
    }

    /// Returns the close code of the record at an index, from 0; see [`Messaging::close_code`].
    pub fn close_code(&self, index: usize) -> Option<u16> {
        let columns = self.batch.messaging.as_deref()?;
        columns.messaging(self.range.start + index)?.close_code
    }

    /// Returns the number of deliveries that each message expected, and of those that came; None for
    /// a record that expected none, and no items in a stream without calls and messages.
    pub fn deliveries(&self) -> impl Iterator<Item = Option<(u32, u32)>> + use<'a> {
        let range = self.range.clone();
        let columns = self.batch.messaging.as_deref().filter(|columns| columns.has_deliveries());
        columns
            .into_iter()
            .flat_map(move |columns| range.clone().map(|row| columns.deliveries(row)))
    }

    /// Returns the texts of a label; empty texts if the column is not in the batch.
    pub fn labels(&self, label: Label) -> Labels<'a> {
        Labels::new(self.batch, label, self.range.clone())
    }

    /// Returns a part of these rows.
    ///
    /// # Panics
    ///
    /// If the range ends after [`Rows::len`].
    pub fn part(&self, range: Range<usize>) -> Rows<'a> {
        assert!(range.end <= self.len(), "the part ends after its rows");
        let start = self.range.start;
        Rows::new(self.batch, start + range.start..start + range.end)
    }

    /// Returns a batch of these records in another order, given by their indices. The batch has the
    /// columns of [`Columns::Numbers`](crate::record::Columns::Numbers).
    ///
    /// # Panics
    ///
    /// If an index is not below [`Rows::len`].
    pub fn in_order(&self, order: &[usize]) -> Batch {
        let rows = order.iter().map(|index| {
            assert!(*index < self.len(), "the index is not in the rows");
            (self.range.start + index) as u64
        });
        let rows = UInt64Array::from_iter_values(rows);
        let columns = self.batch.columns();
        let fields = columns.schema_ref().fields().iter().enumerate();
        let numbers = fields.filter(|(_, field)| schema::NUMBERS.contains(&field.name().as_str()));
        let numbers: Vec<usize> = numbers.map(|(idx, _)| idx).collect();
        let numbers = columns.project(&numbers).expect("the indices are those of its columns");
        let taken = take_record_batch(&numbers, &rows).expect("the indices are those of its rows");
        Batch::from_columns(taken).expect("the types of the columns are unchanged")
    }

    /// Returns the values of a column, None for nulls; no items without the column.
    fn known<T: ArrowPrimitiveType>(
        &self,
        column: Option<&'a PrimitiveArray<T>>,
    ) -> impl Iterator<Item = Option<T::Native>> + Clone + use<'a, T> {
        let nulls = column.and_then(|column| column.nulls());
        let values = column.map_or(&[][..], |column| self.cut(column.values()));
        values.iter().zip(self.range.clone()).map(move |(value, row)| {
            nulls.is_none_or(|nulls| nulls.is_valid(row)).then_some(*value)
        })
    }

    /// Returns the part of a column in the range.
    fn cut<T>(&self, column: &'a [T]) -> &'a [T] {
        &column[self.range.clone()]
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::record::{BatchBuilder, Columns};

    /// Returns 64 records of all kinds: with and without lag and error.
    fn batch() -> Batch {
        let mut builder = BatchBuilder::new();
        for n in 0..64 {
            builder.push(&Record {
                attack: "",
                seq: n,
                code: [200, 404, 0][n as usize % 3],
                timestamp_ns: 1_000 - n as i64,
                latency: Duration::from_nanos(n * n),
                lag: (n % 5 != 0).then_some(Duration::from_nanos(n)),
                connect: None,
                first_byte: None,
                bytes_out: n,
                bytes_in: 2 * n,
                retries: n as u8,
                error: (n % 7 == 0).then_some("broken"),
                body: b"",
                name: "",
                method: "GET",
                url: "",
                headers: None,
                flow: None,
                messaging: None,
            });
        }
        builder.finish()
    }

    #[test]
    fn columns_and_records_have_the_same_values() {
        let batch = batch();
        for range in [0..0, 0..1, 0..64, 3..64, 20..41, 64..64] {
            let rows = batch.rows(range.clone());
            let records: Vec<Record<'_>> = range.map(|row| batch.record(row)).collect();
            let ns = |duration: Duration| duration.as_nanos() as u64;
            let errors = records.iter().enumerate().filter_map(|(n, r)| Some((n, r.error?)));
            assert_eq!(rows.len(), records.len());
            assert!(rows.timestamps_ns().iter().eq(records.iter().map(|r| &r.timestamp_ns)));
            assert!(rows.latencies_ns().eq(records.iter().map(|r| ns(r.latency))));
            assert!(rows.lags_ns().eq(records.iter().map(|r| r.lag.map(ns))));
            assert!(rows.codes().iter().eq(records.iter().map(|r| &r.code)));
            assert!(rows.bytes_out().iter().eq(records.iter().map(|r| &r.bytes_out)));
            assert!(rows.bytes_in().iter().eq(records.iter().map(|r| &r.bytes_in)));
            assert_eq!(rows.retries(), records.iter().map(|r| u64::from(r.retries)).sum::<u64>());
            assert!(rows.errors().eq(errors));
            let outcomes = records.iter().map(Record::outcome);
            assert!(rows.outcomes().eq(outcomes));
            let responses = records.iter().filter_map(|r| Some(ns(r.latency) + ns(r.lag?)));
            assert!(rows.responses_ns().eq(responses));
            assert_eq!(rows.as_batch().is_some(), records.len() == 64);
        }
    }

    #[test]
    fn rows_in_another_order_have_the_same_values() {
        let columns = batch().columns().clone();
        let wanted = Columns::Labelled.select(columns.schema_ref()).unwrap();
        let batch = Batch::from_columns(columns.project(&wanted).unwrap()).unwrap();
        let rows = batch.rows(3..40);
        let order: Vec<usize> = (0..37).map(|place| place * 5 % 37).collect();
        let found = rows.in_order(&order);
        assert_eq!(found.len(), 37);
        for (found, place) in found.records().zip(order) {
            let record = batch.record(3 + place);
            let expected = Record { seq: 0, method: "", ..record };
            assert_eq!(format!("{found:?}"), format!("{expected:?}"));
        }
    }
}
