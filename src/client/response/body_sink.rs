//! Collects the start of a response's body while it is read.

use std::io;
use std::mem;
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::HeaderMap;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::client::failure::of_decoding;
use crate::client::request::accepted_encodings::AcceptedEncodings;
use crate::client::response::body_budget::BodyAccount;
use crate::client::response::decoder::{Decoder, Quota};
use crate::client::response::kept_body::{KeptBody, StoredBody};
use crate::clock;

/// Maximum number of body bytes kept without a limit: a column of bodies ends at 2 GiB.
const MAX_KEPT: usize = 1 << 30;

/// Time that the thread of the engine may spend on decompressing one body. The rest of a body that
/// takes longer is decompressed by another thread, while the engine goes on.
const ON_ENGINE: Duration = Duration::from_micros(500);

/// What the other thread decompresses in one turn.
const TURN: Quota = Quota { len: 1 << 20, time: Duration::from_millis(2) };

/// The turns of the bodies that another thread decompresses, in the order of their requests for it.
///
/// Each engine has one such thread at a time, so that no number of large bodies takes all cores.
pub struct Turns(Semaphore);

impl Default for Turns {
    fn default() -> Self {
        Self(Semaphore::new(1))
    }
}

/// Collects the start of a body. When dropped, it stores the bytes, also if the body broke off.
pub struct BodySink<'a> {
    /// Where the bytes are stored.
    body: &'a mut StoredBody,
    /// The headers of the response, which describe how the body is encoded.
    headers: &'a mut HeaderMap,
    accepted: &'a AcceptedEncodings,
    turns: &'a Turns,
    kept: KeptBody<'a>,
    state: State,
}

/// How the next bytes are treated.
enum State {
    /// The first byte determines how. An empty body is not decoded, even if its headers name an
    /// encoding, as those of a response with status 304 do.
    Empty,
    /// Kept as they are.
    Plain,
    /// Decompressed, on the thread of the engine for the time that is left to it.
    Compressed(Box<Decoder>, Duration),
    /// Discarded, because enough is kept or the body is malformed.
    Discarded,
}

/// How the body of a response is collected.
pub struct Rules<'a> {
    /// The content encodings that the body is decompressed from.
    pub accepted: &'a AcceptedEncodings,
    /// Maximum number of bytes kept; None for no limit.
    pub max_body: Option<u64>,
    /// The turns of large bodies.
    pub turns: &'a Turns,
    /// The memory for bodies.
    pub memory: &'a BodyAccount,
}

impl<'a> BodySink<'a> {
    /// Creates a sink that stores the start of a body in `body`.
    pub fn new(body: &'a mut StoredBody, headers: &'a mut HeaderMap, rules: Rules<'a>) -> Self {
        let Rules { accepted, max_body, turns, memory } = rules;
        let limit = max_body.and_then(|most| usize::try_from(most).ok());
        let limit = limit.map_or(MAX_KEPT, |most| most.min(MAX_KEPT));
        // Without a limit to reach, there is nothing to keep or to decompress.
        let state = if limit == 0 { State::Discarded } else { State::Empty };
        let kept = KeptBody::new(limit, memory, body.claimed);
        Self { body, headers, accepted, turns, kept, state }
    }

    /// Takes the next bytes of the body.
    ///
    /// # Errors
    ///
    /// If the bytes cannot be decompressed, as a text for the record.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the bytes kept so far are stored.
    pub async fn take(&mut self, data: &[u8]) -> Result<(), String> {
        let Some(first) = data.first() else { return Ok(()) };
        if let State::Empty = self.state {
            let decoder = Decoder::new(self.headers, self.accepted, *first);
            self.state = decoder.map_or(State::Plain, State::of);
        }
        match self.state {
            State::Plain => {
                self.kept.add(data);
                Ok(())
            }
            State::Compressed(..) => {
                self.decompress(data).await.map_err(|error| of_decoding(&error))
            }
            State::Empty | State::Discarded => Ok(()),
        }
    }

    /// Decompresses the next bytes: on the thread of the engine, then on another one.
    async fn decompress(&mut self, data: &[u8]) -> io::Result<()> {
        // After an error, and when enough is kept, the decoder and its window are freed.
        let state = mem::replace(&mut self.state, State::Discarded);
        let State::Compressed(mut decoder, mut time) = state else { return Ok(()) };
        let mut read = 0;
        if !time.is_zero() {
            let began = clock::now();
            let (mut output, quota) = (Vec::new(), Quota { len: self.kept.room(), time });
            let stop = decoder.decompress(data, &mut output, quota);
            self.kept.add_all(output);
            let stop = stop?;
            time = time.saturating_sub(clock::now() - began);
            read = stop.read;
            if self.kept.is_full() {
                return Ok(());
            }
            if stop.needs_input {
                self.state = State::Compressed(decoder, time);
                return Ok(());
            }
        }
        let rest = Bytes::copy_from_slice(&data[read..]);
        // Boxed, since every hit would reserve memory for what few of them need.
        Box::pin(self.decompress_elsewhere(decoder, rest)).await
    }

    /// Decompresses bytes on another thread, in turns.
    async fn decompress_elsewhere(
        &mut self,
        mut decoder: Box<Decoder>,
        mut data: Bytes,
    ) -> io::Result<()> {
        loop {
            let room = TURN.len.min(self.kept.room());
            // The semaphore is never closed.
            let turn = self.turns.0.acquire().await;
            let (input, mut output) = (data.clone(), Vec::new());
            let work = spawn_blocking(move || {
                let stop = decoder.decompress(&input, &mut output, Quota { len: room, ..TURN });
                (decoder, output, stop)
            });
            let done = work.await.map_err(|_| io::Error::other("the decoder failed"))?;
            drop(turn);
            let (back, output, stop) = done;
            self.kept.add_all(output);
            let stop = stop?;
            if self.kept.is_full() {
                return Ok(());
            }
            if stop.needs_input {
                self.state = State::Compressed(back, Duration::ZERO);
                return Ok(());
            }
            decoder = back;
            data.advance(stop.read);
        }
    }

    /// Ends the body.
    ///
    /// # Errors
    ///
    /// If the compressed data is incomplete, as a text for the record.
    pub fn end(mut self) -> Result<(), String> {
        // The rest of a body beyond the limit was not decompressed.
        let State::Compressed(decoder, _) = &mut self.state else { return Ok(()) };
        let mut output = Vec::new();
        let ended = decoder.end(&mut output, self.kept.room());
        self.kept.add_all(output);
        ended.map_err(|error| of_decoding(&error))
    }
}

impl State {
    fn of(decoder: Decoder) -> Self {
        let time = if decoder.has_long_steps() { Duration::ZERO } else { ON_ENGINE };
        Self::Compressed(Box::new(decoder), time)
    }
}

impl Drop for BodySink<'_> {
    fn drop(&mut self) {
        *self.body = self.kept.take();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Arc;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http::header::CONTENT_ENCODING;
    use tokio::runtime::Builder;

    use super::*;
    use crate::client::response::body_budget::BodyBudget;

    /// Returns 8 MiB of zeros in gzip, 36 kB.
    fn bomb() -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        (0..8).for_each(|_| encoder.write_all(&[0; 1 << 20]).unwrap());
        encoder.finish().unwrap()
    }

    /// Lets a sink take a body until a deadline. Returns the result, None at the deadline, and the
    /// number of bytes kept.
    fn collected(
        data: &[u8],
        max_body: Option<u64>,
        time: Option<Duration>,
    ) -> (Option<Result<(), String>>, usize) {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, "gzip".parse().unwrap());
        let (mut body, turns) = (StoredBody::default(), Turns::default());
        let memory = &BodyAccount::new(Arc::new(BodyBudget::new(None)));
        let rules = Rules { accepted: &AcceptedEncodings::Gzip, max_body, turns: &turns, memory };
        let mut sink = BodySink::new(&mut body, &mut headers, rules);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let result = runtime.block_on(async {
            let deadline = time.map(|time| clock::now() + time);
            let taken = clock::limit(deadline, sink.take(data)).await;
            taken.map(|taken| taken.and_then(|()| sink.end()))
        });
        (result, body.bytes.len())
    }

    #[test]
    fn a_body_that_takes_long_is_decompressed_completely() {
        assert_eq!(collected(&bomb(), None, None), (Some(Ok(())), 8 << 20));
    }

    #[test]
    fn enough_of_a_body_ends_its_decompression() {
        assert_eq!(collected(&bomb(), Some(1 << 20), None), (Some(Ok(())), 1 << 20));
        let cut = &bomb()[..20_000];
        assert_eq!(collected(cut, Some(1 << 20), None), (Some(Ok(())), 1 << 20));
        let error = Some(Err("unexpected EOF".to_owned()));
        assert_eq!(collected(cut, None, None).0, error);
    }

    #[test]
    fn a_timeout_interrupts_the_decompression_of_a_body() {
        let (result, n_kept) = collected(&bomb(), None, Some(Duration::ZERO));
        assert_eq!(result, None);
        assert!(n_kept < 4 << 20, "{n_kept}");
    }
}
