//! Reads and writes the basic values of gob: whole numbers and byte strings.
//!
//! Source: Go, package encoding/gob, "Encoding Details" of its documentation.

use std::borrow::Cow;

use crate::codec::gob::problem::Problem;

/// Returns the length in bytes of an unsigned number that begins with `first`, in `1..=9`; None if
/// no number begins with this byte.
pub fn uint_bytes(first: u8) -> Option<usize> {
    match first {
        0..=0x7f => Some(1),
        0xf8..=0xff => Some(1 + usize::from(first.wrapping_neg())),
        _ => None,
    }
}

/// Returns the unsigned number at the start and its length in bytes; None if the number continues
/// after the bytes.
///
/// # Errors
///
/// If no number begins with the first byte.
pub fn uint_at(bytes: &[u8]) -> Result<Option<(u64, usize)>, Problem> {
    let Some(first) = bytes.first().copied() else {
        return Ok(None);
    };
    let len = uint_bytes(first).ok_or(Problem::Number(first))?;
    if len == 1 {
        return Ok(Some((first.into(), 1)));
    }
    let digits = bytes.get(1..len);
    let number = |digits: &[u8]| digits.iter().fold(0, |sum, digit| (sum << 8) | u64::from(*digit));
    Ok(digits.map(|digits| (number(digits), len)))
}

/// The rest of a message, which is read value by value. Every method fails if the message ends
/// too early.
#[derive(Clone, Copy)]
pub struct Wire<'a>(&'a [u8]);

impl<'a> Wire<'a> {
    /// Returns a reader of a message.
    pub fn new(message: &'a [u8]) -> Self {
        Self(message)
    }

    /// Reads an unsigned number.
    pub fn uint(&mut self) -> Result<u64, Problem> {
        let (number, len) = uint_at(self.0)?.ok_or(Problem::TooShort)?;
        self.0 = &self.0[len..];
        Ok(number)
    }

    /// Reads a signed number: the sign is the lowest bit.
    pub fn int(&mut self) -> Result<i64, Problem> {
        let bits = self.uint()?;
        let magnitude = i64::try_from(bits >> 1).expect("63 bits fit");
        Ok(if bits & 1 == 1 { !magnitude } else { magnitude })
    }

    /// Reads the number of items that follow, each of which has at least one byte.
    pub fn count(&mut self) -> Result<usize, Problem> {
        let count = self.uint()?;
        usize::try_from(count).ok().filter(|count| *count <= self.0.len()).ok_or(Problem::TooShort)
    }

    /// Reads a byte string.
    pub fn bytes(&mut self) -> Result<&'a [u8], Problem> {
        let len = self.count()?;
        let (bytes, rest) = self.0.split_at(len);
        self.0 = rest;
        Ok(bytes)
    }

    /// Reads a text; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&mut self) -> Result<Cow<'a, str>, Problem> {
        self.bytes().map(String::from_utf8_lossy)
    }

    /// Reads the number of the next field, from 1, after a field of number `last`; None at the end
    /// of the struct.
    pub fn field(&mut self, last: usize) -> Result<Option<usize>, Problem> {
        let delta = self.uint()?;
        let number = usize::try_from(delta).ok().and_then(|delta| last.checked_add(delta));
        match number {
            Some(number) => Ok((delta > 0).then_some(number)),
            None => Err(Problem::FieldStep(delta)),
        }
    }

    /// Returns whether the message has no more bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ends the message.
    ///
    /// # Errors
    ///
    /// If the message has more bytes.
    pub fn end(self) -> Result<(), Problem> {
        match self.0.len() {
            0 => Ok(()),
            left => Err(Problem::LeftOver(left)),
        }
    }
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

    // The first rows are examples from Go's documentation.
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
    fn nothing_is_read_after_the_end() {
        for bytes in [&b""[..], b"\xfe\x01", b"\x03ab", b"\xf8\xff\xff\xff\xff\xff\xff\xff\xff"] {
            assert_eq!(Wire::new(bytes).bytes(), Err(Problem::TooShort), "{bytes:x?}");
        }
        let problem = Wire::new(b"\x80").uint().unwrap_err();
        assert_eq!(problem.to_string(), "no number begins with the byte 0x80, expected a count");
        let most = [0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(Wire::new(&most).field(1), Err(Problem::FieldStep(u64::MAX)));
    }
}
