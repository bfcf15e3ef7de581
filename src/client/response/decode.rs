//! The kept part of a response body, unpacked where we or the target asked for a packed one.

use std::io::{self, Write};
use std::mem;

use brotli_decompressor::DecompressorWriter;
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use zstd::stream::raw;
use zstd::stream::zio;

use crate::client::request::Header;
use crate::client::response::inflate::Inflater;

/// Buffer of brotli's decoder, in bytes.
const BROTLI_BUFFER: usize = 4096;

/// Which content codings a response is unpacked from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unpacks {
    /// gzip, which we asked for ourselves.
    Gzip,
    /// What the target's own Accept-Encoding names, but for gzip: who asks for that gets it as it
    /// is, as from Vegeta. Empty for nothing.
    Named(String),
}

impl Unpacks {
    /// Returns what a target's own headers ask for.
    pub fn named_by(headers: &[Header]) -> Self {
        let named = headers.iter().filter(|(name, _)| name == ACCEPT_ENCODING);
        let named: Vec<_> = named.filter_map(|(_, value)| value.to_str().ok()).collect();
        Self::Named(named.join(",").to_ascii_lowercase())
    }

    fn includes(&self, coding: &str) -> bool {
        let Self::Named(named) = self else { return coding == "gzip" };
        let mut codings = named.split(',').filter_map(|named| named.split(';').next());
        coding != "gzip" && codings.any(|named| named.trim() == coding)
    }
}

/// Keeps the beginning of a body.
pub struct Kept(Coding);

enum Coding {
    Plain(Beginning),
    Gzip(MultiGzDecoder<Beginning>),
    Deflate(Inflater<Beginning>),
    Brotli(Box<DecompressorWriter<Beginning>>),
    Zstd(zio::Writer<Beginning, raw::Decoder<'static>>),
}

impl Kept {
    /// Returns what keeps the first `limit` bytes of a body, which has at least one. Where it is
    /// unpacked, the headers that speak of the packed one go.
    pub fn new(headers: &mut HeaderMap, unpacks: &Unpacks, limit: usize) -> Self {
        let beginning = Beginning { bytes: Vec::new(), limit };
        if limit == 0 {
            return Self(Coding::Plain(beginning));
        }
        let coding = headers.get(CONTENT_ENCODING).and_then(|coding| coding.to_str().ok());
        let coding = coding.unwrap_or_default().trim().to_ascii_lowercase();
        if coding.is_empty() || !unpacks.includes(&coding) {
            return Self(Coding::Plain(beginning));
        }
        let Some(kept) = Self::coded(&coding, beginning) else {
            return Self(Coding::Plain(Beginning { bytes: Vec::new(), limit }));
        };
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
        kept
    }

    /// Returns what unpacks a coding; None where it is not one of ours.
    fn coded(coding: &str, beginning: Beginning) -> Option<Self> {
        Some(Self(match coding {
            "gzip" => Coding::Gzip(MultiGzDecoder::new(beginning)),
            "deflate" => Coding::Deflate(Inflater::new(beginning)),
            "br" => Coding::Brotli(Box::new(DecompressorWriter::new(beginning, BROTLI_BUFFER))),
            "zstd" => Coding::Zstd(zio::Writer::new(beginning, raw::Decoder::new().ok()?)),
            _ => return None,
        }))
    }

    /// Takes the next bytes of the body.
    ///
    /// # Errors
    ///
    /// Where they are not packed as the response said.
    pub fn take(&mut self, data: &[u8]) -> io::Result<()> {
        if self.beginning().is_full() {
            return Ok(());
        }
        let taken = match &mut self.0 {
            Coding::Plain(beginning) => beginning.write_all(data),
            Coding::Gzip(decoder) => decoder.write_all(data).and_then(|()| decoder.flush()),
            Coding::Deflate(decoder) => decoder.write_all(data),
            Coding::Brotli(decoder) => decoder.write_all(data).and_then(|()| decoder.flush()),
            Coding::Zstd(decoder) => decoder.write_all(data).and_then(|()| decoder.flush()),
        };
        taken.map_err(|error| self.told(error))
    }

    /// Notes the end of the body.
    ///
    /// # Errors
    ///
    /// Where what was packed is not at its end.
    pub fn end(&mut self) -> io::Result<()> {
        if self.beginning().is_full() {
            return Ok(());
        }
        let ended = match &mut self.0 {
            Coding::Plain(_) => Ok(()),
            Coding::Gzip(decoder) => decoder.try_finish(),
            Coding::Deflate(decoder) => decoder.end(),
            Coding::Brotli(decoder) => decoder.close(),
            Coding::Zstd(decoder) => decoder.finish(),
        };
        ended.map_err(|error| self.told(error))
    }

    /// Returns an error that says what is wrong where the library's own does not.
    fn told(&mut self, error: io::Error) -> io::Error {
        let behind = match &mut self.0 {
            // Between two members, where there is no header yet.
            Coding::Gzip(decoder) => decoder.header().is_none() && !decoder.get_ref().is_empty(),
            _ => error.kind() == io::ErrorKind::WriteZero,
        };
        if behind { io::Error::other("something stands behind its end") } else { error }
    }

    /// Returns what was kept.
    pub fn bytes(&mut self) -> Bytes {
        mem::take(&mut self.beginning().bytes).into()
    }

    fn beginning(&mut self) -> &mut Beginning {
        match &mut self.0 {
            Coding::Plain(beginning) => beginning,
            Coding::Gzip(decoder) => decoder.get_mut(),
            Coding::Deflate(decoder) => decoder.get_mut(),
            Coding::Brotli(decoder) => decoder.get_mut(),
            Coding::Zstd(decoder) => decoder.writer_mut(),
        }
    }
}

/// Takes all bytes and keeps the first ones.
#[derive(Debug)]
struct Beginning {
    bytes: Vec<u8>,
    /// Most bytes kept.
    limit: usize,
}

impl Beginning {
    fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn is_full(&self) -> bool {
        self.bytes.len() == self.limit
    }
}

impl Write for Beginning {
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

    fn packed(coding: &str, text: &[u8]) -> Vec<u8> {
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

    /// Unpacks a body in pieces of three bytes.
    fn unpacked(coding: &str, unpacks: &Unpacks, body: &[u8], limit: usize) -> (Bytes, bool, bool) {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, coding.parse().unwrap());
        let mut kept = Kept::new(&mut headers, unpacks, limit);
        let read = body.chunks(3).try_for_each(|data| kept.take(data)).and_then(|()| kept.end());
        (kept.bytes(), read.is_ok(), headers.is_empty())
    }

    #[test]
    fn what_was_asked_for_is_unpacked_up_to_the_limit() {
        let text = vec![b'a'; 1_000];
        for coding in ["gzip", "deflate", "br", "zstd"] {
            let body = packed(coding, &text);
            let whole = unpacked(coding, &asked(coding), &body, usize::MAX);
            assert_eq!(whole, (text.clone().into(), true, true), "{coding}");
            let beginning = unpacked(coding, &asked(coding), &body, 10);
            assert_eq!(beginning, (vec![b'a'; 10].into(), true, true), "{coding}");
        }
    }

    #[test]
    fn what_was_not_asked_for_stays_as_it_is() {
        let named = Unpacks::Named("gzip, br".to_owned());
        for (coding, unpacks) in [("gzip", &named), ("br", &Unpacks::Gzip), ("odd", &named)] {
            let body = packed(coding, b"hello");
            let kept = unpacked(coding, unpacks, &body, usize::MAX);
            assert_eq!(kept, (body.into(), true, false), "{coding}");
        }
    }

    fn bare_deflate(text: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// Returns what asks for a coding.
    fn asked(coding: &str) -> Unpacks {
        match coding {
            "gzip" => Unpacks::Gzip,
            _ => Unpacks::Named("br;q=1.0, deflate,zstd".to_owned()),
        }
    }

    #[test]
    fn several_members_and_frames_are_one_body() {
        for coding in ["gzip", "zstd"] {
            let body = [packed(coding, b"hel"), packed(coding, b"lo")].concat();
            let whole = unpacked(coding, &asked(coding), &body, usize::MAX);
            assert_eq!(whole, (Bytes::from("hello"), true, true), "{coding}");
        }
    }

    #[test]
    fn deflate_is_unpacked_bare_too_however_much_a_byte_says() {
        let text = vec![b'a'; 1_000_000];
        let body = bare_deflate(&text);
        assert_eq!(
            unpacked("deflate", &asked("deflate"), &body, usize::MAX),
            (text.into(), true, true)
        );
    }

    #[test]
    fn what_is_not_packed_as_said_is_an_error() {
        for coding in ["gzip", "deflate", "br", "zstd"] {
            let garbage = b"\xff\xffgarbage";
            assert!(!unpacked(coding, &asked(coding), garbage, usize::MAX).1, "{coding}");
        }
    }

    #[test]
    fn a_body_that_breaks_off_anywhere_is_an_error() {
        let bodies = ["gzip", "deflate", "br", "zstd"].map(|it| (it, packed(it, &[b'a'; 1_000])));
        let bare = ("deflate", bare_deflate(&[b'a'; 1_000]));
        for (coding, body) in bodies.into_iter().chain([bare]) {
            let unpacks = asked(coding);
            for len in 1..body.len() {
                let (_, is_whole, _) = unpacked(coding, &unpacks, &body[..len], usize::MAX);
                assert!(!is_whole, "{coding}, {len} of {} bytes", body.len());
            }
        }
    }

    #[test]
    fn what_stands_behind_the_end_is_named() {
        for coding in ["gzip", "deflate"] {
            for junk in [&b"?"[..], b"junk behind the end"] {
                let body = [&packed(coding, b"hello"), junk].concat();
                let mut headers = HeaderMap::new();
                headers.insert(CONTENT_ENCODING, coding.parse().unwrap());
                let mut kept = Kept::new(&mut headers, &asked(coding), usize::MAX);
                let error = kept.take(&body).and_then(|()| kept.end()).unwrap_err();
                assert_eq!(error.to_string(), "something stands behind its end", "{coding}");
                assert_eq!(kept.bytes(), "hello");
            }
        }
    }
}
