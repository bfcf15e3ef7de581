//! The reader of a feed: rows in file order, from any offset.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _, Seek, SeekFrom};
use std::path::Path;

use csv::{ErrorKind, Position, ReaderBuilder, StringRecord};
use serde_json::value::RawValue;

use crate::error::{Error, TextFile};
use crate::feed::Row;

/// Bytes of the first line in which a separator is looked for, at most.
const MAX_HEADER_BYTES: u64 = 1 << 16;

/// A file of rows and the current position.
#[derive(Debug)]
pub enum Reader {
    /// CSV with a header line, separated by commas, semicolons or tabs.
    Csv {
        /// The rows after the header.
        rows: csv::Reader<BufReader<File>>,
        /// Names of the columns.
        columns: Vec<String>,
    },
    /// JSON lines, one object each.
    Lines(Lines),
}

impl Reader {
    /// Opens a file, detects its format by its first byte, and reads the names of its columns.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] if the columns have no distinct names, [`Error::Value`] if the file can be
    /// read only once, like a pipe, [`Error::Io`] if it cannot be read.
    pub fn open(file: &Path) -> Result<Self, Error> {
        let input = File::open(file)?;
        if !input.metadata()?.is_file() {
            return Err(Error::Value {
                what: "feed",
                input: file.display().to_string(),
                expected: "a regular file, since it is read more than once",
            });
        }
        let mut input = BufReader::new(input);
        let is_json = first_byte(&mut input)? == Some(b'{');
        input.rewind()?;
        if is_json {
            return Ok(Self::Lines(Lines::new(input)?));
        }
        let separator = separator(&mut input)?;
        input.rewind()?;
        let mut rows = ReaderBuilder::new().delimiter(separator).from_reader(input);
        let header = rows.headers().map_err(csv_error)?;
        let columns: Vec<_> = header.iter().map(|name| name.trim().to_owned()).collect();
        check_names(&columns, 1)?;
        Ok(Self::Csv { rows, columns })
    }

    /// Returns the names of the columns.
    pub fn columns(&self) -> &[String] {
        match self {
            Self::Csv { columns, .. } => columns,
            Self::Lines(lines) => &lines.columns,
        }
    }

    /// Reads the next row. Returns false at the end of the file.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for a malformed row, [`Error::Io`] if the file cannot be read.
    pub fn read(&mut self, row: &mut Row) -> Result<bool, Error> {
        match self {
            Self::Csv { rows, .. } => rows.read_record(&mut row.0).map_err(csv_error),
            Self::Lines(lines) => lines.read(&mut row.0),
        }
    }

    /// Returns the offset of the next row, in bytes.
    pub fn offset(&self) -> u64 {
        match self {
            Self::Csv { rows, .. } => rows.position().byte(),
            Self::Lines(lines) => lines.offset,
        }
    }

    /// Returns the line at which `row`, the last row read, begins. Lines are counted from 1 at the
    /// start of the file or the last [`Reader::seek`].
    pub fn line(&self, row: &Row) -> usize {
        match self {
            Self::Csv { .. } => row.0.position().map_or(1, |position| position.line() as usize),
            Self::Lines(lines) => lines.line.max(1),
        }
    }

    /// Continues at the offset of a row.
    ///
    /// # Errors
    ///
    /// The file cannot be sought.
    pub fn seek(&mut self, offset: u64) -> Result<(), Error> {
        match self {
            Self::Csv { rows, .. } => {
                let mut position = Position::new();
                position.set_byte(offset);
                rows.seek(position).map_err(csv_error)
            }
            Self::Lines(lines) => lines.seek(offset),
        }
    }
}

/// Returns the first byte that is neither white space nor part of a byte order mark. None if there
/// is none.
fn first_byte(input: &mut impl BufRead) -> Result<Option<u8>, Error> {
    loop {
        let bytes = input.fill_buf()?;
        let len = bytes.len();
        let is_filler = |byte: &u8| byte.is_ascii_whitespace() || b"\xef\xbb\xbf".contains(byte);
        if let Some(byte) = bytes.iter().copied().find(|byte| !is_filler(byte)) {
            return Ok(Some(byte));
        }
        if len == 0 {
            return Ok(None);
        }
        input.consume(len);
    }
}

/// Returns what separates the cells: a comma, or a semicolon or tab if the first line has one and no
/// comma, as spreadsheets write CSV in many countries.
fn separator(input: &mut impl BufRead) -> Result<u8, Error> {
    let mut line = Vec::new();
    input.take(MAX_HEADER_BYTES).read_until(b'\n', &mut line)?;
    let mut is_quoted = false;
    let unquoted = line.into_iter().filter(|byte| {
        is_quoted ^= *byte == b'"';
        !is_quoted
    });
    let found: Vec<_> = unquoted.filter(|byte| b",;\t".contains(byte)).collect();
    Ok(if found.contains(&b',') { b',' } else { found.first().copied().unwrap_or(b',') })
}

/// Checks that the columns, named on a line, have distinct names.
fn check_names(columns: &[String], line: usize) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    let problem = if columns.iter().all(String::is_empty) {
        "no columns: expected their names on the first line".to_owned()
    } else if let Some(name) = columns.iter().find(|name| !seen.insert(name.as_str())) {
        format!("two columns '{name}': expected a different name for each")
    } else {
        return Ok(());
    };
    Err(Error::at_line(TextFile::Feed, line, problem))
}

/// Describes what is wrong with a row of CSV.
fn csv_error(error: csv::Error) -> Error {
    let line = error.position().map_or(1, |position| position.line() as usize);
    let problem = match error.into_kind() {
        ErrorKind::Io(error) => return error.into(),
        ErrorKind::Utf8 { .. } => "expected UTF-8 text".to_owned(),
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("a row of {len} cells: expected {expected_len}, one for each column")
        }
        _ => "bad CSV".to_owned(),
    };
    Error::at_line(TextFile::Feed, line, problem)
}

/// JSON lines and the current position.
#[derive(Debug)]
pub struct Lines {
    input: BufReader<File>,
    columns: Vec<String>,
    /// The current line, kept to reuse its memory.
    text: Vec<u8>,
    /// Offset after the current line, in bytes.
    offset: u64,
    /// Number of the current line, from 1; 0 before the first.
    line: usize,
}

/// One line, with its values as written.
type Object = BTreeMap<String, Box<RawValue>>;

impl Lines {
    /// Returns a reader of a file at its start. The first object determines the columns.
    fn new(input: BufReader<File>) -> Result<Self, Error> {
        let (columns, text) = Default::default();
        let mut lines = Self { input, columns, text, offset: 0, line: 0 };
        let first = lines.object()?.unwrap_or_default();
        lines.columns = first.into_keys().collect();
        check_names(&lines.columns, lines.line.max(1))?;
        lines.seek(0)?;
        Ok(lines)
    }

    /// Reads the next row. Returns false at the end of the file.
    fn read(&mut self, row: &mut StringRecord) -> Result<bool, Error> {
        let Some(object) = self.object()? else { return Ok(false) };
        row.clear();
        for column in &self.columns {
            let Some(value) = object.get(column) else {
                let problem = format!("no '{column}', which the first line has");
                return Err(self.error(problem));
            };
            row.push_field(&cell(value));
        }
        Ok(true)
    }

    /// Reads the next line that is not blank. None at the end of the file.
    fn object(&mut self) -> Result<Option<Object>, Error> {
        loop {
            self.text.clear();
            let len = self.input.read_until(b'\n', &mut self.text)?;
            if len == 0 {
                return Ok(None);
            }
            self.offset += len as u64;
            self.line += 1;
            let text = self.text.trim_ascii();
            let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
            if !text.is_empty() {
                let object = serde_json::from_slice(text);
                return object.map(Some).map_err(|error| {
                    let column = error.column();
                    self.error(format!("bad JSON at column {column}: expected one complete object"))
                });
            }
        }
    }

    fn seek(&mut self, offset: u64) -> Result<(), Error> {
        self.input.seek(SeekFrom::Start(offset))?;
        (self.offset, self.line) = (offset, 0);
        Ok(())
    }

    fn error(&self, problem: String) -> Error {
        Error::at_line(TextFile::Feed, self.line.max(1), problem)
    }
}

/// Returns a value as a cell: the text of a string, nothing for null, other values as written.
fn cell(value: &RawValue) -> String {
    match value.get() {
        "null" => String::new(),
        text => serde_json::from_str(text).unwrap_or_else(|_| text.to_owned()),
    }
}
