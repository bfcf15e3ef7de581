//! What the parser of heads leaves out of a status line: other versions, any reason phrase.

use std::borrow::Cow;

use crate::markup::redact::{MAX_TEXT_BYTES, cut};

/// Returns a head with a version that the parser knows: every later one counts as HTTP/1.1, and
/// every earlier one as HTTP/1.0. Any other text is returned unchanged.
///
/// Source: RFC 9110, section 2.5; Go, package net/http, ParseHTTPVersion.
pub fn with_known_version(head: &[u8]) -> Cow<'_, [u8]> {
    // Fast path: nearly every response has this version.
    if head.starts_with(b"HTTP/1.1") {
        return Cow::Borrowed(head);
    }
    let start = start(head);
    let version = head[start..].strip_prefix(b"HTTP/").unwrap_or_default();
    let known: &[u8] = match version {
        [b'0', b'.', b'0'..=b'9', ..] => b"1.0",
        [b'1', b'.', b'0' | b'1', ..] => return Cow::Borrowed(head),
        [b'0'..=b'9', b'.', b'0'..=b'9', ..] => b"1.1",
        // More of the version may follow.
        [b'0'..=b'9'] | [b'0'..=b'9', b'.'] => b"1",
        _ => return Cow::Borrowed(head),
    };
    let mut head = head.to_vec();
    head[start + 5..start + 5 + known.len()].copy_from_slice(known);
    Cow::Owned(head)
}

/// Returns the reason phrase of a head in which the parser found `parsed`, cut to
/// [`MAX_TEXT_BYTES`]. A phrase that is not UTF-8 is read as Latin-1.
///
/// The parser finds only phrases in ASCII. Servers also send others in a local language.
pub fn reason(head: &[u8], parsed: &str) -> String {
    if !parsed.is_empty() {
        return cut(parsed, MAX_TEXT_BYTES);
    }
    let line = head[start(head)..].split(|byte| *byte == b'\n').next().unwrap_or_default();
    let phrase = after_word(after_word(line)).trim_ascii_end();
    match str::from_utf8(phrase) {
        Ok(phrase) => cut(phrase, MAX_TEXT_BYTES),
        Err(_) => {
            // Each of these bytes is a character of one byte or two.
            let longest = &phrase[..phrase.len().min(MAX_TEXT_BYTES + 1)];
            cut(&longest.iter().copied().map(char::from).collect::<String>(), MAX_TEXT_BYTES)
        }
    }
}

/// Returns the offset of the status line, after empty lines.
pub fn start(head: &[u8]) -> usize {
    head.iter().position(|byte| !b"\r\n".contains(byte)).unwrap_or(head.len())
}

/// Returns the part of a line after its first word.
fn after_word(line: &[u8]) -> &[u8] {
    let end = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
    line[end..].trim_ascii_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_counts_as_a_known_one() {
        let table = [
            ("HTTP/1.1 200", "HTTP/1.1 200"),
            ("HTTP/1.0 200", "HTTP/1.0 200"),
            ("HTTP/1.2 200", "HTTP/1.1 200"),
            ("\r\nHTTP/2.0 200", "\r\nHTTP/1.1 200"),
            ("HTTP/0.9 200", "HTTP/1.0 200"),
            ("HTTP/3.", "HTTP/1."),
            ("HTTP/3", "HTTP/1"),
            ("HTTP/", "HTTP/"),
            ("HTTP/x.1", "HTTP/x.1"),
            ("HTTP/11", "HTTP/11"),
            ("ICY 200", "ICY 200"),
            ("\n", "\n"),
            ("", ""),
        ];
        for (head, expected) in table {
            assert_eq!(&*with_known_version(head.as_bytes()), expected.as_bytes(), "{head}");
        }
    }

    #[test]
    fn a_phrase_in_any_language_is_kept() {
        let table = [
            (&b"HTTP/1.1 500 Fehler gr\xf6\xdfer\r\nA: b\r\n\r\n"[..], "Fehler gr\u{f6}\u{df}er"),
            ("\r\nHTTP/1.1 500 Fehler gr\u{f6}\u{df}er\n\n".as_bytes(), "Fehler gr\u{f6}\u{df}er"),
            ("HTTP/1.1  500   \u{932f}\u{8aa4} !\r\n\r\n".as_bytes(), "\u{932f}\u{8aa4} !"),
            (b"HTTP/1.1 500\r\n\r\n", ""),
            (b"HTTP/1.1 500 \r\n\r\n", ""),
        ];
        for (head, expected) in table {
            assert_eq!(reason(head, ""), expected, "{}", head.escape_ascii());
        }
    }

    #[test]
    fn a_long_phrase_is_cut() {
        let long = |phrase: &[u8]| [b"HTTP/1.1 500 ", phrase, b"\r\n\r\n"].concat();
        let expected = "\u{e9}".repeat(512) + "\u{2026}";
        assert_eq!(reason(&long(&[0xe9; 5_000]), ""), expected);
        assert_eq!(reason(&long("\u{e9}".repeat(5_000).as_bytes()), ""), expected);
        assert_eq!(reason(b"", &"R".repeat(5_000)), "R".repeat(1024) + "\u{2026}");
    }
}
