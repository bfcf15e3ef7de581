//! Units of metrics, and how their values are parsed and printed.

use std::time::Duration;

use crate::error::Error;
use crate::units::{GoDuration, parse_share, parse_size, parse_span};

/// Significant digits of a value that is not close to its limit.
const SHOWN_DIGITS: i32 = 4;

/// Significant digits of a floating-point number that are always exact.
const MAX_DIGITS: i32 = 15;

/// The unit of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nanoseconds.
    Time,
    /// A share of the whole, in `[0, 1]`.
    Share,
    /// A count.
    Count,
    /// A count per second.
    PerSecond,
    /// A number of bytes.
    Bytes,
}

impl Unit {
    /// Parses a value: `500ms`, `99%` or `0.99`, `50`, `100` or `100/s`, `10MB`.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if the text is not a value of this unit.
    pub fn parse(self, text: &str) -> Result<f64, Error> {
        self.parsed(text).ok_or_else(|| Error::Value {
            what: "value",
            input: text.to_owned(),
            expected: self.expected(),
        })
    }

    fn parsed(self, text: &str) -> Option<f64> {
        let text = &without_space(text);
        match self {
            Unit::Time => Some(parse_span(text).ok()?.as_nanos() as f64),
            Unit::Share => parse_share(text).ok(),
            Unit::Count => Some(text.parse::<u64>().ok()? as f64),
            Unit::PerSecond => decimal(text.strip_suffix("/s").unwrap_or(text)),
            Unit::Bytes => parse_size(text).ok().flatten().map(|bytes| bytes as f64),
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Unit::Time => "a duration with its unit, as in 500ms or 1.5s",
            Unit::Share => "a share of at most 100%, as in 99.9% or 0.999",
            Unit::Count => "a whole number, as in 50; for a share, use success",
            Unit::PerSecond => "a number per second, as in 100 or 99.5/s",
            Unit::Bytes => "a number of bytes, as in 1000 or 10MB",
        }
    }

    /// Formats a value with four significant digits, and with more of them if it would otherwise
    /// look equal to a limit that it differs from: a threshold missed by a little must not look
    /// kept.
    pub fn show(self, value: f64, limit: f64) -> String {
        let exact = |value: f64| self.text(value);
        if matches!(self, Unit::Count | Unit::Bytes) || value == limit {
            return exact(value);
        }
        (SHOWN_DIGITS..MAX_DIGITS)
            .map(|digits| rounded(value, digits))
            .find(|rounded| exact(*rounded) != exact(limit))
            .map_or_else(|| exact(value), exact)
    }

    fn text(self, value: f64) -> String {
        match self {
            Unit::Time => GoDuration(Duration::from_nanos(value.round() as u64)).to_string(),
            Unit::Share => format!("{}%", trimmed(value * 100.0)),
            Unit::Count | Unit::Bytes => format!("{value:.0}"),
            Unit::PerSecond => format!("{}/s", trimmed(value)),
        }
    }
}

/// Rounds a value >= 0 to a number of significant digits, >= 1.
fn rounded(value: f64, digits: i32) -> f64 {
    if value <= 0.0 {
        return value;
    }
    let last = value.log10().floor() as i32 + 1 - digits;
    // A division by a power of ten is exact where a multiplication by its inverse is not.
    match last {
        0.. => (value / 10_f64.powi(last)).round() * 10_f64.powi(last),
        _ => (value * 10_f64.powi(-last)).round() / 10_f64.powi(-last),
    }
}

/// Returns a value without the space between its number and its unit.
fn without_space(text: &str) -> String {
    match text.split_once(char::is_whitespace) {
        Some((number, unit)) if !unit.trim_start().starts_with(|c: char| c.is_ascii_digit()) => {
            format!("{number}{}", unit.trim_start())
        }
        _ => text.to_owned(),
    }
}

/// Formats a number with up to four decimals, without trailing zeros.
fn trimmed(value: f64) -> String {
    format!("{value:.4}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Parses digits with at most one point. Signs and exponents are refused.
pub(super) fn decimal(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|letter| letter.is_ascii_digit() || letter == b'.');
    text.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(unit: Unit, text: &str, expected: Option<f64>) {
        assert_eq!(unit.parse(text).ok(), expected, "{unit:?} {text}");
    }

    #[test]
    fn values_are_parsed_in_their_unit() {
        check(Unit::Time, "500ms", Some(5e8));
        check(Unit::Time, "1.5s", Some(1.5e9));
        check(Unit::Time, "500 ms", Some(5e8));
        check(Unit::Time, "5 00ms", None);
        check(Unit::Share, "99.9 %", Some(999.0 / 1000.0));
        check(Unit::PerSecond, "100 /s", Some(100.0));
        check(Unit::Bytes, "10  MB", Some(10_485_760.0));
        check(Unit::Time, "0", Some(0.0));
        check(Unit::Share, "99.9%", Some(999.0 / 1000.0));
        check(Unit::Share, "0.999", Some(999.0 / 1000.0));
        check(Unit::Share, "100%", Some(1.0));
        check(Unit::Share, "1", Some(1.0));
        check(Unit::Count, "50", Some(50.0));
        check(Unit::PerSecond, "99.5", Some(99.5));
        check(Unit::PerSecond, "100/s", Some(100.0));
        check(Unit::Bytes, "10kb", Some(10_240.0));
        check(Unit::Bytes, "1000", Some(1_000.0));
    }

    #[test]
    fn values_of_another_unit_are_refused() {
        let table = [
            (Unit::Time, ["500", "-1s", "99%", "", "inf", "1e3ms"]),
            (Unit::Share, ["99", "101%", "1.1", "%", "-1%", "nan"]),
            (Unit::Count, ["1.5", "-1", "1%", "5ms", "", "1e3"]),
            (Unit::PerSecond, ["100/m", "-1", "5ms", "1%", "inf", "/s"]),
            (Unit::Bytes, ["-1", "1.5", "10Kb", "1%", "5ms", ""]),
        ];
        for (unit, texts) in table {
            texts.iter().for_each(|text| check(unit, text, None));
        }
        let error = Unit::Time.parse("500").unwrap_err().to_string();
        let expected = "bad value '500': expected a duration with its unit, as in 500ms or 1.5s";
        assert_eq!(error, expected);
    }

    #[test]
    fn values_are_rounded_unless_they_would_look_equal_to_the_limit() {
        let table = [
            (Unit::Time, 16_445_123.0, 5e8, "16.45ms"),
            (Unit::Time, 1_000_100.0, 1e6, "1.0001ms"),
            (Unit::Time, 1_000_001.0, 1e6, "1.000001ms"),
            (Unit::Time, 1e6, 1e6, "1ms"),
            (Unit::Time, 0.0, 1e6, "0s"),
            (Unit::Time, 7.0, 1e6, "7ns"),
            (Unit::Share, 0.9975, 0.999, "99.75%"),
            (Unit::Share, 0.998_99, 0.999, "99.899%"),
            (Unit::Share, 1.0 / 3.0, 0.9, "33.33%"),
            (Unit::Share, 1.0, 0.9, "100%"),
            (Unit::Count, 123_456.0, 50.0, "123456"),
            (Unit::PerSecond, 100.0 / 3.0, 50.0, "33.33/s"),
            (Unit::PerSecond, 99.99, 100.0, "99.99/s"),
            (Unit::Bytes, 28_800.0, 1.0, "28800"),
        ];
        for (unit, value, limit, expected) in table {
            assert_eq!(unit.show(value, limit), expected, "{value} against {limit}");
        }
    }
}
