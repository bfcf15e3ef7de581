//! The atoms of gob: whole numbers and byte strings, as they are read and written.
//!
//! Source: Go, package encoding/gob, "Encoding Details" of its documentation.

use std::borrow::Cow;

/// Returns how many bytes an unsigned number takes that begins with `first`, in 1..=9; None where
/// no number begins so.
pub fn uint_bytes(first: u8) -> Option<usize> {
    match first {
        0..=0x7f => Some(1),
        0xf8..=0xff => Some(1 + usize::from(first.wrapping_neg())),
        _ => None,
    }
}

/// Returns the unsigned number at the beginning and how many bytes it takes; None where it goes
/// on behind the bytes.
///
/// # Errors
///
/// Where no number begins so.
pub fn uint_at(bytes: &[u8]) -> Result<Option<(u64, usize)>, String> {
    let Some(first) = bytes.first().copied() else {
        return Ok(None);
    };
    let len = uint_bytes(first)
        .ok_or_else(|| format!("no number begins with the byte {first:#04x}, expected a count"))?;
    if len == 1 {
        return Ok(Some((first.into(), 1)));
    }
    let digits = bytes.get(1..len);
    let number = |digits: &[u8]| digits.iter().fold(0, |sum, digit| (sum << 8) | u64::from(*digit));
    Ok(digits.map(|digits| (number(digits), len)))
}

/// What is left to be read of a message.
#[derive(Clone, Copy)]
pub struct Wire<'a>(&'a [u8]);

impl<'a> Wire<'a> {
    pub fn new(message: &'a [u8]) -> Self {
        Self(message)
    }

    /// Reads an unsigned number.
    ///
    /// # Errors
    ///
    /// Where there is none, as in all reading.
    pub fn uint(&mut self) -> Result<u64, String> {
        let (number, len) = uint_at(self.0)?.ok_or_else(short)?;
        self.0 = &self.0[len..];
        Ok(number)
    }

    /// Reads a signed number: the sign is the lowest bit.
    pub fn int(&mut self) -> Result<i64, String> {
        let bits = self.uint()?;
        let magnitude = i64::try_from(bits >> 1).expect("63 bits fit");
        Ok(if bits & 1 == 1 { !magnitude } else { magnitude })
    }

    /// Reads a number of items, each of which takes a byte or more.
    pub fn count(&mut self) -> Result<usize, String> {
        let count = self.uint()?;
        usize::try_from(count).ok().filter(|count| *count <= self.0.len()).ok_or_else(short)
    }

    /// Reads a byte string.
    pub fn bytes(&mut self) -> Result<&'a [u8], String> {
        let len = self.count()?;
        let (bytes, rest) = self.0.split_at(len);
        self.0 = rest;
        Ok(bytes)
    }

    /// Reads a text; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&mut self) -> Result<Cow<'a, str>, String> {
        self.bytes().map(String::from_utf8_lossy)
    }

    /// Reads the number of the next field that is there, counted from 1, where the last one had
    /// the number `last`; None at the end of the struct.
    pub fn field(&mut self, last: usize) -> Result<Option<usize>, String> {
        let delta = self.uint()?;
        let number = usize::try_from(delta).ok().and_then(|delta| last.checked_add(delta));
        match number {
            Some(number) => Ok((delta > 0).then_some(number)),
            None => Err(format!("field {delta} places on, expected one of the struct")),
        }
    }

    /// Returns whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ends the message.
    ///
    /// # Errors
    ///
    /// Where something is left of it.
    pub fn end(self) -> Result<(), String> {
        match self.0.len() {
            0 => Ok(()),
            left => Err(format!("{left} bytes left over behind a value")),
        }
    }
}

fn short() -> String {
    "a value goes on behind the end of its message".to_owned()
}

/// Writes an unsigned number.
pub fn put_uint(number: u64, bytes: &mut Vec<u8>) {
    if number < 0x80 {
        bytes.push(number.to_le_bytes()[0]);
        return;
    }
    let digits = number.to_be_bytes();
    let zeros = number.leading_zeros() as usize / 8;
    // The count of digits, negated: 0xff for one, 0xf8 for eight.
    bytes.push(0xf8 + number.leading_zeros().to_le_bytes()[0] / 8);
    bytes.extend_from_slice(&digits[zeros..]);
}

/// Writes a signed number.
pub fn put_int(number: i64, bytes: &mut Vec<u8>) {
    put_uint(((number << 1) ^ (number >> 63)).cast_unsigned(), bytes);
}

/// Writes a byte string.
pub fn put_bytes(string: &[u8], bytes: &mut Vec<u8>) {
    put_uint(string.len() as u64, bytes);
    bytes.extend_from_slice(string);
}

#[cfg(test)]
mod tests {
    use super::*;

    // The first rows are the examples of Go's documentation.
    #[test]
    fn numbers_are_written_as_go_writes_them_and_read_back() {
        let table: [(u64, &[u8]); 6] = [
            (7, &[0x07]),
            (256, &[0xfe, 0x01, 0x00]),
            (0, &[0x00]),
            (127, &[0x7f]),
            (128, &[0xff, 0x80]),
            (u64::MAX, &[0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ];
        for (number, expected) in table {
            let mut bytes = Vec::new();
            put_uint(number, &mut bytes);
            assert_eq!(bytes, expected);
            assert_eq!(Wire::new(&bytes).uint(), Ok(number));
        }
        let table: [(i64, &[u8]); 5] = [
            (-129, &[0xfe, 0x01, 0x01]),
            (64, &[0xff, 0x80]),
            (-64, &[0x7f]),
            (i64::MIN, &[0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            (i64::MAX, &[0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]),
        ];
        for (number, expected) in table {
            let mut bytes = Vec::new();
            put_int(number, &mut bytes);
            assert_eq!(bytes, expected);
            assert_eq!(Wire::new(&bytes).int(), Ok(number));
        }
    }

    #[test]
    fn nothing_is_read_behind_the_end() {
        for bytes in [&b""[..], b"\xfe\x01", b"\x03ab", b"\xf8\xff\xff\xff\xff\xff\xff\xff\xff"] {
            assert_eq!(Wire::new(bytes).bytes(), Err(short()), "{bytes:x?}");
        }
        let problem = "no number begins with the byte 0x80, expected a count";
        assert_eq!(Wire::new(b"\x80").uint(), Err(problem.to_owned()));
        let problem = "field 18446744073709551615 places on, expected one of the struct";
        let most = [0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(Wire::new(&most).field(1), Err(problem.to_owned()));
    }
}
