//! Detects the format of a stream by its first bytes.

use std::io::{self, BufReader, Cursor, ErrorKind, Read};

use crate::codec::Format;
use crate::codec::gob::wire::uint_bytes;

/// Bytes that a decoder requests from its input at once.
const READ_BYTES: usize = 64 * 1024;

/// The mark that some editors write at the start of a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// An input whose first bytes have been read to detect the format.
pub struct Input {
    input: Box<dyn Read + Send>,
    /// The bytes read so far.
    bytes: Vec<u8>,
    /// Leading bytes that do not belong to the stream, <= the length of `bytes`.
    skipped: usize,
}

impl Input {
    /// Returns an input of which nothing has been read.
    pub fn new(input: Box<dyn Read + Send>) -> Self {
        Self { input, bytes: Vec::new(), skipped: 0 }
    }

    /// Returns the format of the stream, CSV for an empty one; None if the format is unknown. Waits
    /// for no more bytes than necessary.
    ///
    /// # Errors
    ///
    /// If the input cannot be read.
    pub fn format(&mut self) -> io::Result<Option<Format>> {
        // Gob is checked first, since its first byte may be a letter or white space.
        if self.is_gob()? {
            return Ok(Some(Format::Gob));
        }
        if self.is_arrow()? {
            return Ok(Some(Format::Arrow));
        }
        self.skip_blank()?;
        Ok(match self.byte(0)? {
            Some(b'{') => Some(Format::Json),
            Some(b'0'..=b'9' | b'-' | b'"') | None => Some(Format::Csv),
            Some(_) => None,
        })
    }

    /// Returns the whole input, without the bytes before the stream.
    pub fn into_reader(mut self) -> BufReader<Box<dyn Read + Send>> {
        self.bytes.drain(..self.skipped);
        let whole = Cursor::new(self.bytes).chain(self.input);
        BufReader::with_capacity(READ_BYTES, Box::new(whole))
    }

    /// Returns whether the stream begins with Arrow's continuation marker, four bytes ff. A stream
    /// that ends within the marker counts too.
    fn is_arrow(&mut self) -> io::Result<bool> {
        for place in 0..4 {
            match self.byte(place)? {
                Some(0xff) => {}
                Some(_) => return Ok(false),
                None => return Ok(place > 0),
            }
        }
        Ok(true)
    }

    /// Returns whether the stream begins with the definition of a type: the length of the
    /// message, the negated number of the type, and the kind of the type.
    ///
    /// Type numbers begin at 64, so the negated number begins with 7f or with a byte that no text
    /// has there. Arrow begins with four bytes ff, and the byte in the position of the kind is
    /// then a multiple of 8. If the stream ends before the kind, the bytes before it decide.
    fn is_gob(&mut self) -> io::Result<bool> {
        let (Some(first), Some(second)) = (self.byte(0)?, self.byte(1)?) else {
            return Ok(false);
        };
        let Some(id_at) = uint_bytes(first) else {
            return Ok(false);
        };
        let id_bytes = match self.byte(id_at)? {
            None => return Ok(second != 0xff),
            Some(0x7f) => 1,
            Some(byte @ 0xf8..) => uint_bytes(byte).unwrap_or(1),
            Some(_) => return Ok(false),
        };
        let kind = self.byte(id_at + id_bytes)?;
        Ok(kind.map_or(second != 0xff, |kind| (1..=7).contains(&kind)))
    }

    /// Skips white space and a byte order mark.
    fn skip_blank(&mut self) -> io::Result<()> {
        let is_blank = |byte: u8| byte.is_ascii_whitespace() || BYTE_ORDER_MARK.contains(&byte);
        while self.byte(0)?.is_some_and(is_blank) {
            self.skipped += 1;
        }
        Ok(())
    }

    /// Waits for a byte of the stream; None if the input ends before it.
    fn byte(&mut self, idx: usize) -> io::Result<Option<u8>> {
        while self.bytes.len() <= self.skipped + idx {
            self.bytes.drain(..self.skipped);
            self.skipped = 0;
            if !self.read_more()? {
                return Ok(None);
            }
        }
        Ok(Some(self.bytes[self.skipped + idx]))
    }

    /// Reads the bytes that are available; returns false at the end of the input.
    fn read_more(&mut self) -> io::Result<bool> {
        let len = self.bytes.len();
        self.bytes.resize(len + READ_BYTES, 0);
        let read = loop {
            match self.input.read(&mut self.bytes[len..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                outcome => break outcome,
            }
        };
        self.bytes.truncate(len + *read.as_ref().unwrap_or(&0));
        read.map(|read| read > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: Option<Format>) {
        let mut input = Input::new(Box::new(Cursor::new(bytes.to_vec())));
        assert_eq!(input.format().unwrap(), expected, "{bytes:x?}");
    }

    #[test]
    fn formats_are_detected_by_their_first_bytes() {
        check(b"", Some(Format::Csv));
        check(b" \n", Some(Format::Csv));
        check(b"1795180206", Some(Format::Csv));
        check(b"\"17\",", Some(Format::Csv));
        check(b"-1,", Some(Format::Csv));
        check(b"{", Some(Format::Json));
        check(b"\xef\xbb\xbf\r\n {\"seq\"", Some(Format::Json));
        check(b"\xff\xff\xff\xff\x78\x05\0\0", Some(Format::Arrow));
        check(b"\xff\xff\xff\xff\0\0\0\0", Some(Format::Arrow));
        check(b"\xff\xff", Some(Format::Arrow));
        check(b"\xff\x96\x7f\x03\x01\x01\x06Result", Some(Format::Gob));
        check(b"\xff\x96\x7f\x03", Some(Format::Gob));
        check(b"\xff\x96", Some(Format::Gob));
        check(b"Hello", None);
        check(b"\x80\x7f\x03", None);
    }

    #[test]
    fn a_gob_may_begin_with_a_byte_that_begins_another_format() {
        for length in [b'{', b'5', b'-', b'"', b' ', b'\n'] {
            check(&[length, 0x7f, 3, 1, 1], Some(Format::Gob));
            check(&[length, 0xff, 0x83, 3, 1, 1], Some(Format::Gob));
        }
        check(b"\xff\xff\xff\x83\x03\x01", Some(Format::Gob));
        check(b"\xff\xff\xff\xff\x03\x01", Some(Format::Gob));
        check(b"\xfe\x01\x02\xff\x81\x03", Some(Format::Gob));
    }

    #[test]
    fn the_first_bytes_can_still_be_read() {
        let mut input = Input::new(Box::new(Cursor::new(b" \n 1,2".to_vec())));
        input.format().unwrap();
        let mut rest = String::new();
        input.into_reader().read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "1,2");
    }
}
