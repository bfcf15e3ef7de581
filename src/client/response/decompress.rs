//! Decompresses a response's body and keeps its start.

use std::io::{self, Write};
use std::mem;

use brotli_decompressor::DecompressorWriter;
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use zstd::stream::raw;
use zstd::stream::zio;

use crate::client::request::accepted_encodings::AcceptedEncodings;
use crate::client::response::deflate::Inflater;

/// Size of the brotli decoder's buffer in bytes.
const BROTLI_BUFFER: usize = 4096;

/// Decompresses a body and keeps its first bytes.
pub struct Decoder(Coding);

enum Coding {
    Plain(Prefix),
    Gzip(MultiGzDecoder<Prefix>),
    Deflate(Inflater<Prefix>),
    Brotli(Box<DecompressorWriter<Prefix>>),
    Zstd(zio::Writer<Prefix, raw::Decoder<'static>>),
}

impl Decoder {
    /// Creates a decoder that keeps the first `limit` bytes of a body, which must not be empty.
    ///
    /// If the body is decompressed, the headers that describe the compressed body are removed.
    pub fn new(headers: &mut HeaderMap, accepted: &AcceptedEncodings, limit: usize) -> Self {
        // Without a limit to reach, there is nothing to decompress.
        if limit == 0 {
            return Self(Coding::Plain(Prefix::new(limit)));
        }
        let header = headers.get(CONTENT_ENCODING).and_then(|header| header.to_str().ok());
        let encoding = header.unwrap_or_default().trim().to_ascii_lowercase();
        if encoding.is_empty() || !accepted.include(&encoding) {
            return Self(Coding::Plain(Prefix::new(limit)));
        }
        let Some(coding) = Coding::of(&encoding, limit) else {
            return Self(Coding::Plain(Prefix::new(limit)));
        };
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
        Self(coding)
    }

    /// Takes the next bytes of the body.
    ///
    /// # Errors
    ///
    /// If they are not compressed as the response announced.
    pub fn take(&mut self, data: &[u8]) -> io::Result<()> {
        if self.prefix().is_full() {
            return Ok(());
        }
        let taken = match &mut self.0 {
            Coding::Plain(prefix) => prefix.write_all(data),
            Coding::Gzip(decoder) => decoder.write_all(data).and_then(|()| decoder.flush()),
            Coding::Deflate(decoder) => decoder.write_all(data),
            Coding::Brotli(decoder) => decoder.write_all(data).and_then(|()| decoder.flush()),
            Coding::Zstd(decoder) => decoder.write_all(data).and_then(|()| decoder.flush()),
        };
        taken.map_err(|error| self.explained(error))
    }

    /// Ends the body.
    ///
    /// # Errors
    ///
    /// If the compressed data is incomplete.
    pub fn end(&mut self) -> io::Result<()> {
        // The rest of a body beyond the limit was not decompressed.
        if self.prefix().is_full() {
            return Ok(());
        }
        let ended = match &mut self.0 {
            Coding::Plain(_) => Ok(()),
            Coding::Gzip(decoder) => decoder.try_finish(),
            Coding::Deflate(decoder) => decoder.end(),
            Coding::Brotli(decoder) => decoder.close(),
            Coding::Zstd(decoder) => decoder.finish(),
        };
        ended.map_err(|error| self.explained(error))
    }

    /// Returns an error that reports data after the end, for which the libraries have no message.
    fn explained(&mut self, error: io::Error) -> io::Error {
        let is_after_end = match &mut self.0 {
            // After a complete member, the decoder expects the header of another one.
            Coding::Gzip(decoder) => decoder.header().is_none() && !decoder.get_ref().is_empty(),
            _ => error.kind() == io::ErrorKind::WriteZero,
        };
        if is_after_end { io::Error::other("extra data follows its end") } else { error }
    }

    /// Takes the bytes that were kept.
    pub fn take_bytes(&mut self) -> Bytes {
        mem::take(&mut self.prefix().bytes).into()
    }

    fn prefix(&mut self) -> &mut Prefix {
        match &mut self.0 {
            Coding::Plain(prefix) => prefix,
            Coding::Gzip(decoder) => decoder.get_mut(),
            Coding::Deflate(decoder) => decoder.get_mut(),
            Coding::Brotli(decoder) => decoder.get_mut(),
            Coding::Zstd(decoder) => decoder.writer_mut(),
        }
    }
}

impl Coding {
    /// Returns the decoder of an encoding, given in lower case; None if it is not supported.
    fn of(encoding: &str, limit: usize) -> Option<Self> {
        let prefix = Prefix::new(limit);
        Some(match encoding {
            "gzip" => Self::Gzip(MultiGzDecoder::new(prefix)),
            "deflate" => Self::Deflate(Inflater::new(prefix)),
            "br" => Self::Brotli(Box::new(DecompressorWriter::new(prefix, BROTLI_BUFFER))),
            "zstd" => Self::Zstd(zio::Writer::new(prefix, raw::Decoder::new().ok()?)),
            _ => return None,
        })
    }
}

/// Accepts all bytes and keeps the first ones.
#[derive(Debug)]
struct Prefix {
    bytes: Vec<u8>,
    /// Maximum number of bytes kept.
    limit: usize,
}

impl Prefix {
    fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit }
    }

    fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn is_full(&self) -> bool {
        self.bytes.len() == self.limit
    }
}

impl Write for Prefix {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let room = self.limit - self.bytes.len();
        self.bytes.extend_from_slice(&data[..data.len().min(room)]);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    fn compressed(coding: &str, text: &[u8]) -> Vec<u8> {
        match coding {
            "gzip" => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
            "deflate" => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
            // A thousand times "a", by Google's encoder.
            "br" => {
                vec![0x1b, 0xe7, 0x03, 0xf8, 0x25, 0xc2, 0xa2, 0xb1, 0x40, 0x20, 0x34]
            }
            "zstd" => zstd::encode_all(text, 1).unwrap(),
            _ => text.to_vec(),
        }
    }

    /// Decompresses a body in pieces of three bytes. Returns the bytes kept, whether the body is
    /// valid, and whether the headers of the compressed body were removed.
    fn decompressed(
        coding: &str,
        accepted: &AcceptedEncodings,
        body: &[u8],
        limit: usize,
    ) -> (Bytes, bool, bool) {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, coding.parse().unwrap());
        let mut decoder = Decoder::new(&mut headers, accepted, limit);
        let read =
            body.chunks(3).try_for_each(|data| decoder.take(data)).and_then(|()| decoder.end());
        (decoder.take_bytes(), read.is_ok(), headers.is_empty())
    }

    #[test]
    fn an_accepted_encoding_is_decompressed_up_to_the_limit() {
        let text = vec![b'a'; 1_000];
        for coding in ["gzip", "deflate", "br", "zstd"] {
            let body = compressed(coding, &text);
            let whole = decompressed(coding, &accepting(coding), &body, usize::MAX);
            assert_eq!(whole, (text.clone().into(), true, true), "{coding}");
            let beginning = decompressed(coding, &accepting(coding), &body, 10);
            assert_eq!(beginning, (vec![b'a'; 10].into(), true, true), "{coding}");
        }
    }

    #[test]
    fn other_encodings_stay_compressed() {
        let named = AcceptedEncodings::Named("gzip, br".to_owned());
        let gzip = AcceptedEncodings::Gzip;
        for (coding, accepted) in [("gzip", &named), ("br", &gzip), ("odd", &named)] {
            let body = compressed(coding, b"hello");
            let kept = decompressed(coding, accepted, &body, usize::MAX);
            assert_eq!(kept, (body.into(), true, false), "{coding}");
        }
    }

    fn deflate_without_zlib(text: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// Returns encodings that include a given one.
    fn accepting(coding: &str) -> AcceptedEncodings {
        match coding {
            "gzip" => AcceptedEncodings::Gzip,
            _ => AcceptedEncodings::Named("br;q=1.0, deflate,zstd".to_owned()),
        }
    }

    #[test]
    fn several_members_and_frames_are_one_body() {
        for coding in ["gzip", "zstd"] {
            let body = [compressed(coding, b"hel"), compressed(coding, b"lo")].concat();
            let whole = decompressed(coding, &accepting(coding), &body, usize::MAX);
            assert_eq!(whole, (Bytes::from("hello"), true, true), "{coding}");
        }
    }

    #[test]
    fn deflate_without_zlib_is_decompressed_at_any_ratio() {
        let text = vec![b'a'; 1_000_000];
        let body = deflate_without_zlib(&text);
        assert_eq!(
            decompressed("deflate", &accepting("deflate"), &body, usize::MAX),
            (text.into(), true, true)
        );
    }

    #[test]
    fn malformed_data_is_an_error() {
        for coding in ["gzip", "deflate", "br", "zstd"] {
            let garbage = b"\xff\xffgarbage";
            assert!(!decompressed(coding, &accepting(coding), garbage, usize::MAX).1, "{coding}");
        }
    }

    #[test]
    fn a_body_that_breaks_off_anywhere_is_an_error() {
        let bodies =
            ["gzip", "deflate", "br", "zstd"].map(|it| (it, compressed(it, &[b'a'; 1_000])));
        let bare = ("deflate", deflate_without_zlib(&[b'a'; 1_000]));
        for (coding, body) in bodies.into_iter().chain([bare]) {
            let accepted = accepting(coding);
            for len in 1..body.len() {
                let (_, is_whole, _) = decompressed(coding, &accepted, &body[..len], usize::MAX);
                assert!(!is_whole, "{coding}, {len} of {} bytes", body.len());
            }
        }
    }

    #[test]
    fn data_after_the_end_is_reported() {
        for coding in ["gzip", "deflate"] {
            for junk in [&b"?"[..], b"junk after the end"] {
                let body = [&compressed(coding, b"hello"), junk].concat();
                let mut headers = HeaderMap::new();
                headers.insert(CONTENT_ENCODING, coding.parse().unwrap());
                let mut decoder = Decoder::new(&mut headers, &accepting(coding), usize::MAX);
                let error = decoder.take(&body).and_then(|()| decoder.end()).unwrap_err();
                assert_eq!(error.to_string(), "extra data follows its end", "{coding}");
                assert_eq!(decoder.take_bytes(), "hello");
            }
        }
    }
}
