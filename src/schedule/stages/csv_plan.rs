//! A plan from a table of instants and rates, as a monitoring system exports the load of a day.

use std::io::Read;
use std::time::Duration;

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::error::{Error, TextFile};
use crate::schedule::stages::parse::{between, parse_level};
use crate::schedule::stages::{Level, Stages};
use crate::units::{Rate, greatest_common_divisor, parse_span};

/// Steps of a decimal rate in a hit a second.
const DECIMALS: f64 = 1e9;

/// Reads a plan from CSV with a header that names the columns `seconds` and `rate`; others are
/// passed over, and so are empty lines and those that begin with `#`.
///
/// A row is a point: the rate at that instant, between which it changes steadily, since that is
/// what a monitoring system samples. Two rows of the same instant are a step. The first row is the
/// beginning, whatever its instant, the last row the end. Rates are decimal hits a second (`12.5`,
/// `3e2`), or those of [`parse_rate`](crate::units::parse_rate).
///
/// # Errors
///
/// [`Error::Line`] where the table is not such a one or of no length; and as [`Stages::new`].
pub fn read_plan(table: impl Read) -> Result<Stages, Error> {
    let mut reader =
        ReaderBuilder::new().trim(Trim::All).flexible(true).comment(Some(b'#')).from_reader(table);
    let columns = Columns::of(reader.headers().map_err(unreadable)?)?;
    let mut points: Vec<Point> = Vec::new();
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        let line = line_of(row.position());
        let bad = |problem| Error::at_line(TextFile::Plan, line, problem);
        let point = columns.point(&row).map_err(bad)?;
        if points.last().is_some_and(|last| last.at > point.at) {
            return Err(bad("expected seconds that do not go back".to_owned()));
        }
        points.push(point);
    }
    let stages: Vec<_> = points
        .windows(2)
        .filter_map(|pair| between(pair[0].rate, pair[1].rate, pair[1].at - pair[0].at))
        .collect();
    if stages.is_empty() {
        let line = line_of(Some(reader.position()));
        let problem = "no end: expected rows of at least two different seconds";
        return Err(Error::at_line(TextFile::Plan, line, problem));
    }
    Stages::new(&stages)
}

/// A row.
struct Point {
    at: Duration,
    rate: Level,
}

/// Where in a row its figures stand.
struct Columns {
    seconds: usize,
    rate: usize,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, Error> {
        let column = |name: &str| header.iter().position(|cell| cell.eq_ignore_ascii_case(name));
        match (column("seconds"), column("rate")) {
            (Some(seconds), Some(rate)) => Ok(Self { seconds, rate }),
            _ => Err(Error::at_line(TextFile::Plan, 1, missing(header))),
        }
    }

    fn point(&self, row: &StringRecord) -> Result<Point, String> {
        let cell = |column| row.get(column).unwrap_or_default();
        let (seconds, rate) = (cell(self.seconds), cell(self.rate));
        let at = parse_span(&format!("{seconds}s"))
            .ok()
            .filter(|_| seconds.ends_with(|last: char| last.is_ascii_digit()))
            .ok_or_else(|| {
                format!("bad seconds '{seconds}': expected 0 or more, as in 60 or 0.5")
            })?;
        let bad = || format!("bad rate '{rate}': expected 0 or more, as in 50, 12.5 or 3000/1m");
        Ok(Point { at, rate: parse_level(rate).ok().or_else(|| decimal(rate)).ok_or_else(bad)? })
    }
}

fn missing(header: &StringRecord) -> String {
    let found = header.iter().collect::<Vec<_>>().join(",");
    format!("bad header '{found}': expected the columns seconds and rate")
}

/// Returns a decimal number of hits a second, to nine places.
fn decimal(text: &str) -> Option<Level> {
    let steps = text.parse::<f64>().ok().filter(|rate| *rate >= 0.0)? * DECIMALS;
    let steps = (steps <= u64::MAX as f64).then_some(steps.round() as u64)?;
    let in_common = greatest_common_divisor(steps, DECIMALS as u64);
    let per = Duration::from_secs(DECIMALS as u64 / in_common);
    Some(Rate::new(steps / in_common, per).map_or(Level::NONE, Level::from))
}

/// Returns the number of a line, from 1; 0 if the reader does not know it.
fn line_of(position: Option<&csv::Position>) -> usize {
    position.map_or(0, |position| position.line() as usize)
}

fn unreadable(error: csv::Error) -> Error {
    let line = line_of(error.position());
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Error::Io(error),
        _ => Error::at_line(TextFile::Plan, line, "expected UTF-8"),
    }
}
