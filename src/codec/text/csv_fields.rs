//! Fields of CSV in Go's dialect, in which Vegeta writes its streams.
//!
//! White space before a field is ignored, but white space inside its quotes is kept. The csv
//! crate cannot distinguish the two, nor a complete record from an incomplete one.

use std::borrow::Cow;

/// Splits lines into the fields of a record. A record has several lines if a quoted field has
/// newlines.
#[derive(Default)]
pub struct Fields {
    /// All fields, without separators.
    text: Vec<u8>,
    /// End of each field in the text.
    ends: Vec<usize>,
    state: State,
}

/// The position in a record.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    /// Before a field.
    #[default]
    Start,
    /// In a field and outside of quotes; a comma ends the field.
    Bare,
    /// Inside quotes.
    Quoted,
    /// After a quote inside quotes, which is either doubled or closes the quotes.
    Closing,
}

impl Fields {
    /// Adds the next line of the record, including its newline.
    pub fn push_line(&mut self, line: &[u8]) {
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

    /// Processes the input up to the next change of state, and returns the rest; None at the end of
    /// the line.
    fn step<'a>(&mut self, rest: &'a [u8]) -> Option<&'a [u8]> {
        match self.state {
            State::Start => {
                let field = rest.trim_ascii_start();
                let quoted = field.strip_prefix(b"\"");
                self.state = if quoted.is_some() { State::Quoted } else { State::Bare };
                Some(quoted.unwrap_or(field))
            }
            State::Bare => {
                let Some(after) = self.copy_until(b',', rest) else {
                    self.text.truncate(self.text.len() - usize::from(rest.ends_with(b"\r")));
                    return None;
                };
                self.end_field();
                Some(after)
            }
            State::Quoted => {
                let after = self.copy_until(b'"', rest)?;
                self.state = State::Closing;
                Some(after)
            }
            State::Closing => {
                let doubled = rest.strip_prefix(b"\"");
                self.text.extend(doubled.map(|_| b'"'));
                self.state = if doubled.is_some() { State::Quoted } else { State::Bare };
                Some(doubled.unwrap_or(rest))
            }
        }
    }

    /// Copies the input up to `mark`, and returns the rest after it; None if there is no mark.
    fn copy_until<'a>(&mut self, mark: u8, rest: &'a [u8]) -> Option<&'a [u8]> {
        let end = rest.iter().position(|byte| *byte == mark);
        self.text.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
        end.map(|end| &rest[end + 1..])
    }

    fn end_field(&mut self) {
        self.ends.push(self.text.len());
        self.state = State::Start;
    }

    /// Returns whether the record continues in the next line.
    pub fn is_open(&self) -> bool {
        self.state == State::Quoted
    }

    /// Returns whether the record is an empty line.
    pub fn is_blank(&self) -> bool {
        self.ends == [0]
    }

    /// Returns the number of fields.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the bytes of a field.
    ///
    /// # Panics
    ///
    /// If the index is not below [`Fields::len`].
    pub fn bytes(&self, idx: usize) -> &[u8] {
        let start = if idx == 0 { 0 } else { self.ends[idx - 1] };
        &self.text[start..self.ends[idx]]
    }

    /// Returns the text of a field; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self, idx: usize) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes(idx))
    }

    /// Removes all fields, before the next record.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.state = State::Start;
    }
}

/// Writes a field, quoted if Go would quote it.
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

    /// Splits a text into records, and returns whether the last one is open.
    fn split(text: &str) -> (Vec<Vec<String>>, bool) {
        let (mut fields, mut records) = (Fields::default(), Vec::new());
        for line in text.split_inclusive('\n') {
            fields.push_line(line.as_bytes());
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
    fn fields_are_quoted_if_go_quotes_them() {
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
        fn fields_are_read_back_as_written_and_as_the_csv_crate_reads_them(
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
            let mut builder = csv::ReaderBuilder::new();
            let mut oracle = builder.has_headers(false).from_reader(text.as_bytes());
            let record = oracle.records().next().unwrap().unwrap();
            prop_assert_eq!(record.iter().collect::<Vec<_>>(), fields);
        }
    }
}
