//! A batch of records, stored as Arrow columns.

use std::ops::Range;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, DurationNanosecondType, TimestampNanosecondType, UInt8Type, UInt16Type,
    UInt64Type,
};
use arrow_array::{Array, BinaryArray, PrimitiveArray, RecordBatch};
use arrow_schema::Schema;

use super::headers::StoredHeaders;
use super::texts::Texts;
use super::{Record, Rows, schema};

/// Which columns a reader wants of a stream. What it does not want may be missing in the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// All of them.
    All,
    /// All but headers and body: what charts need.
    Figures,
    /// Those that are counted and summed up: what [`Rows`] gives, but for its labels.
    Numbers,
    /// Those of [`Columns::Numbers`], and the labels.
    Labelled,
    /// Those of [`Columns::Labelled`], and the number of the hit: what finds a record again.
    Identified,
}

impl Columns {
    /// Returns the positions of the wanted columns in a stream's schema; what is wrong with it where
    /// it is not that of a result stream.
    pub(crate) fn select(self, schema: &Schema) -> Result<Vec<usize>, String> {
        if let Some(name) = schema::REQUIRED.iter().find(|name| schema.index_of(name).is_err()) {
            return Err(format!("column '{name}' is missing"));
        }
        let fields = schema.fields().iter().enumerate();
        Ok(fields.filter(|(_, field)| self.want(field.name())).map(|(idx, _)| idx).collect())
    }

    fn want(self, name: &str) -> bool {
        match self {
            Columns::All => true,
            Columns::Figures => ![schema::HEADERS, schema::BODY].contains(&name),
            Columns::Numbers => schema::NUMBERS.contains(&name),
            Columns::Labelled => schema::NUMBERS.contains(&name) || schema::LABELS.contains(&name),
            Columns::Identified => name == schema::SEQ || Columns::Labelled.want(name),
        }
    }
}

/// A batch of records, stored as Arrow columns and read as [`Record`] views.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The columns as they came, or as they go into a stream.
    columns: RecordBatch,
    /// None where it was not wanted.
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
}

impl Batch {
    /// Reads the columns of a batch by their names. Columns it does not know are passed over; of
    /// those it knows, only the ones without which there are no numbers must be there.
    ///
    /// Returns what is wrong with the columns where they are not those of a result stream.
    pub(crate) fn from_columns(columns: RecordBatch) -> Result<Self, String> {
        let source = Source(&columns);
        Ok(Self {
            seq: source.complete(schema::SEQ)?,
            timestamp: source.required(schema::TIMESTAMP)?,
            lag: source.numbers(schema::LAG)?,
            latency: source.required(schema::LATENCY)?,
            connect: source.numbers(schema::CONNECT)?,
            first_byte: source.numbers(schema::FIRST_BYTE)?,
            code: source.required(schema::CODE)?,
            bytes_out: source.required(schema::BYTES_OUT)?,
            bytes_in: source.required(schema::BYTES_IN)?,
            retries: source.numbers(schema::RETRIES)?,
            attack: source.texts(schema::ATTACK)?,
            name: source.texts(schema::NAME)?,
            method: source.texts(schema::METHOD)?,
            url: source.texts(schema::URL)?,
            error: source.texts(schema::ERROR)?,
            headers: source.headers(schema::HEADERS)?,
            body: source.bodies(schema::BODY)?,
            columns,
        })
    }

    /// Returns the columns.
    pub(crate) fn columns(&self) -> &RecordBatch {
        &self.columns
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.columns.num_rows()
    }

    /// Returns whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory that the columns take.
    pub fn memory_bytes(&self) -> usize {
        self.columns.get_array_memory_size()
    }

    /// Returns the instants at which the hits were released, in ns since 1970 UTC, in the order of
    /// the records.
    pub fn timestamps_ns(&self) -> &[i64] {
        self.timestamp.values()
    }

    /// Returns a run of the records.
    ///
    /// # Panics
    ///
    /// Where the range goes beyond [`Batch::len`].
    pub fn rows(&self, range: Range<usize>) -> Rows<'_> {
        Rows::new(self, range)
    }

    /// Returns the records in their order.
    pub fn records(&self) -> impl ExactSizeIterator<Item = Record<'_>> {
        (0..self.len()).map(|row| self.record(row))
    }

    /// Returns one record.
    ///
    /// # Panics
    ///
    /// Where `row` is not below [`Batch::len`].
    pub fn record(&self, row: usize) -> Record<'_> {
        Record {
            attack: text(&self.attack, row).unwrap_or(""),
            seq: optional(&self.seq, row).unwrap_or(0),
            code: self.code.value(row),
            timestamp_ns: self.timestamp.value(row),
            latency: duration(self.latency.value(row)),
            lag: optional(&self.lag, row).map(duration),
            connect: optional(&self.connect, row).map(duration),
            first_byte: optional(&self.first_byte, row).map(duration),
            bytes_out: self.bytes_out.value(row),
            bytes_in: self.bytes_in.value(row),
            retries: optional(&self.retries, row).unwrap_or(0),
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
        }
    }
}

/// Returns the nanoseconds of a duration. A negative one, which no hit has, counts as none.
pub(super) fn nanos(nanos: i64) -> u64 {
    u64::try_from(nanos).unwrap_or(0)
}

fn duration(ns: i64) -> Duration {
    Duration::from_nanos(nanos(ns))
}

fn optional<T: ArrowPrimitiveType>(
    column: &Option<PrimitiveArray<T>>,
    row: usize,
) -> Option<T::Native> {
    column.as_ref().filter(|column| column.is_valid(row)).map(|column| column.value(row))
}

fn text(column: &Option<Texts>, row: usize) -> Option<&str> {
    column.as_ref()?.at(row)
}

/// Finds columns by name and holds them against the type they should have.
struct Source<'a>(&'a RecordBatch);

impl Source<'_> {
    fn find(&self, name: &str) -> Option<&dyn Array> {
        self.0.column_by_name(name).map(|column| column.as_ref())
    }

    fn required<T: ArrowPrimitiveType>(&self, name: &str) -> Result<PrimitiveArray<T>, String> {
        self.complete(name)?.ok_or_else(|| format!("column '{name}' is missing"))
    }

    /// Finds a column that has no nulls where it is there at all.
    fn complete<T: ArrowPrimitiveType>(
        &self,
        name: &str,
    ) -> Result<Option<PrimitiveArray<T>>, String> {
        let column = self.numbers(name)?;
        if column.as_ref().is_some_and(|column: &PrimitiveArray<T>| column.null_count() > 0) {
            return Err(format!("column '{name}' has nulls"));
        }
        Ok(column)
    }

    fn numbers<T: ArrowPrimitiveType>(
        &self,
        name: &str,
    ) -> Result<Option<PrimitiveArray<T>>, String> {
        self.typed(name, &T::DATA_TYPE, |column| column.as_primitive_opt().cloned())
    }

    fn texts(&self, name: &str) -> Result<Option<Texts>, String> {
        self.typed(name, &"Utf8 or Dictionary<Int32, Utf8>", Texts::of)
    }

    fn bodies(&self, name: &str) -> Result<Option<BinaryArray>, String> {
        self.typed(name, &"Binary", |column| column.as_binary_opt().cloned())
    }

    fn headers(&self, name: &str) -> Result<Option<StoredHeaders>, String> {
        self.typed(name, &"Map of Utf8 or Dictionary<Int32, Utf8>", StoredHeaders::of)
    }

    fn typed<C>(
        &self,
        name: &str,
        expected: &dyn std::fmt::Display,
        cast: impl FnOnce(&dyn Array) -> Option<C>,
    ) -> Result<Option<C>, String> {
        let Some(column) = self.find(name) else {
            return Ok(None);
        };
        let found = column.data_type().clone();
        match cast(column) {
            Some(typed) => Ok(Some(typed)),
            None => Err(format!("column '{name}' is of type {found}, expected {expected}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{BatchBuilder, Headers};

    #[test]
    fn records_come_back_from_columns_as_they_went_in() {
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
            let texts: Vec<String> = batch.records().map(|record| shown(&record)).collect();
            assert_eq!(texts, [shown(&full), shown(&bare)]);
        }
    }

    /// Prints a record with its headers as pairs, wherever they are stored.
    fn shown(record: &Record<'_>) -> String {
        let pairs = record.headers.map(Headers::to_pairs);
        let plain = Record { headers: None, ..record.clone() };
        format!("{plain:?} {pairs:?}")
    }
}
