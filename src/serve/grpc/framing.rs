//! Messages in the bodies of requests and responses.
//!
//! Source: gRPC over HTTP/2, Length-Prefixed-Message.

use std::io::{Read, Write};

use bytes::{Buf, Bytes, BytesMut};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::Body;

use crate::serve::grpc::status::{Code, Status};

/// Size in bytes of the largest request message, the default of gRPC's servers.
const MAX_MESSAGE: usize = 4 << 20;

/// Number of bytes before a message.
const PREFIX_LEN: usize = 5;

/// How messages are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// By gzip.
    Gzip,
}

impl Encoding {
    /// Returns the encoding of a request.
    ///
    /// # Errors
    ///
    /// The status for an encoding that is not supported.
    pub fn of_request(headers: &HeaderMap) -> Result<Self, Status> {
        match headers.get("grpc-encoding").map_or(&b"identity"[..], |value| value.as_bytes()) {
            b"identity" => Ok(Self::Identity),
            b"gzip" => Ok(Self::Gzip),
            other => {
                let name = String::from_utf8_lossy(other);
                let text =
                    format!("grpc: Decompressor is not installed for grpc-encoding {name:?}");
                Err(Status::new(Code::UNIMPLEMENTED, text))
            }
        }
    }

    /// Returns the encoding of the responses to a request: that of the request if the client
    /// accepts it.
    pub fn of_responses(self, headers: &HeaderMap) -> Self {
        let accepted = headers.get_all("grpc-accept-encoding").iter();
        let mut accepted =
            accepted.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(','));
        match self {
            Self::Gzip if accepted.any(|name| name.trim() == "gzip") => Self::Gzip,
            _ => Self::Identity,
        }
    }

    /// Returns a message with its prefix.
    pub fn frame(self, message: &[u8]) -> Bytes {
        let mut framed = Vec::with_capacity(PREFIX_LEN + message.len());
        framed.extend_from_slice(&[u8::from(self == Self::Gzip); PREFIX_LEN]);
        match self {
            Self::Identity => framed.extend_from_slice(message),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(framed, Compression::fast());
                let written = encoder.write_all(message).and_then(|()| encoder.finish());
                framed = written.expect("memory accepts all bytes");
            }
        }
        let length = u32::try_from(framed.len() - PREFIX_LEN).unwrap_or(u32::MAX);
        framed[1..PREFIX_LEN].copy_from_slice(&length.to_be_bytes());
        framed.into()
    }
}

/// The messages of a request, read from its body.
pub struct Inbox<B> {
    body: B,
    /// What has arrived of the next messages.
    buffer: BytesMut,
    encoding: Encoding,
}

impl<B: Body<Data = Bytes> + Unpin> Inbox<B> {
    /// Returns the messages of a body.
    pub fn new(body: B, encoding: Encoding) -> Self {
        Self { body, buffer: BytesMut::new(), encoding }
    }

    /// Returns the next message. None after the last one.
    ///
    /// # Errors
    ///
    /// The status for a message that is too large or damaged.
    ///
    /// # Cancel safety
    ///
    /// Safe: what has arrived is kept.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Status> {
        loop {
            if let Some(message) = self.buffered()? {
                return Ok(Some(message));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                None if self.buffer.is_empty() => return Ok(None),
                // The body ends within a message, or the client has gone.
                None | Some(Err(_)) => return Err(Status::internal("unexpected EOF")),
            }
        }
    }

    /// Returns the only message of a request.
    ///
    /// # Errors
    ///
    /// As for [`Inbox::next`], and the status for another number of messages.
    pub async fn single(&mut self) -> Result<Bytes, Status> {
        const NONE: &str = "cardinality violation: received no request message from \
                            non-client-streaming RPC";
        const SEVERAL: &str = "cardinality violation: received multiple request messages for \
                               non-client-streaming RPC";
        let message = self.next().await?.ok_or_else(|| Status::internal(NONE))?;
        match self.next().await? {
            None => Ok(message),
            Some(_) => Err(Status::internal(SEVERAL)),
        }
    }

    /// Returns the first message in the buffer. None if it is incomplete.
    fn buffered(&mut self) -> Result<Option<Bytes>, Status> {
        let Some(prefix) = self.buffer.first_chunk::<PREFIX_LEN>() else { return Ok(None) };
        let [flag, a, b, c, d] = *prefix;
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        if length > MAX_MESSAGE {
            let text =
                format!("grpc: received message larger than max ({length} vs. {MAX_MESSAGE})");
            return Err(Status::new(Code::RESOURCE_EXHAUSTED, text));
        }
        if self.buffer.len() < PREFIX_LEN + length {
            return Ok(None);
        }
        self.buffer.advance(PREFIX_LEN);
        let message = self.buffer.split_to(length).freeze();
        match (flag, self.encoding) {
            (0, _) => Ok(Some(message)),
            (1, Encoding::Gzip) => unzip(&message).map(Some),
            (1, Encoding::Identity) => {
                Err(Status::internal("grpc: compressed flag set with identity or empty encoding"))
            }
            _ => Err(Status::internal(format!("grpc: received unexpected payload format {flag}"))),
        }
    }
}

/// Decompresses a message, up to the limit of messages.
fn unzip(message: &[u8]) -> Result<Bytes, Status> {
    let mut plain = Vec::new();
    let read = MultiGzDecoder::new(message).take(MAX_MESSAGE as u64 + 1).read_to_end(&mut plain);
    match read {
        Ok(length) if length <= MAX_MESSAGE => Ok(plain.into()),
        Ok(_) => Err(Status::new(
            Code::RESOURCE_EXHAUSTED,
            format!("grpc: received message after decompression larger than max {MAX_MESSAGE}"),
        )),
        Err(error) => Err(Status::internal(format!(
            "grpc: failed to decompress the received message: {error}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::StreamBody;
    use hyper::body::Frame;

    use super::*;

    /// Returns the messages of a body that arrives in pieces, and the status that ends them.
    async fn read(
        body: &[u8],
        piece: usize,
        encoding: Encoding,
    ) -> (Vec<Bytes>, Result<(), Status>) {
        let frames: Vec<_> = body
            .chunks(piece)
            .map(|piece| Ok::<_, Status>(Frame::data(Bytes::copy_from_slice(piece))))
            .collect();
        let body = StreamBody::new(futures_util::stream::iter(frames));
        let mut inbox = Inbox::new(body, encoding);
        let mut messages = Vec::new();
        loop {
            match inbox.next().await {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => return (messages, Ok(())),
                Err(status) => return (messages, Err(status)),
            }
        }
    }

    #[tokio::test]
    async fn messages_survive_any_pieces_and_both_encodings() {
        let messages = [&b""[..], b"x", &[7; 300], b"end"];
        for encoding in [Encoding::Identity, Encoding::Gzip] {
            let body: Vec<_> = messages.iter().flat_map(|it| encoding.frame(it)).collect();
            for piece in [1, 2, 7, body.len()] {
                let (found, end) = read(&body, piece, encoding).await;
                assert_eq!((found, end), (messages.map(Bytes::from).to_vec(), Ok(())));
            }
        }
    }

    #[tokio::test]
    async fn invalid_messages_end_the_request() {
        let bomb = Encoding::Gzip.frame(&vec![0; MAX_MESSAGE + 1]);
        let most = Encoding::Gzip.frame(&vec![0; MAX_MESSAGE]);
        assert_eq!(read(&most, most.len(), Encoding::Gzip).await.1, Ok(()));
        let table: [(&[u8], Encoding, u8, &str); 7] = [
            (b"\0\0\0\0\x02x", Encoding::Identity, 13, "unexpected EOF"),
            (b"\0\0", Encoding::Identity, 13, "unexpected EOF"),
            (
                b"\0\0\x40\0\x01",
                Encoding::Identity,
                8,
                "grpc: received message larger than max (4194305 vs. 4194304)",
            ),
            (
                b"\x01\0\0\0\0",
                Encoding::Identity,
                13,
                "grpc: compressed flag set with identity or empty encoding",
            ),
            (b"\x02\0\0\0\0", Encoding::Gzip, 13, "grpc: received unexpected payload format 2"),
            (
                &bomb,
                Encoding::Gzip,
                8,
                "grpc: received message after decompression larger than max 4194304",
            ),
            (
                b"\x01\0\0\0\x01x",
                Encoding::Gzip,
                13,
                "grpc: failed to decompress the received message: ",
            ),
        ];
        for (body, encoding, code, message) in table {
            let status = read(body, body.len(), encoding).await.1.unwrap_err();
            assert_eq!(status.code.number(), code);
            assert!(status.message.starts_with(message), "{}", status.message);
        }
    }
}
