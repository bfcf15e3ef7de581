//! Reads the columns of calls and messages.

use std::sync::Arc;

use arrow_array::types::{DurationNanosecondType, UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{Array, PrimitiveArray};

use crate::record::column_reader::{ColumnProblem, ColumnReader, duration, value};
use crate::record::messaging::{Kind, Messaging};
use crate::record::schema;
use crate::record::texts::Texts;

/// The columns of calls and messages of a batch.
#[derive(Clone, Debug)]
pub struct MessagingColumns {
    /// One per record. None for a plain HTTP request, and then no other column counts.
    pub kinds: Arc<[Option<Kind>]>,
    /// None if the column is not in the batch, as for all columns below.
    grpc_status: Option<PrimitiveArray<UInt8Type>>,
    pub sent: Option<PrimitiveArray<DurationNanosecondType>>,
    pub first_message: Option<PrimitiveArray<DurationNanosecondType>>,
    pub gap_max: Option<PrimitiveArray<DurationNanosecondType>>,
    pub messages_in: Option<PrimitiveArray<UInt32Type>>,
    pub messages_out: Option<PrimitiveArray<UInt32Type>>,
    socket: Option<PrimitiveArray<UInt32Type>>,
    close_code: Option<PrimitiveArray<UInt16Type>>,
    expected: Option<PrimitiveArray<UInt32Type>>,
}

impl MessagingColumns {
    /// Finds the columns of calls and messages; None if the batch does not say which kind its
    /// records have.
    pub fn find(reader: &ColumnReader<'_>) -> Result<Option<Self>, ColumnProblem> {
        let Some(kinds) = reader.texts(schema::KIND)? else { return Ok(None) };
        Ok(Some(Self {
            kinds: kinds_of(&kinds, reader.0.num_rows()),
            grpc_status: reader.numbers(schema::GRPC_STATUS)?,
            sent: reader.numbers(schema::SENT)?,
            first_message: reader.numbers(schema::FIRST_MESSAGE)?,
            gap_max: reader.numbers(schema::GAP_MAX)?,
            messages_in: reader.numbers(schema::MESSAGES_IN)?,
            messages_out: reader.numbers(schema::MESSAGES_OUT)?,
            socket: reader.numbers(schema::SOCKET)?,
            close_code: reader.numbers(schema::CLOSE_CODE)?,
            expected: reader.numbers(schema::EXPECTED)?,
        }))
    }

    /// Returns what only a call or a message has; None for a plain HTTP request.
    ///
    /// # Panics
    ///
    /// If the columns do not have the row.
    pub fn messaging(&self, row: usize) -> Option<Messaging> {
        Some(Messaging {
            kind: self.kinds[row]?,
            grpc_status: self.grpc_status(row),
            sent: value(&self.sent, row).map(duration),
            first_message: value(&self.first_message, row).map(duration),
            gap_max: value(&self.gap_max, row).map(duration),
            messages_in: value(&self.messages_in, row).unwrap_or(0),
            messages_out: value(&self.messages_out, row).unwrap_or(0),
            socket: value(&self.socket, row),
            close_code: value(&self.close_code, row),
            expected: value(&self.expected, row),
        })
    }

    /// Returns whether any message may have expected deliveries.
    pub fn has_deliveries(&self) -> bool {
        self.expected.as_ref().is_some_and(|expected| expected.null_count() < expected.len())
    }

    /// Returns the number of deliveries that a message expected, and of those that came. None if it
    /// expected none.
    ///
    /// # Panics
    ///
    /// If the columns do not have the row.
    pub fn deliveries(&self, row: usize) -> Option<(u32, u32)> {
        let expected =
            value(&self.expected, row).filter(|_| self.kinds[row] == Some(Kind::Message));
        Some((expected?, value(&self.messages_in, row).unwrap_or(0)))
    }

    /// Returns the status that the server sent. None if it sent none.
    ///
    /// # Panics
    ///
    /// If the columns do not have the row.
    pub fn grpc_status(&self, row: usize) -> Option<u8> {
        value(&self.grpc_status, row)
    }
}

/// Returns the kind of each record.
fn kinds_of(texts: &Texts, n_rows: usize) -> Arc<[Option<Kind>]> {
    let mut last = None;
    let kind = |row| {
        let number = texts.number(row);
        // The next kind is mostly the same, and then its word need not be read.
        match last {
            Some((known, kind)) if number == Some(known) => kind,
            _ => {
                let kind = texts.at(row).map(Kind::of_word);
                last = number.map(|number| (number, kind));
                kind
            }
        }
    };
    (0..n_rows).map(kind).collect()
}
