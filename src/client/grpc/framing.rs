//! The frames of messages: five bytes, then the message.
//!
//! Source: gRPC over HTTP/2, Length-Prefixed-Message.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Length of what precedes a message, in bytes.
const PREFIX_LEN: usize = 5;

/// The first byte of a message that is not compressed.
pub const PLAIN: u8 = 0;

/// The first byte of a compressed message.
pub const COMPRESSED: u8 = 1;

/// Returns a message with its prefix, compressed with gzip if wanted.
pub fn framed(message: &[u8], is_compressed: bool) -> Bytes {
    let mut bytes = Vec::with_capacity(PREFIX_LEN + message.len());
    bytes.extend_from_slice(&[0; PREFIX_LEN]);
    if is_compressed {
        let mut encoder = GzEncoder::new(bytes, Compression::default());
        bytes = encoder
            .write_all(message)
            .and_then(|()| encoder.finish())
            .expect("memory accepts all bytes");
        bytes[0] = COMPRESSED;
    } else {
        bytes.extend_from_slice(message);
    }
    let prefix = prefix(bytes.len() - PREFIX_LEN);
    bytes[1..PREFIX_LEN].copy_from_slice(&prefix[1..]);
    bytes.into()
}

/// Returns the prefix of a message of some bytes that is not compressed.
pub fn prefix(len: usize) -> [u8; PREFIX_LEN] {
    // No server accepts a longer message.
    let [a, b, c, d] = u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes();
    [PLAIN, a, b, c, d]
}

/// Splits the bytes of a stream into messages. Its parts may arrive in any pieces.
#[derive(Debug, Default)]
pub struct Splitter {
    prefix: [u8; PREFIX_LEN],
    /// Number of bytes of the prefix that have arrived.
    n_prefix: usize,
    /// Number of bytes left of the message, after its prefix.
    left: usize,
}

/// A part of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The prefix: its first byte, and the length of the message in bytes.
    Start(u8, u32),
    /// Bytes of the message, at least one.
    Data(&'a [u8]),
    /// The end of the message.
    End,
}

impl Splitter {
    /// Takes bytes up to the end of the next piece. None if they are used up.
    pub fn next<'a>(&mut self, bytes: &mut &'a [u8]) -> Option<Piece<'a>> {
        if self.n_prefix < PREFIX_LEN {
            let new = take(bytes, PREFIX_LEN - self.n_prefix);
            self.prefix[self.n_prefix..][..new.len()].copy_from_slice(new);
            self.n_prefix += new.len();
            if self.n_prefix < PREFIX_LEN {
                return None;
            }
            let [flag, len @ ..] = self.prefix;
            let len = u32::from_be_bytes(len);
            self.left = len as usize;
            return Some(Piece::Start(flag, len));
        }
        if self.left == 0 {
            self.n_prefix = 0;
            return Some(Piece::End);
        }
        let data = take(bytes, self.left);
        self.left -= data.len();
        (!data.is_empty()).then_some(Piece::Data(data))
    }

    /// Returns whether all messages that have begun are complete.
    pub fn is_between_messages(&self) -> bool {
        self.n_prefix == 0
    }
}

/// Removes up to a number of bytes and returns them.
fn take<'a>(bytes: &mut &'a [u8], most: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(most.min(bytes.len()));
    *bytes = rest;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the messages in some pieces, and whether the last one is complete.
    fn messages<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<(u8, Vec<u8>)>, bool) {
        let (mut splitter, mut open, mut messages) = (Splitter::default(), None, Vec::new());
        for mut bytes in pieces {
            while let Some(piece) = splitter.next(&mut bytes) {
                match piece {
                    Piece::Start(flag, _) => open = Some((flag, Vec::new())),
                    Piece::Data(data) => open.as_mut().unwrap().1.extend_from_slice(data),
                    Piece::End => messages.extend(open.take()),
                }
            }
            assert!(bytes.is_empty());
        }
        (messages, splitter.is_between_messages())
    }

    #[test]
    fn messages_are_found_however_their_bytes_are_cut() {
        let bytes = [framed(b"hello", false), framed(b"", false), framed(b"x", false)].concat();
        let expected = [(PLAIN, b"hello".to_vec()), (PLAIN, Vec::new()), (PLAIN, b"x".to_vec())];
        for len in 1..=bytes.len() {
            let (found, is_complete) = messages(bytes.chunks(len));
            assert_eq!(found, expected, "{len}");
            assert!(is_complete);
        }
        for end in 1..bytes.len() {
            let is_complete = messages([&bytes[..end]]).1;
            assert_eq!(is_complete, [10, 15].contains(&end), "{end}");
        }
    }

    #[test]
    fn a_compressed_message_is_marked_and_has_the_length_of_its_frame() {
        let bytes = framed(&[7; 1000], true);
        let mut rest = &bytes[..];
        let Some(Piece::Start(COMPRESSED, len)) = Splitter::default().next(&mut rest) else {
            panic!("no prefix")
        };
        assert_eq!(len as usize, rest.len());
        let mut message = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(rest), &mut message).unwrap();
        assert_eq!(message, [7; 1000]);
    }
}
