//! Reads responses from memory instead of a socket, for fuzzing.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http::{HeaderMap, Method};
use hyper::rt::{Read, ReadBufCursor, Write};

use crate::client::dial::Transport;
use crate::client::http1::{Connection, Error};
use crate::client::request::accepted_encodings::AcceptedEncodings;
use crate::client::response::body_budget::{BodyAccount, BodyBudget};
use crate::client::response::body_sink::{BodySink, Rules, Turns};
use crate::client::response::kept_body::StoredBody;

/// What was received.
#[derive(Debug, Default)]
pub struct Received {
    /// Status of the response; 0 without one.
    pub status: u16,
    /// The server's reason phrase; None if it is the standard one for the status.
    pub reason: Option<String>,
    /// Headers of the response, without those of a compressed body that was decompressed.
    pub headers: HeaderMap,
    /// The start of the body, up to the limit.
    pub body: Bytes,
    /// Why the response is not complete, as a text for the record; None if it is.
    pub failure: Option<String>,
}

/// Reads the response to a method from pieces of bytes, after which the server closes the
/// connection.
///
/// The body is decompressed from the encodings that an Accept-Encoding names, or from gzip if
/// `accept` is None. At most `max_body` bytes of the body are kept; None for no limit.
pub async fn receive(
    pieces: impl IntoIterator<Item = Bytes>,
    method: &Method,
    accept: Option<&str>,
    max_body: Option<u64>,
) -> Received {
    let pieces = Pieces(pieces.into_iter().filter(|piece| !piece.is_empty()).collect());
    let stream = Transport::Wrapped(Box::new(pieces), None);
    let mut connection = Connection::new(stream, Rc::default(), Rc::default());
    let mut received = Received::default();
    let head = match connection.read_head(method).await {
        Ok(head) => head,
        Err(error) => return Received { failure: Some(error.wording()), ..received },
    };
    (received.status, received.reason) = (head.status.as_u16(), head.reason);
    received.headers = head.headers;
    let named = |accept: &str| AcceptedEncodings::Named(accept.to_ascii_lowercase());
    let accepted = accept.map_or(AcceptedEncodings::Gzip, named);
    let turns = Turns::default();
    let memory = &BodyAccount::new(Arc::new(BodyBudget::new(None)));
    let rules = Rules { accepted: &accepted, max_body, turns: &turns, memory };
    let mut body = StoredBody::default();
    let mut sink = BodySink::new(&mut body, &mut received.headers, rules);
    let take = async |data: &[u8]| sink.take(data).await;
    let read = connection.read_body(take, Error::body_wording).await;
    received.failure = read.and_then(|()| sink.end()).err();
    received.body = body.bytes;
    received
}

/// A stream that delivers one piece at a time and accepts all that is written.
struct Pieces(VecDeque<Bytes>);

impl Read for Pieces {
    fn poll_read(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let pieces = &mut self.get_mut().0;
        if let Some(piece) = pieces.front_mut() {
            let len = piece.len().min(buffer.remaining());
            buffer.put_slice(&piece[..len]);
            piece.advance(len);
            if piece.is_empty() {
                pieces.pop_front();
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for Pieces {
    fn poll_write(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
