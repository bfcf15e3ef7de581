//! The messages of a response: counted, timed, and the last one or all of them kept.

use std::mem;

use http::HeaderMap;
use tokio::time::Instant;

use crate::client::grpc::framing::prefix;
use crate::client::grpc::reader::{MessageReader, Received, Rules};
use crate::client::response::kept_body::{KeptBody, StoredBody};
use crate::record::Messaging;

/// Receives the messages of a response. When dropped, it stores what is kept of them.
pub struct Inbox<'a> {
    reader: MessageReader<'a>,
    received: Summary<'a>,
    /// Where messages are stored.
    body: &'a mut StoredBody,
}

/// Where and how messages are stored.
pub struct Stored<'a> {
    /// When the call was released.
    pub released: Instant,
    /// Whether all messages are stored with their prefixes, instead of the last one.
    pub keeps_all: bool,
    /// The stored bytes.
    pub body: &'a mut StoredBody,
    /// Numbers and times of the messages.
    pub noted: &'a mut Messaging,
}

/// What is known of the complete messages.
struct Summary<'a> {
    /// When the call was released.
    released: Instant,
    /// When the last message was complete; None before the first one.
    last_at: Option<Instant>,
    /// Number of bytes in all messages, without prefixes.
    n_bytes: u64,
    /// The last message; empty if all are kept.
    last: StoredBody,
    /// All messages with their prefixes; None if only the last one is kept.
    all: Option<KeptBody<'a>>,
    noted: &'a mut Messaging,
}

impl<'a> Inbox<'a> {
    /// Creates an inbox for the response to a call, which has a head with these headers.
    pub fn new(headers: &HeaderMap, rules: Rules<'a>, stored: Stored<'a>) -> Self {
        let Stored { released, keeps_all, body, noted } = stored;
        let received = Summary {
            released,
            last_at: None,
            n_bytes: 0,
            last: StoredBody::default(),
            all: keeps_all.then(|| rules.body(0)),
            noted,
        };
        Self { reader: MessageReader::new(headers, rules, body.claimed), received, body }
    }

    /// Takes bytes of the response that arrived at an instant.
    ///
    /// # Errors
    ///
    /// Why a message cannot be received, as grpc-go words it.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no further bytes can be taken.
    pub async fn take(&mut self, data: &[u8], at: Instant) -> Result<(), String> {
        let received = &mut self.received;
        self.reader.take(data, |message| received.add(message, at)).await
    }

    /// Ends the response.
    ///
    /// # Errors
    ///
    /// If it ends within a message.
    pub fn end(&self) -> Result<(), String> {
        self.reader.end()
    }
}

impl Summary<'_> {
    /// Adds a message, and returns the memory that the next one may use.
    fn add(&mut self, message: Received, at: Instant) -> usize {
        self.n_bytes += message.len as u64;
        self.noted.messages_in = self.noted.messages_in.saturating_add(1);
        match self.last_at.replace(at) {
            None => self.noted.first_message = Some(at - self.released),
            Some(last_at) => {
                self.noted.gap_max = self.noted.gap_max.max(Some(at - last_at));
            }
        }
        if let Some(all) = &mut self.all {
            all.add(&prefix(message.len));
            all.add(&message.kept.bytes);
            return message.kept.claimed;
        }
        // Two messages take turns in the memory that was claimed for them.
        mem::replace(&mut self.last, message.kept).claimed
    }
}

impl Drop for Inbox<'_> {
    fn drop(&mut self) {
        let received = &mut self.received;
        let all = received.all.as_mut().map(KeptBody::take);
        let StoredBody { bytes, claimed, .. } = all.unwrap_or(mem::take(&mut received.last));
        let claimed = claimed + self.reader.discard();
        *self.body = StoredBody { bytes, n_received: received.n_bytes, claimed };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::client::BodyBudget;
    use crate::client::grpc::framing::framed;
    use crate::client::response::body_budget::BodyAccount;
    use crate::clock;
    use crate::record::Messaging;

    const MS: Duration = Duration::from_millis(1);

    /// Messages, each with its time after the release in ms.
    type Arrivals<'a> = &'a [(&'a [u8], u32)];

    /// Returns what is stored and noted of messages.
    fn stored(
        messages: Arrivals<'_>,
        keeps_all: bool,
        max_body: Option<u64>,
    ) -> (StoredBody, Messaging) {
        let memory = &BodyAccount::new(Arc::new(BodyBudget::new(None)));
        let (mut body, mut noted, released) =
            (StoredBody::default(), Messaging::default(), clock::now());
        let rules = Rules { max_message: 100, max_body, memory };
        let stored = Stored { released, keeps_all, body: &mut body, noted: &mut noted };
        let mut inbox = Inbox::new(&HeaderMap::new(), rules, stored);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (message, at) in messages {
            let (bytes, at) = (framed(message, false), released + *at * MS);
            // A message counts when its last byte arrives.
            for (part, at) in [(&bytes[..3], released), (&bytes[3..], at)] {
                runtime.block_on(inbox.take(part, at)).unwrap();
            }
        }
        inbox.end().unwrap();
        drop(inbox);
        (body, noted)
    }

    #[test]
    fn messages_are_counted_and_timed() {
        let table: [(Arrivals<'_>, _, _); 3] = [
            (&[(b"", 3)], Some(3), None),
            (&[(b"a", 3), (b"b", 3)], Some(3), Some(0)),
            (&[(b"a", 3), (b"b", 10), (b"c", 14), (b"d", 15)], Some(3), Some(7)),
        ];
        for (messages, first, gap) in table {
            let noted = stored(messages, false, None).1;
            assert_eq!(noted.first_message, first.map(|ms| ms * MS));
            assert_eq!(noted.gap_max, gap.map(|ms| ms * MS));
            assert_eq!(noted.messages_in as usize, messages.len());
        }
    }

    #[test]
    fn the_last_message_or_all_of_them_are_kept_within_the_limit() {
        let messages: [(&[u8], u32); 3] = [(b"hello", 1), (b"", 2), (b"world", 3)];
        let all: [&[u8]; 5] = [b"\0\0\0\0\x05", b"hello", &[0; 5], b"\0\0\0\0\x05", b"world"];
        let all = all.concat();
        let table: [(_, _, &[u8]); 4] = [
            (false, None, b"world"),
            (false, Some(3), b"wor"),
            (true, None, &all),
            (true, Some(12), &all[..12]),
        ];
        for (keeps_all, max_body, expected) in table {
            let body = stored(&messages, keeps_all, max_body).0;
            assert_eq!(body.bytes, expected);
            assert_eq!(body.n_received, 10);
        }
    }
}
