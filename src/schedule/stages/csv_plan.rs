//! A plan from a CSV table of times and rates, as exported by a monitoring system.

use std::io::Read;
use std::time::Duration;

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::error::{Error, TextFile};
use crate::schedule::stages::parse::parse_stage_rate;
use crate::schedule::stages::{Shape, Stage, StageRate, Stages};
use crate::units::{Rate, greatest_common_divisor, parse_span};

/// Resolution of a decimal rate, in steps per hit per second.
const DECIMALS: f64 = 1e9;

/// Reads a plan from CSV with a header that names the columns `seconds` and `rate`. Other columns,
/// empty lines, and lines that begin with `#` are ignored.
///
/// Each row is a sample of the rate at a time. The rate is interpolated linearly between samples,
/// and two rows with the same time are a step. The plan starts at the first row, at any number of
/// seconds, and ends at the last. Rates are decimal hits per second (`12.5`, `3e2`), or have the
/// grammar of [`parse_rate`](crate::units::parse_rate).
///
/// # Errors
///
/// [`Error::Line`] if the table has another form or no length; and the errors of [`Stages::new`].
pub fn read_plan(table: impl Read) -> Result<Stages, Error> {
    let mut reader =
        ReaderBuilder::new().trim(Trim::All).flexible(true).comment(Some(b'#')).from_reader(table);
    let columns = Columns::of(reader.headers().map_err(unreadable)?)?;
    let mut points: Vec<Point> = Vec::new();
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        let line = line_of(row.position());
        let point = columns.point(&row, points.last());
        points.push(point.map_err(|error| Error::at_line(TextFile::Plan, line, error))?);
    }
    let stages: Vec<_> = points.windows(2).filter_map(|pair| pair[0].stage_to(&pair[1])).collect();
    if stages.is_empty() {
        let line = line_of(Some(reader.position()));
        let problem = "no length: expected at least two rows with different seconds";
        return Err(Error::at_line(TextFile::Plan, line, problem));
    }
    Stages::new(&stages)
}

/// A sample of the rate.
struct Point {
    at: Duration,
    rate: StageRate,
}

impl Point {
    /// Returns the stage from this point to the next. None for a step, which takes no time.
    fn stage_to(&self, next: &Self) -> Option<Stage> {
        let length = next.at - self.at;
        (!length.is_zero()).then(|| Stage { length, shape: Shape::between(self.rate, next.rate) })
    }
}

/// Positions of the columns in a row.
struct Columns {
    seconds: usize,
    rate: usize,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, Error> {
        let column = |name: &str| header.iter().position(|cell| cell.eq_ignore_ascii_case(name));
        match (column("seconds"), column("rate")) {
            (Some(seconds), Some(rate)) => Ok(Self { seconds, rate }),
            _ => Err(Error::at_line(TextFile::Plan, 1, bad_header(header))),
        }
    }

    /// Reads the point of a row, which must not be earlier than the point of the row before.
    fn point(&self, row: &StringRecord, previous: Option<&Point>) -> Result<Point, Error> {
        let cell = |column| row.get(column).unwrap_or_default();
        let at = parse_seconds(cell(self.seconds))?;
        if previous.is_some_and(|previous| previous.at > at) {
            let input = cell(self.seconds).to_owned();
            let expected = "no less than in the row before";
            return Err(Error::Value { what: "seconds", input, expected });
        }
        Ok(Point { at, rate: parse_point_rate(cell(self.rate))? })
    }
}

fn bad_header(header: &StringRecord) -> Error {
    let input = header.iter().collect::<Vec<_>>().join(",");
    Error::Value { what: "header", input, expected: "the columns seconds and rate" }
}

fn parse_seconds(text: &str) -> Result<Duration, Error> {
    parse_span(&format!("{text}s"))
        .ok()
        // With the appended `s`, a text such as `1m` is a duration, too.
        .filter(|_| text.ends_with(|last: char| last.is_ascii_digit()))
        .ok_or_else(|| Error::Value {
            what: "seconds",
            input: text.to_owned(),
            expected: "0 or more, as in 60 or 0.5",
        })
}

fn parse_point_rate(text: &str) -> Result<StageRate, Error> {
    parse_stage_rate(text).ok().or_else(|| decimal(text)).ok_or_else(|| Error::Value {
        what: "rate",
        input: text.to_owned(),
        expected: "0 or more, as in 50, 12.5 or 3000/1m",
    })
}

/// Parses a decimal number of hits per second, rounded to nine places.
fn decimal(text: &str) -> Option<StageRate> {
    let steps = text.parse::<f64>().ok().filter(|rate| *rate >= 0.0)? * DECIMALS;
    let steps = (steps <= u64::MAX as f64).then_some(steps.round() as u64)?;
    let divisor = greatest_common_divisor(steps, DECIMALS as u64);
    let per = Duration::from_secs(DECIMALS as u64 / divisor);
    Some(Rate::new(steps / divisor, per).map_or(StageRate::ZERO, StageRate::from))
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
