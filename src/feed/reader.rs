//! Rows read from a file, in its order, from any place on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

use csv::{ErrorKind, Position, ReaderBuilder, StringRecord};
use serde_json::value::RawValue;

use super::Row;
use crate::error::{Error, TextFile};

/// A file of rows and where in it the reading is.
#[derive(Debug)]
pub enum Reader {
    /// CSV with a header line.
    Csv {
        /// The file behind its header.
        rows: csv::Reader<BufReader<File>>,
        /// Names of the columns.
        columns: Vec<String>,
    },
    /// JSON lines, an object each.
    Lines(Lines),
}

impl Reader {
    /// Opens a file, knows by its first byte what it is, and reads the names of its columns.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] where the columns have no names of their own, [`Error::Value`] where the file
    /// can be read only once, as a pipe, [`Error::Io`] where it cannot be read.
    pub fn open(file: &Path) -> Result<Self, Error> {
        let input = File::open(file)?;
        if !input.metadata()?.is_file() {
            return Err(Error::Value {
                what: "feed",
                input: file.display().to_string(),
                expected: "a file, since it is read more than once",
            });
        }
        let mut input = BufReader::new(input);
        let is_json = first_byte(&mut input)? == Some(b'{');
        input.rewind()?;
        if is_json {
            return Ok(Self::Lines(Lines::new(input)?));
        }
        let mut rows = ReaderBuilder::new().from_reader(input);
        let header = rows.headers().map_err(problem_of)?;
        let columns: Vec<_> = header.iter().map(|name| name.trim().to_owned()).collect();
        check_names(&columns).map_err(|problem| Error::at_line(TextFile::Feed, 1, problem))?;
        Ok(Self::Csv { rows, columns })
    }

    /// Names of the columns.
    pub fn columns(&self) -> &[String] {
        match self {
            Self::Csv { columns, .. } => columns,
            Self::Lines(lines) => &lines.columns,
        }
    }

    /// Reads the next row; false at the end of the file.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for what is no row, [`Error::Io`] where the file cannot be read.
    pub fn read(&mut self, row: &mut Row) -> Result<bool, Error> {
        match self {
            Self::Csv { rows, .. } => rows.read_record(&mut row.0).map_err(problem_of),
            Self::Lines(lines) => lines.read(&mut row.0),
        }
    }

    /// Returns where the next row begins, in bytes.
    pub fn place(&self) -> u64 {
        match self {
            Self::Csv { rows, .. } => rows.position().byte(),
            Self::Lines(lines) => lines.place,
        }
    }

    /// Returns the line where the row that was read last begins, from 1, counted from where the
    /// reading began.
    pub fn line(&self, row: &Row) -> usize {
        match self {
            Self::Csv { .. } => row.0.position().map_or(1, |place| place.line() as usize),
            Self::Lines(lines) => lines.line.max(1),
        }
    }

    /// Goes on reading at a place where a row begins.
    ///
    /// # Errors
    ///
    /// Where the file does not allow it.
    pub fn seek(&mut self, place: u64) -> Result<(), Error> {
        match self {
            Self::Csv { rows, .. } => {
                let mut position = Position::new();
                position.set_byte(place);
                rows.seek(position).map_err(problem_of)
            }
            Self::Lines(lines) => lines.seek(place),
        }
    }
}

/// Returns the first byte that is not white space or a byte order mark.
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

/// Checks that each column has a name of its own.
fn check_names(columns: &[String]) -> Result<(), String> {
    if columns.iter().all(String::is_empty) {
        return Err("no columns: expected their names on the first line".to_owned());
    }
    let mut seen = BTreeSet::new();
    match columns.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(format!("two columns '{name}': expected another name for each")),
        None => Ok(()),
    }
}

/// Words what is wrong with a row of CSV.
fn problem_of(error: csv::Error) -> Error {
    let line = error.position().map_or(1, |position| position.line() as usize);
    let problem = match error.into_kind() {
        ErrorKind::Io(error) => return error.into(),
        ErrorKind::Utf8 { .. } => "expected UTF-8 text".to_owned(),
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("a row of {len} cells: expected {expected_len}, as many as columns")
        }
        _ => "bad CSV".to_owned(),
    };
    Error::at_line(TextFile::Feed, line, problem)
}

/// JSON lines and where in them the reading is.
#[derive(Debug)]
pub struct Lines {
    input: BufReader<File>,
    columns: Vec<String>,
    text: Vec<u8>,
    place: u64,
    line: usize,
}

/// One line, its values as they are written.
type Object = BTreeMap<String, Box<RawValue>>;

impl Lines {
    /// Takes a file at its beginning; the columns are those of the first object.
    fn new(input: BufReader<File>) -> Result<Self, Error> {
        let (columns, text) = Default::default();
        let mut lines = Self { input, columns, text, place: 0, line: 0 };
        let first = lines.object()?.unwrap_or_default();
        lines.columns = first.into_keys().collect();
        check_names(&lines.columns).map_err(|problem| lines.error(problem))?;
        lines.seek(0)?;
        Ok(lines)
    }

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

    /// Reads the next line that is not blank.
    fn object(&mut self) -> Result<Option<Object>, Error> {
        loop {
            self.text.clear();
            let len = self.input.read_until(b'\n', &mut self.text)?;
            if len == 0 {
                return Ok(None);
            }
            self.place += len as u64;
            self.line += 1;
            let text = self.text.trim_ascii();
            let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
            if !text.is_empty() {
                let object = serde_json::from_slice(text);
                return object.map(Some).map_err(|error| {
                    let column = error.column();
                    self.error(format!("bad JSON at column {column}: expected one whole object"))
                });
            }
        }
    }

    fn seek(&mut self, place: u64) -> Result<(), Error> {
        self.input.seek(SeekFrom::Start(place))?;
        (self.place, self.line) = (place, 0);
        Ok(())
    }

    fn error(&self, problem: String) -> Error {
        Error::at_line(TextFile::Feed, self.line.max(1), problem)
    }
}

/// Returns a value as a cell: of a string its text, nothing for null, all else as it is written.
fn cell(value: &RawValue) -> String {
    match value.get() {
        "null" => String::new(),
        text => serde_json::from_str(text).unwrap_or_else(|_| text.to_owned()),
    }
}
