//! Reasons to refuse a line of a text stream, and their texts.

use base64::DecodeError;

use crate::codec::text::csv_columns::COLUMNS;

/// Number of fields if two records are on one line: the last field of the first record and the
/// first field of the second record are one.
const JOINED_FIELDS: usize = 2 * COLUMNS.len() - 1;

/// Reason to refuse a line.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A line in a JSON stream that is not an object.
    #[error("expected a JSON object on a separate line")]
    NotJson,
    /// An object that is not valid JSON, or not a result.
    #[error(
        "expected a result as a JSON object: column {}: {}",
        .0.column(),
        without_position(.0)
    )]
    BadJson(serde_json::Error),
    /// A body in JSON that is not base64.
    #[error("expected the body in base64: {0}")]
    JsonBody(DecodeError),
    /// A CSV record with a wrong number of fields.
    #[error("expected {} fields, found {found}{}", COLUMNS.len(), joined_hint(*.found))]
    FieldCount {
        /// Number of fields.
        found: usize,
    },
    /// A CSV field that is not base64.
    #[error("expected the {column} in base64: {error}")]
    Base64 {
        /// Name of the column.
        column: &'static str,
        /// What is wrong with it.
        error: DecodeError,
        /// Whether the field is the last one, which a cut shortens.
        is_last: bool,
    },
    /// A CSV field that is not a whole number in range.
    #[error("bad {column} '{text}': expected a whole number that fits {fits}")]
    Number {
        /// Name of the column.
        column: &'static str,
        /// The field.
        text: String,
        /// The type of the number.
        fits: &'static str,
    },
    /// A header that is not of the form `Name: value`.
    #[error("bad header '{0}': expected 'Name: value'")]
    Header(String),
    /// Headers without an empty line at their end.
    #[error("expected an empty line after the headers")]
    UnfinishedHeaders,
    /// A response without headers at the end of a stream.
    #[error("expected headers, or a newline")]
    NoHeaders,
}

impl Problem {
    /// Returns whether the line may have been cut. At the end of the input, such a line shows that
    /// the stream is incomplete, not that it is damaged.
    pub fn may_be_cut(&self) -> bool {
        match self {
            Self::BadJson(error) => error.is_eof(),
            Self::FieldCount { found } => *found < COLUMNS.len(),
            Self::Base64 { is_last, .. } => *is_last,
            Self::UnfinishedHeaders | Self::NoHeaders => true,
            Self::NotJson | Self::JsonBody(_) | Self::Number { .. } | Self::Header(_) => false,
        }
    }
}

/// Returns the message of serde_json without its line number, which is always 1 because each line
/// is parsed alone.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(reason, _)| reason.to_owned())
}

/// Returns the likely cause of a wrong number of fields; empty if there is none.
fn joined_hint(found: usize) -> &'static str {
    match found {
        JOINED_FIELDS => {
            ": two records are on one line, as when a stream without a newline at its end is \
             followed by another stream"
        }
        _ => "",
    }
}
