//! Builds the columns of calls and messages.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{DurationNanosecondBuilder, UInt8Builder, UInt16Builder, UInt32Builder};
use arrow_buffer::NullBufferBuilder;

use crate::record::flow::nanos;
use crate::record::messaging::Messaging;
use crate::record::texts::WordsBuilder;

/// Collects what only calls and messages have.
pub struct MessagingBuilder {
    kind: WordsBuilder,
    /// Which records have a kind.
    is_present: NullBufferBuilder,
    grpc_status: UInt8Builder,
    sent: DurationNanosecondBuilder,
    first_message: DurationNanosecondBuilder,
    gap_max: DurationNanosecondBuilder,
    messages_in: UInt32Builder,
    messages_out: UInt32Builder,
    socket: UInt32Builder,
    close_code: UInt16Builder,
    expected: UInt32Builder,
}

impl MessagingBuilder {
    /// Approximate bytes of a record.
    pub const FIXED_BYTES: usize = 48;

    /// Returns an empty builder.
    pub fn new() -> Self {
        Self {
            kind: WordsBuilder::new(),
            is_present: NullBufferBuilder::new(0),
            grpc_status: UInt8Builder::new(),
            sent: DurationNanosecondBuilder::new(),
            first_message: DurationNanosecondBuilder::new(),
            gap_max: DurationNanosecondBuilder::new(),
            messages_in: UInt32Builder::new(),
            messages_out: UInt32Builder::new(),
            socket: UInt32Builder::new(),
            close_code: UInt16Builder::new(),
            expected: UInt32Builder::new(),
        }
    }

    /// Adds the values of one record; nulls for a plain HTTP request.
    pub fn push(&mut self, messaging: Option<&Messaging>) {
        self.is_present.append(messaging.is_some());
        match messaging {
            Some(messaging) => self.kind.push(messaging.kind.word()),
            // Any key will do: it is masked by a null.
            None => self.kind.push_key(0),
        }
        self.grpc_status.append_option(messaging.and_then(|it| it.grpc_status));
        self.sent.append_option(messaging.and_then(|it| it.sent).map(nanos));
        self.first_message.append_option(messaging.and_then(|it| it.first_message).map(nanos));
        self.gap_max.append_option(messaging.and_then(|it| it.gap_max).map(nanos));
        self.messages_in.append_option(messaging.map(|it| it.messages_in));
        self.messages_out.append_option(messaging.map(|it| it.messages_out));
        self.socket.append_option(messaging.and_then(|it| it.socket));
        self.close_code.append_option(messaging.and_then(|it| it.close_code));
        self.expected.append_option(messaging.and_then(|it| it.expected));
    }

    /// Returns the columns since the last finish, in the order of the schema.
    pub fn finish(&mut self) -> Vec<ArrayRef> {
        vec![
            Arc::new(self.kind.finish_masked(self.is_present.finish())),
            Arc::new(self.grpc_status.finish()),
            Arc::new(self.sent.finish()),
            Arc::new(self.first_message.finish()),
            Arc::new(self.gap_max.finish()),
            Arc::new(self.messages_in.finish()),
            Arc::new(self.messages_out.finish()),
            Arc::new(self.socket.finish()),
            Arc::new(self.close_code.finish()),
            Arc::new(self.expected.finish()),
        ]
    }
}
