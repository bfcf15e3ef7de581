//! Builds batches: the fields of a record go straight into columns.

use std::sync::Arc;
use std::time::Duration;

use arrow_array::builder::{
    BinaryBuilder, DurationNanosecondBuilder, MapBuilder, MapFieldNames, StringBuilder,
    StringDictionaryBuilder, TimestampNanosecondBuilder, UInt8Builder, UInt16Builder,
    UInt64Builder,
};
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, RecordBatch};
use arrow_schema::{Schema, SchemaRef};

use super::{Batch, Record, schema};

/// Most texts of a column that are kept from batch to batch. Names may all be distinct where a list
/// of targets is endless, and each batch takes time and memory by their number.
const MOST_WORDS: usize = 10_000;

/// Gathers records into columns until [`BatchBuilder::finish`] gives them out as a batch.
///
/// The texts that recur (attack, name, method) are kept from batch to batch, so that a stream
/// carries each of them once; past 10 000 of them they are forgotten.
pub struct BatchBuilder {
    schema: SchemaRef,
    seq: UInt64Builder,
    timestamp: TimestampNanosecondBuilder,
    lag: DurationNanosecondBuilder,
    latency: DurationNanosecondBuilder,
    connect: DurationNanosecondBuilder,
    first_byte: DurationNanosecondBuilder,
    code: UInt16Builder,
    bytes_out: UInt64Builder,
    bytes_in: UInt64Builder,
    retries: UInt8Builder,
    attack: StringDictionaryBuilder<Int32Type>,
    name: StringDictionaryBuilder<Int32Type>,
    method: StringDictionaryBuilder<Int32Type>,
    url: StringBuilder,
    error: StringBuilder,
    headers: MapBuilder<StringBuilder, StringBuilder>,
    body: BinaryBuilder,
    /// Records since the last finish.
    len: usize,
    /// Bytes of texts and bodies since the last finish, roughly.
    text_bytes: usize,
}

impl Default for BatchBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl BatchBuilder {
    /// Bytes that a record takes beside its texts and body, roughly.
    const FIXED_BYTES: usize = 96;

    /// Returns an empty builder.
    pub fn new() -> Self {
        Self {
            schema: Arc::new(schema::all()),
            seq: UInt64Builder::new(),
            timestamp: TimestampNanosecondBuilder::new().with_timezone("UTC"),
            lag: DurationNanosecondBuilder::new(),
            latency: DurationNanosecondBuilder::new(),
            connect: DurationNanosecondBuilder::new(),
            first_byte: DurationNanosecondBuilder::new(),
            code: UInt16Builder::new(),
            bytes_out: UInt64Builder::new(),
            bytes_in: UInt64Builder::new(),
            retries: UInt8Builder::new(),
            attack: StringDictionaryBuilder::new(),
            name: StringDictionaryBuilder::new(),
            method: StringDictionaryBuilder::new(),
            url: StringBuilder::new(),
            error: StringBuilder::new(),
            headers: headers_builder(),
            body: BinaryBuilder::new(),
            len: 0,
            text_bytes: 0,
        }
    }

    /// Returns the schema of the batches.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Records gathered since the last finish.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether nothing was gathered since the last finish.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of memory that the gathered records take, roughly.
    pub fn memory_bytes(&self) -> usize {
        self.text_bytes + self.len * Self::FIXED_BYTES
    }

    /// Adds one record.
    pub fn push(&mut self, record: &Record<'_>) {
        self.seq.append_value(record.seq);
        self.timestamp.append_value(record.timestamp_ns);
        self.lag.append_option(record.lag.map(nanos));
        self.latency.append_value(nanos(record.latency));
        self.connect.append_option(record.connect.map(nanos));
        self.first_byte.append_option(record.first_byte.map(nanos));
        self.code.append_value(record.code);
        self.bytes_out.append_value(record.bytes_out);
        self.bytes_in.append_value(record.bytes_in);
        self.retries.append_value(record.retries);
        self.attack.append_value(record.attack);
        self.name.append_value(record.name);
        self.method.append_value(record.method);
        self.url.append_value(record.url);
        self.error.append_option(record.error);
        self.push_headers(record);
        self.body.append_option((!record.body.is_empty()).then_some(record.body));
        self.len += 1;
        self.text_bytes += record.url.len() + record.body.len() + record.error.map_or(0, str::len);
    }

    fn push_headers(&mut self, record: &Record<'_>) {
        let (keys, values) = self.headers.entries();
        let mut bytes = 0;
        if let Some(headers) = record.headers {
            headers.for_each(|name, value| {
                keys.append_value(name);
                values.append_value(value);
                bytes += name.len() + value.len() + 8;
            });
        }
        self.text_bytes += bytes;
        self.headers
            .append(record.headers.is_some())
            .expect("each header appended one name and one value");
    }

    /// Gives out the gathered records as a batch and begins anew.
    pub fn finish(&mut self) -> Batch {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.seq.finish()),
            Arc::new(self.timestamp.finish().with_timezone("UTC")),
            Arc::new(self.lag.finish()),
            Arc::new(self.latency.finish()),
            Arc::new(self.connect.finish()),
            Arc::new(self.first_byte.finish()),
            Arc::new(self.code.finish()),
            Arc::new(self.bytes_out.finish()),
            Arc::new(self.bytes_in.finish()),
            Arc::new(self.retries.finish()),
            Arc::new(finish_words(&mut self.attack)),
            Arc::new(finish_words(&mut self.name)),
            Arc::new(finish_words(&mut self.method)),
            Arc::new(self.url.finish()),
            Arc::new(self.error.finish()),
            Arc::new(self.headers.finish()),
            Arc::new(self.body.finish()),
        ];
        self.len = 0;
        self.text_bytes = 0;
        let columns = RecordBatch::try_new(self.schema.clone(), columns)
            .expect("the builders stand in the order and with the types of the schema");
        Batch::from_columns(columns).expect("a batch of all columns is whole")
    }
}

/// Gives out a column of texts that recur, and keeps the texts for the next batch while they are
/// not too many.
fn finish_words(builder: &mut StringDictionaryBuilder<Int32Type>) -> DictionaryArray<Int32Type> {
    let words = builder.finish_preserve_values();
    if words.values().len() > MOST_WORDS {
        *builder = StringDictionaryBuilder::new();
    }
    words
}

fn headers_builder() -> MapBuilder<StringBuilder, StringBuilder> {
    let [key, value] = [0, 1].map(|idx| schema::header_fields()[idx].clone());
    let names = MapFieldNames {
        entry: "entries".to_owned(),
        key: key.name().clone(),
        value: value.name().clone(),
    };
    MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new())
        .with_keys_field(key)
        .with_values_field(value)
}

/// Returns whole nanoseconds, at most 292 years.
fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
