//! The text of a random UUID.

use std::fmt::{self, Write};

use rand::Rng;

/// Writes a random UUID of version 4, 36 bytes long in lower case.
///
/// Source: RFC 9562, section 5.4.
///
/// # Errors
///
/// The text cannot be written.
pub fn write_uuid(numbers: &mut impl Rng, text: &mut impl Write) -> fmt::Result {
    let (high, low) = (numbers.next_u64(), numbers.next_u64());
    let version = (high & !0xf000) | 0x4000;
    let variant = (low & !(0b11 << 62)) | 0b10 << 62;
    let (a, b, c) = (version >> 32, version >> 16 & 0xffff, version & 0xffff);
    let (d, e) = (variant >> 48, variant & 0xffff_ffff_ffff);
    write!(text, "{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
}
