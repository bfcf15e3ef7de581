//! Builds batches: the fields of each record are appended to columns.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, DurationNanosecondBuilder, StringBuilder, TimestampNanosecondBuilder,
    UInt8Builder, UInt16Builder, UInt64Builder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Schema, SchemaRef};

use crate::record::flow::{FlowBuilder, nanos};
use crate::record::headers::HeadersBuilder;
use crate::record::messaging::MessagingBuilder;
use crate::record::texts::WordsBuilder;
use crate::record::{Batch, Extras, Record, schema};

/// Collects records into columns until [`BatchBuilder::finish`] returns them as a batch.
///
/// Texts that recur (attack, name, method, URL, headers) are kept from batch to batch, so that a
/// stream contains each of them only a few times. Texts that do not recur are dropped.
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
    attack: WordsBuilder,
    name: WordsBuilder,
    method: WordsBuilder,
    url: WordsBuilder,
    error: StringBuilder,
    headers: HeadersBuilder,
    body: BinaryBuilder,
    /// None in a stream without flows. Boxed, so that other streams have no cost.
    flow: Option<Box<FlowBuilder>>,
    /// None in a stream without calls and messages. Boxed for the same reason.
    messaging: Option<Box<MessagingBuilder>>,
    /// Records since the last finish.
    len: usize,
    /// Upper bound on the bytes of texts and bodies since the last finish.
    text_bytes: usize,
}

impl Default for BatchBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl BatchBuilder {
    /// Approximate bytes of a record without its texts and body.
    const FIXED_BYTES: usize = 96;

    /// Returns an empty builder for plain HTTP requests. It drops [`Record::flow`] and
    /// [`Record::messaging`].
    pub fn new() -> Self {
        Self {
            schema: Arc::new(schema::with(Extras::default())),
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
            attack: WordsBuilder::new(),
            name: WordsBuilder::new(),
            method: WordsBuilder::new(),
            url: WordsBuilder::new(),
            error: StringBuilder::new(),
            headers: HeadersBuilder::new(),
            body: BinaryBuilder::new(),
            flow: None,
            messaging: None,
            len: 0,
            text_bytes: 0,
        }
    }

    /// Returns an empty builder whose batches have more columns. It drops what has no column.
    pub fn with(extras: Extras) -> Self {
        Self {
            schema: Arc::new(schema::with(extras)),
            flow: extras.flows.then(|| Box::new(FlowBuilder::new())),
            messaging: extras.messaging.then(|| Box::new(MessagingBuilder::new())),
            ..Self::new()
        }
    }

    /// Returns an empty builder for records of flows, whose batches have more columns.
    pub fn with_flows() -> Self {
        Self::with(Extras { flows: true, ..Extras::default() })
    }

    /// Returns the columns of the batches that not all streams have.
    pub fn extras(&self) -> Extras {
        Extras { flows: self.flow.is_some(), messaging: self.messaging.is_some() }
    }

    /// Returns the schema of the batches.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Returns the number of records since the last finish.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether there are no records since the last finish.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the approximate size of the records since the last finish in memory, in bytes.
    pub fn memory_bytes(&self) -> usize {
        let Extras { flows, messaging } = self.extras();
        let flow_bytes = if flows { FlowBuilder::FIXED_BYTES } else { 0 };
        let messaging_bytes = if messaging { MessagingBuilder::FIXED_BYTES } else { 0 };
        self.text_bytes + self.len * (Self::FIXED_BYTES + flow_bytes + messaging_bytes)
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
        self.attack.push(record.attack);
        self.name.push(record.name);
        self.method.push(record.method);
        self.url.push(record.url);
        self.error.append_option(record.error);
        let header_bytes = self.headers.push(record.headers);
        self.body.append_option((!record.body.is_empty()).then_some(record.body));
        if let Some(flow) = &mut self.flow {
            flow.push(record.flow.as_ref());
        }
        if let Some(messaging) = &mut self.messaging {
            messaging.push(record.messaging.as_ref());
        }
        self.len += 1;
        let texts = [record.url, record.error.unwrap_or_default()];
        let text_bytes: usize = texts.iter().map(|text| text.len()).sum();
        self.text_bytes += text_bytes + header_bytes + record.body.len();
    }

    /// Returns the records since the last finish as a batch, and starts the next batch.
    pub fn finish(&mut self) -> Batch {
        let mut columns: Vec<ArrayRef> = vec![
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
            Arc::new(self.attack.finish()),
            Arc::new(self.name.finish()),
            Arc::new(self.method.finish()),
            Arc::new(self.url.finish()),
            Arc::new(self.error.finish()),
            Arc::new(self.headers.finish()),
            Arc::new(self.body.finish()),
        ];
        columns.extend(self.flow.iter_mut().flat_map(|flow| flow.finish()));
        columns.extend(self.messaging.iter_mut().flat_map(|messaging| messaging.finish()));
        self.len = 0;
        self.text_bytes = 0;
        let columns = RecordBatch::try_new(self.schema.clone(), columns)
            .expect("the builders have the order and the types of the schema");
        Batch::from_columns(columns).expect("the batch has all columns")
    }
}
