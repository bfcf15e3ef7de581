//! Reads messages from the bytes of a response, decompressed.

use std::io;
use std::mem;
use std::time::Duration;

use http::HeaderMap;
use tokio::task;

use crate::client::failure::of_decoding;
use crate::client::grpc::framing::{COMPRESSED, PLAIN, Piece, Splitter};
use crate::client::grpc::metadata::GRPC_ENCODING;
use crate::client::response::body_budget::BodyAccount;
use crate::client::response::decoder::{Decoder, Quota};
use crate::client::response::grpc_status::{CUT_OFF, error};
use crate::client::response::kept_body::{KeptBody, StoredBody};

/// What is decompressed before other hits have their turn.
const SLICE: Quota = Quota { len: 64 << 10, time: Duration::from_micros(500) };

/// Maximum number of bytes of a message that are kept without a limit on bodies.
const MAX_KEPT: usize = 1 << 30;

/// How messages are received.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// Maximum length of a message in bytes, decompressed.
    pub max_message: usize,
    /// Maximum number of bytes kept of a message; None for no limit.
    pub max_body: Option<u64>,
    /// The memory for bodies.
    pub memory: &'a BodyAccount,
}

impl<'a> Rules<'a> {
    /// Returns an empty body, of a hit that has claimed a number of bytes for earlier ones.
    pub fn body(&self, claimed: usize) -> KeptBody<'a> {
        let limit = self.max_body.and_then(|most| usize::try_from(most).ok());
        let limit = limit.map_or(MAX_KEPT, |most| most.min(MAX_KEPT));
        KeptBody::new(limit, self.memory, claimed)
    }
}

/// Reads the messages of a response.
pub struct MessageReader<'a> {
    rules: Rules<'a>,
    encoding: Encoding,
    splitter: Splitter,
    /// The start of the message that is being received.
    kept: KeptBody<'a>,
    /// Number of its bytes so far, decompressed.
    len: usize,
    /// None if it is not compressed.
    decoder: Option<Decoder>,
}

/// A complete message.
#[derive(Debug)]
pub struct Received {
    /// The kept bytes, and what they have claimed of the memory for bodies.
    pub kept: StoredBody,
    /// Length of the message in bytes, decompressed.
    pub len: usize,
}

/// The encoding of compressed messages.
enum Encoding {
    /// None was announced.
    Identity,
    Gzip,
    /// One that is not known.
    Other(String),
}

impl<'a> MessageReader<'a> {
    /// Creates a reader for a response with these headers, of a hit that has claimed a number of
    /// bytes for earlier bodies.
    pub fn new(headers: &HeaderMap, rules: Rules<'a>, claimed: usize) -> Self {
        Self {
            encoding: Encoding::of(headers),
            splitter: Splitter::default(),
            kept: rules.body(claimed),
            len: 0,
            decoder: None,
            rules,
        }
    }

    /// Takes bytes of the response, and passes each complete message to `on_message`. That returns
    /// how much of the memory for bodies it leaves to the next message.
    ///
    /// # Errors
    ///
    /// Why a message cannot be received, as grpc-go words it.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no further bytes can be taken.
    pub async fn take(
        &mut self,
        mut data: &[u8],
        mut on_message: impl FnMut(Received) -> usize,
    ) -> Result<(), String> {
        while let Some(piece) = self.splitter.next(&mut data) {
            match piece {
                Piece::Start(flag, len) => self.start(flag, len)?,
                Piece::Data(data) if self.decoder.is_some() => self.decompress(data).await?,
                Piece::Data(data) => {
                    self.len += data.len();
                    self.kept.add(data);
                }
                Piece::End => {
                    let spare = on_message(self.end_message()?);
                    self.kept = self.rules.body(spare);
                }
            }
        }
        Ok(())
    }

    /// Ends the response.
    ///
    /// # Errors
    ///
    /// If it ends within a message.
    pub fn end(&self) -> Result<(), String> {
        if self.splitter.is_between_messages() { Ok(()) } else { Err(CUT_OFF.to_owned()) }
    }

    /// Discards a message that is being received, and returns the number of bytes that it has
    /// claimed.
    pub fn discard(&mut self) -> usize {
        self.kept.take().claimed
    }

    fn start(&mut self, flag: u8, len: u32) -> Result<(), String> {
        let most = self.rules.max_message;
        let decoder = match (flag, &self.encoding) {
            (PLAIN, _) => None,
            (COMPRESSED, Encoding::Gzip) => Some(Decoder::gzip()),
            (COMPRESSED, Encoding::Identity) => {
                let problem = "grpc: compressed flag set with identity or empty encoding";
                return Err(error("Internal", problem));
            }
            (COMPRESSED, Encoding::Other(name)) => {
                let problem =
                    format!("grpc: Decompressor is not installed for grpc-encoding {name:?}");
                return Err(error("Internal", &problem));
            }
            (flag, _) => {
                let problem = format!("grpc: received unexpected payload format {flag}");
                return Err(error("Internal", &problem));
            }
        };
        if len as usize > most {
            let problem = format!("grpc: received message larger than max ({len} vs. {most})");
            return Err(error("ResourceExhausted", &problem));
        }
        self.decoder = decoder;
        Ok(())
    }

    /// Decompresses bytes in slices, so that no message keeps the engine from its other hits.
    async fn decompress(&mut self, mut data: &[u8]) -> Result<(), String> {
        let Some(decoder) = &mut self.decoder else { return Ok(()) };
        loop {
            let mut output = Vec::new();
            let stop = decoder.decompress(data, &mut output, SLICE);
            self.len += output.len();
            self.kept.add(&output);
            let stop = stop.map_err(|problem| bad_compression(&problem))?;
            within(self.len, self.rules.max_message)?;
            if stop.needs_input {
                return Ok(());
            }
            data = &data[stop.read..];
            task::yield_now().await;
        }
    }

    fn end_message(&mut self) -> Result<Received, String> {
        if let Some(mut decoder) = self.decoder.take() {
            let mut output = Vec::new();
            let most = (self.rules.max_message - self.len).saturating_add(1);
            let ended = decoder.end(&mut output, most);
            self.len += output.len();
            self.kept.add(&output);
            ended.map_err(|problem| bad_compression(&problem))?;
            within(self.len, self.rules.max_message)?;
        }
        Ok(Received { kept: self.kept.take(), len: mem::take(&mut self.len) })
    }
}

impl Encoding {
    fn of(headers: &HeaderMap) -> Self {
        match headers.get(GRPC_ENCODING).map(|value| value.as_bytes()) {
            None | Some(b"" | b"identity") => Self::Identity,
            Some(b"gzip") => Self::Gzip,
            Some(other) => Self::Other(String::from_utf8_lossy(other).into_owned()),
        }
    }
}

fn within(len: usize, most: usize) -> Result<(), String> {
    if len <= most {
        return Ok(());
    }
    let problem = format!("grpc: received message after decompression larger than max {most}");
    Err(error("ResourceExhausted", &problem))
}

fn bad_compression(problem: &io::Error) -> String {
    let cause = of_decoding(problem);
    let cause = cause.strip_prefix("cannot decompress the body: ").unwrap_or(&cause);
    error("Internal", &format!("grpc: failed to decompress the received message: {cause}"))
}
