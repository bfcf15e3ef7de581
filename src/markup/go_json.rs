//! JSON in the dialect of Go's encoders, which Vegeta's reports and streams use.
//!
//! The dialect differs from serde_json's in four places. Floats have no `.0` and rarely an
//! exponent. Inside strings, `<`, `>`, `&`, U+2028 and U+2029 are escaped. Backspace and form feed
//! are escaped by number, as easyjson does in Vegeta's streams. U+FFFD is escaped too: it replaces
//! bytes that are not UTF-8, and Go writes it that way.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

/// Writes a value on one line, without a trailing newline.
///
/// # Errors
///
/// If the output cannot be written, or the value has no JSON form.
pub fn write(output: impl io::Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(output, Go);
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// Returns the shortest decimal form that parses to the same number, with an exponent only below
/// 1e-6 and from 1e21 on, and without a fraction for whole numbers.
///
/// Source: Go, package encoding/json, floatEncoder (after ECMAScript's Number::toString).
pub fn float(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        let text = format!("{value:e}");
        return match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => {
                format!("{digits}e+{exponent}")
            }
            _ => text,
        };
    }
    value.to_string()
}

struct Go;

impl Formatter for Go {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(float(value).as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        match escape {
            CharEscape::Backspace => writer.write_all(b"\\u0008"),
            CharEscape::FormFeed => writer.write_all(b"\\u000c"),
            escape => CompactFormatter.write_char_escape(writer, escape),
        }
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(place) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}', '\u{fffd}']) {
            let (plain, escaped) = rest.split_at(place);
            writer.write_all(plain.as_bytes())?;
            let letter = escaped.chars().next().unwrap_or_default();
            write!(writer, "\\u{:04x}", u32::from(letter))?;
            rest = &escaped[letter.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_go_prints_them() {
        let table = [
            (0.0, "0"),
            (1.0, "1"),
            (0.35, "0.35"),
            (11.112516338191037, "11.112516338191037"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e-7, "1.5e-7"),
            (-2.5, "-2.5"),
        ];
        for (value, text) in table {
            assert_eq!(float(value), text);
        }
    }

    #[test]
    fn texts_are_escaped_as_go_escapes_them() {
        let mut output = Vec::new();
        write(&mut output, &"a<b>&\u{2028}\u{fffd}\n\t\r\u{1}\u{8}\u{c}\\\"/\u{7f}é").unwrap();
        assert_eq!(
            String::from_utf8(output).unwrap(),
            "\"a\\u003cb\\u003e\\u0026\\u2028\\ufffd\\n\\t\\r\\u0001\\u0008\\u000c\\\\\\\"/\u{7f}é\""
        );
    }
}
