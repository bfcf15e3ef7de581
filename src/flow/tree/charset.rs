//! Character encodings of bodies: UTF-8 and Latin-1.

use std::borrow::Cow;

/// Labels of UTF-8. Source: WHATWG, Encoding Standard.
const UTF_8: [&str; 6] =
    ["utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8"];

/// Labels of windows-1252, which is what Latin-1 and ASCII mean. Source: WHATWG, Encoding Standard.
const LATIN_1: [&str; 17] = [
    "iso-8859-1",
    "latin1",
    "us-ascii",
    "ascii",
    "windows-1252",
    "ansi_x3.4-1968",
    "cp1252",
    "cp819",
    "csisolatin1",
    "ibm819",
    "iso-ir-100",
    "iso8859-1",
    "iso88591",
    "iso_8859-1",
    "iso_8859-1:1987",
    "l1",
    "x-cp1252",
];

/// Characters of the bytes 0x80 to 0x9F in windows-1252. Source: WHATWG, Encoding Standard.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// A character encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    Utf8,
    Latin1,
}

impl Charset {
    /// Returns the encoding with a label, such as `UTF-8` or `latin1`. None for any other encoding.
    pub fn of_label(label: &str) -> Option<Self> {
        let label = label.trim();
        let is_one = |labels: &[&str]| labels.iter().any(|known| known.eq_ignore_ascii_case(label));
        match () {
            () if is_one(&UTF_8) => Some(Self::Utf8),
            () if is_one(&LATIN_1) => Some(Self::Latin1),
            () => None,
        }
    }

    /// Returns bytes as text. None if they are not in this encoding.
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => str::from_utf8(bytes).ok().map(Cow::Borrowed),
            // ASCII is the same in both.
            Self::Latin1 if bytes.is_ascii() => str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Latin1 => Some(bytes.iter().map(|byte| of_windows_1252(*byte)).collect()),
        }
    }
}

/// Returns the character of a byte in windows-1252.
pub fn of_windows_1252(byte: u8) -> char {
    let index = byte.checked_sub(0x80).map(usize::from);
    let special = index.and_then(|index| WINDOWS_1252.get(index));
    special.copied().unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_known_by_their_labels() {
        let table = [
            ("UTF-8", Some(Charset::Utf8)),
            (" utf8 ", Some(Charset::Utf8)),
            ("ISO-8859-1", Some(Charset::Latin1)),
            ("us-ascii", Some(Charset::Latin1)),
            ("utf-16", None),
            ("\"utf-8\"", None),
        ];
        for (label, expected) in table {
            assert_eq!(Charset::of_label(label), expected, "{label}");
        }
    }

    #[test]
    fn bytes_are_decoded() {
        let table: [(Charset, &[u8], Option<&str>); 5] = [
            (Charset::Utf8, "é€".as_bytes(), Some("é€")),
            (Charset::Utf8, b"\xe9", None),
            (Charset::Latin1, b"abc", Some("abc")),
            (Charset::Latin1, b"\xe9\x80\x81\x9f\xa0\xff", Some("é€\u{81}Ÿ\u{a0}ÿ")),
            (Charset::Latin1, b"", Some("")),
        ];
        for (charset, bytes, expected) in table {
            assert_eq!(charset.decode(bytes).as_deref(), expected, "{bytes:?}");
        }
    }
}
