//! Collects the start of a response's body while it is read.

use bytes::Bytes;
use http::HeaderMap;

use crate::client::failure::of_decoding;
use crate::client::request::accepted_encodings::AcceptedEncodings;
use crate::client::response::decompress::Decoder;

/// Maximum number of body bytes kept without a limit: a column of bodies ends at 2 GiB.
const MAX_KEPT: usize = 1 << 30;

/// Collects the start of a body. When dropped, it stores the bytes, also if the body broke off.
pub struct BodySink<'a> {
    /// Where the bytes are stored.
    body: &'a mut Bytes,
    /// The headers of the response, which describe how the body is encoded.
    headers: &'a mut HeaderMap,
    accepted: &'a AcceptedEncodings,
    /// Maximum number of bytes kept.
    limit: usize,
    /// None before the first byte. An empty body is not decoded, even if its headers name an
    /// encoding, as those of a response with status 304 do.
    decoder: Option<Decoder>,
}

impl<'a> BodySink<'a> {
    /// Creates a sink that stores up to `max_body` bytes in `body`; None for no limit.
    pub fn new(
        body: &'a mut Bytes,
        headers: &'a mut HeaderMap,
        accepted: &'a AcceptedEncodings,
        max_body: Option<u64>,
    ) -> Self {
        let limit = max_body.and_then(|most| usize::try_from(most).ok());
        let limit = limit.map_or(MAX_KEPT, |most| most.min(MAX_KEPT));
        Self { body, headers, accepted, limit, decoder: None }
    }

    /// Takes the next bytes of the body.
    ///
    /// # Errors
    ///
    /// If the bytes cannot be decompressed, as a text for the record.
    pub fn take(&mut self, data: &[u8]) -> Result<(), String> {
        if data.is_empty() {
            return Ok(());
        }
        let decoder = self
            .decoder
            .get_or_insert_with(|| Decoder::new(self.headers, self.accepted, self.limit));
        decoder.take(data).map_err(|error| of_decoding(&error))
    }

    /// Ends the body.
    ///
    /// # Errors
    ///
    /// If the compressed data is incomplete, as a text for the record.
    pub fn end(mut self) -> Result<(), String> {
        let ended = self.decoder.as_mut().map_or(Ok(()), Decoder::end);
        ended.map_err(|error| of_decoding(&error))
    }
}

impl Drop for BodySink<'_> {
    fn drop(&mut self) {
        if let Some(decoder) = &mut self.decoder {
            *self.body = decoder.take_bytes();
        }
    }
}
