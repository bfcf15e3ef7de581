//! Reads messages from memory instead of a socket, for fuzzing.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};

use crate::client::grpc::metadata::GRPC_ENCODING;
use crate::client::grpc::reader::{MessageReader, Rules};
use crate::client::response::body_budget::{BodyAccount, BodyBudget};

/// Reads the messages in pieces of a response whose compressed messages use gzip. Returns the
/// messages and why reading failed, None if all are complete.
///
/// A message has at most `max_message` bytes, decompressed.
pub async fn read_messages(
    pieces: impl IntoIterator<Item = &[u8]>,
    max_message: usize,
) -> (Vec<Bytes>, Option<String>) {
    let memory = &BodyAccount::new(Arc::new(BodyBudget::new(None)));
    let mut headers = HeaderMap::new();
    headers.insert(GRPC_ENCODING, HeaderValue::from_static("gzip"));
    let mut reader = MessageReader::new(&headers, Rules { max_message, max_body: None, memory }, 0);
    let mut messages = Vec::new();
    for piece in pieces {
        let taken = reader.take(piece, |message| {
            messages.push(message.kept.bytes);
            0
        });
        if let Err(problem) = taken.await {
            return (messages, Some(problem));
        }
    }
    (messages, reader.end().err())
}
