//! Fields of CSV in the dialect of Go, which Vegeta's streams are written in.
//!
//! White space before a field is no part of it, but white space inside its quotes is. The csv
//! crate cannot tell the two apart, nor a record that is there from one to be waited for.

use std::borrow::Cow;

/// Splits lines into the fields of a record, which a quoted newline spreads over several lines.
#[derive(Default)]
pub struct Fields {
    /// The fields behind one another.
    text: Vec<u8>,
    /// Where in the text each field ends.
    ends: Vec<usize>,
    place: Place,
}

/// Where in a record the reading stands.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// Before a field.
    #[default]
    Start,
    /// In a field, outside quotes: a comma ends it.
    Bare,
    /// Inside quotes.
    Quoted,
    /// Behind a quote inside quotes, which is doubled or ends them.
    Closing,
}

impl Fields {
    /// Takes the next line of the record, which still has its newline.
    pub fn take(&mut self, line: &[u8]) {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let mut rest = content;
        while let Some(after) = self.step(rest) {
            rest = after;
        }
        if self.is_open() {
            self.text.extend_from_slice(&line[content.len()..]);
        } else {
            self.end_field();
        }
    }

    /// Moves on by one place and returns what follows; None at the end of the line.
    fn step<'a>(&mut self, rest: &'a [u8]) -> Option<&'a [u8]> {
        match self.place {
            Place::Start => {
                let field = rest.trim_ascii_start();
                let quoted = field.strip_prefix(b"\"");
                self.place = if quoted.is_some() { Place::Quoted } else { Place::Bare };
                Some(quoted.unwrap_or(field))
            }
            Place::Bare => {
                let Some(after) = self.copy_until(b',', rest) else {
                    self.text.truncate(self.text.len() - usize::from(rest.ends_with(b"\r")));
                    return None;
                };
                self.end_field();
                Some(after)
            }
            Place::Quoted => {
                let after = self.copy_until(b'"', rest)?;
                self.place = Place::Closing;
                Some(after)
            }
            Place::Closing => {
                let doubled = rest.strip_prefix(b"\"");
                self.text.extend(doubled.map(|_| b'"'));
                self.place = if doubled.is_some() { Place::Quoted } else { Place::Bare };
                Some(doubled.unwrap_or(rest))
            }
        }
    }

    /// Copies what stands before `mark` and returns what follows it; None where there is no mark.
    fn copy_until<'a>(&mut self, mark: u8, rest: &'a [u8]) -> Option<&'a [u8]> {
        let end = rest.iter().position(|byte| *byte == mark);
        self.text.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
        end.map(|end| &rest[end + 1..])
    }

    fn end_field(&mut self) {
        self.ends.push(self.text.len());
        self.place = Place::Start;
    }

    /// Returns whether the record goes on in the next line.
    pub fn is_open(&self) -> bool {
        self.place == Place::Quoted
    }

    /// Returns whether the record is an empty line.
    pub fn is_blank(&self) -> bool {
        self.ends == [0]
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the bytes of a field, which must be below [`Fields::len`].
    pub fn bytes(&self, idx: usize) -> &[u8] {
        let start = if idx == 0 { 0 } else { self.ends[idx - 1] };
        &self.text[start..self.ends[idx]]
    }

    /// Returns the text of a field; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self, idx: usize) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes(idx))
    }

    /// Makes room for the next record.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.place = Place::Start;
    }
}

/// Writes a field, in quotes where Go would put it in quotes.
///
/// Source: Go, package encoding/csv, Writer.fieldNeedsQuotes.
pub fn write(field: &str, line: &mut Vec<u8>) {
    if !needs_quotes(field) {
        line.extend_from_slice(field.as_bytes());
        return;
    }
    line.push(b'"');
    for part in field.split_inclusive('"') {
        line.extend_from_slice(part.as_bytes());
        if part.ends_with('"') {
            line.push(b'"');
        }
    }
    line.push(b'"');
}

fn needs_quotes(field: &str) -> bool {
    field == r"\."
        || field.starts_with(char::is_whitespace)
        || field.contains([',', '"', '\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Splits a text into records, and tells whether the last one is open.
    fn split(text: &str) -> (Vec<Vec<String>>, bool) {
        let (mut fields, mut records) = (Fields::default(), Vec::new());
        for line in text.split_inclusive('\n') {
            fields.take(line.as_bytes());
            if !fields.is_open() {
                let record = (0..fields.len()).map(|idx| fields.text(idx).into_owned()).collect();
                records.push(record);
                fields.clear();
            }
        }
        (records, fields.is_open())
    }

    fn check(text: &str, expected: &[&[&str]], expected_open: bool) {
        let (records, open) = split(text);
        assert_eq!(records, expected, "{text:?}");
        assert_eq!(open, expected_open, "{text:?}");
    }

    #[test]
    fn lines_split_as_go_splits_them() {
        check("a,b\nc\n", &[&["a", "b"], &["c"]], false);
        check("a,,\n", &[&["a", "", ""]], false);
        check("a,b\r\n", &[&["a", "b"]], false);
        check("a,\"b\"\r\n", &[&["a", "b"]], false);
        check("\"a\r\",\r\n", &[&["a\r", ""]], false);
        check("  a, \tb ,  \"  c\"\n", &[&["a", "b ", "  c"]], false);
        check("\"a,\"\"b\"\"\n\nc\",d\n", &[&["a,\"b\"\n\nc", "d"]], false);
        check("a\"b,c", &[&["a\"b", "c"]], false);
        check("a,\"b\nc", &[], true);
        check("\n", &[&[""]], false);
    }

    #[test]
    fn fields_are_quoted_where_go_quotes_them() {
        let table = [
            ("", ""),
            ("a b", "a b"),
            (" a", "\" a\""),
            ("\u{a0}a", "\"\u{a0}a\""),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("\"", "\"\"\"\""),
            ("a\nb", "\"a\nb\""),
            ("a\r", "\"a\r\""),
            (r"\.", "\"\\.\""),
            (r"\.a", r"\.a"),
        ];
        for (field, written) in table {
            let mut line = Vec::new();
            write(field, &mut line);
            assert_eq!(String::from_utf8(line).unwrap(), written);
        }
    }

    proptest! {
        #[test]
        fn any_fields_come_back_and_the_csv_crate_reads_the_same(
            fields in proptest::collection::vec("[a,\" \r\n\t\\\\.é]{0,6}", 2..5)
        ) {
            let mut line = Vec::new();
            for (idx, field) in fields.iter().enumerate() {
                if idx > 0 {
                    line.push(b',');
                }
                write(field, &mut line);
            }
            line.push(b'\n');
            let text = String::from_utf8(line).unwrap();
            prop_assert_eq!(split(&text), (vec![fields.clone()], false));
            let mut oracle = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            let record = oracle.records().next().unwrap().unwrap();
            prop_assert_eq!(record.iter().collect::<Vec<_>>(), fields);
        }
    }
}
