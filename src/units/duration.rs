//! Durations in Go's form, which users of Vegeta know.

use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;

use crate::error::Error;

/// Nanoseconds of each unit, by spelling; a spelling comes before its own prefixes.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000), // U+00B5, the micro sign
    ("μs", 1_000), // U+03BC, the Greek letter
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

const EXPECTED: &str = "a number with a unit, ns, us, ms, s, m or h, as in 300ms or 1m30s";

const LARGEST: &str = "at most 292 years, which is 2562047h";

/// Parses a duration in Go's form: `300ms`, `1m30s`, `-1.5h`, or a bare `0`.
///
/// # Errors
///
/// [`Error::Value`] if the text is not in this form or exceeds 292 years.
///
/// Source: Go, package time, ParseDuration.
pub fn parse_duration(text: &str) -> Result<SignedDuration, Error> {
    let bad = |expected| Error::Value { what: "duration", input: text.to_owned(), expected };
    let nanos = parse_nanos(text).ok_or_else(|| bad(EXPECTED))?;
    i64::try_from(nanos).map(SignedDuration::from_nanos).map_err(|_| bad(LARGEST))
}

/// Parses a duration that must not be negative.
///
/// # Errors
///
/// [`Error::Value`] as in [`parse_duration`], and if the duration is negative.
pub fn parse_span(text: &str) -> Result<Duration, Error> {
    Duration::try_from(parse_duration(text)?).map_err(|_| Error::Value {
        what: "duration",
        input: text.to_owned(),
        expected: "0 or more",
    })
}

/// Returns the nanoseconds of a duration; None if the text is not a duration. A duration that is
/// too long becomes the largest number.
fn parse_nanos(text: &str) -> Option<i128> {
    let (sign, mut rest) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let (nanos, after) = parse_part(rest)?;
        total = total.saturating_add(nanos);
        rest = after;
    }
    Some(sign * total)
}

/// Parses a number with its unit at the start of a text, and returns its nanoseconds and the rest
/// of the text. A fraction of a nanosecond is dropped.
fn parse_part(text: &str) -> Option<(i128, &str)> {
    let number_len = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(number_len);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let (name, unit) = UNITS.iter().find(|(name, _)| rest.starts_with(name))?;
    // Digits fail to parse only if there are too many.
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().unwrap_or(i128::MAX) };
    let nanos = whole.saturating_mul(*unit).saturating_add(fraction_of(fraction, *unit));
    Some((nanos, &rest[name.len()..]))
}

/// Returns `0.fraction` of a unit in whole nanoseconds, rounded down.
fn fraction_of(fraction: &str, unit: i128) -> i128 {
    let (mut digits, mut power) = (0, 1);
    // A unit has at most 3.6e12 ns, so digits after the fifteenth cannot matter.
    for digit in fraction.bytes().take(15) {
        digits = digits * 10 + i128::from(digit - b'0');
        power *= 10;
    }
    digits * unit / power
}

/// Prints a duration as Go does: `0s`, `341.492µs`, `1.5s`, `1h0m0s`.
///
/// Source: Go, package time, Duration.String.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoDuration(pub Duration);

impl GoDuration {
    /// Returns a duration as reports print it: rounded to the unit below its largest one.
    pub fn rounded(duration: Duration) -> Self {
        Self(round_duration(duration))
    }
}

impl fmt::Display for GoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&go_text(self.0))
    }
}

fn go_text(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    match nanos {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => format!("{}µs", decimal(nanos, 1_000)),
        1_000_000..1_000_000_000 => format!("{}ms", decimal(nanos, 1_000_000)),
        _ => clock_text(nanos),
    }
}

/// Prints a duration of 1 s or more: hours and minutes if there are any, then seconds.
fn clock_text(nanos: u128) -> String {
    let minutes = nanos / 60_000_000_000;
    let seconds = decimal(nanos % 60_000_000_000, 1_000_000_000);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// Prints `nanos / unit` with all decimals.
fn decimal(nanos: u128, unit: u128) -> String {
    let width = unit.ilog10() as usize;
    let text = format!("{}.{:0width$}", nanos / unit, nanos % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Rounds a duration to the unit below its largest one, half away from zero: from one hour to
/// minutes, from one second to milliseconds, from one millisecond to microseconds.
///
/// Source: Vegeta, reporters.go, round.
fn round_duration(duration: Duration) -> Duration {
    const STEPS: [(u128, u128); 5] = [
        (3_600_000_000_000, 60_000_000_000),
        (60_000_000_000, 1_000_000_000),
        (1_000_000_000, 1_000_000),
        (1_000_000, 1_000),
        (1_000, 1),
    ];
    let nanos = duration.as_nanos();
    let step = STEPS.iter().find(|(unit, _)| nanos >= *unit).map_or(1, |(_, step)| *step);
    let rounded = (nanos + step / 2) / step * step;
    Duration::from_nanos(u64::try_from(rounded).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_durations_parse_to_nanoseconds() {
        let table = [
            ("0", Some(0_i128)),
            ("5s", Some(5_000_000_000)),
            ("1m30s", Some(90_000_000_000)),
            ("1.5h", Some(5_400_000_000_000)),
            (".5s", Some(500_000_000)),
            ("1.s", Some(1_000_000_000)),
            ("-2ms", Some(-2_000_000)),
            ("+3us", Some(3_000)),
            ("3µs", Some(3_000)),
            ("3μs", Some(3_000)),
            ("0.0000000019s", Some(1)),
            ("1h2m3s4ms5us6ns", Some(3_723_004_005_006)),
            ("5", None),
            ("", None),
            ("-", None),
            (".s", None),
            ("1.2.3s", None),
            ("s", None),
            ("5d", None),
            ("300y", None),
            ("9999999h", None),
            ("5s ", None),
        ];
        for (text, nanos) in table {
            let parsed = parse_duration(text).ok().map(|d| d.as_nanos());
            assert_eq!(parsed, nanos, "{text}");
        }
    }

    #[test]
    fn a_bad_duration_is_refused_with_the_accepted_form() {
        let error = parse_duration("5").unwrap_err().to_string();
        assert_eq!(error, format!("bad duration '5': expected {EXPECTED}"));
        let digits = "9".repeat(50);
        for long in ["9999999h", "-9999999h", "2562048h", &format!("{digits}h{digits}ns")] {
            let error = parse_duration(long).unwrap_err().to_string();
            assert_eq!(error, format!("bad duration '{long}': expected {LARGEST}"));
        }
        assert!(parse_duration("2562047h").is_ok());
    }

    #[test]
    fn durations_print_as_go_prints_them() {
        let table = [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (341_492, "341.492µs"),
            (2_200_000, "2.2ms"),
            (3_300_000_000, "3.3s"),
            (245_000_000_000, "4m5s"),
            (245_001_000_000, "4m5.001s"),
            (3_600_000_000_000, "1h0m0s"),
            (5_415_500_000_000, "1h30m15.5s"),
        ];
        for (nanos, text) in table {
            assert_eq!(GoDuration(Duration::from_nanos(nanos)).to_string(), text);
        }
    }

    #[test]
    fn durations_round_to_the_unit_below_their_largest() {
        let table = [
            (429_024, "429.024µs"),
            (1_365_501, "1.366ms"),
            (900_946_501, "900.947ms"),
            (3_980_592_209, "3.981s"),
            (59_999_600_000, "1m0s"),
            (3_599_999_999_999, "1h0m0s"),
            (5_430_000_000_000, "1h31m0s"),
        ];
        for (nanos, text) in table {
            assert_eq!(GoDuration::rounded(Duration::from_nanos(nanos)).to_string(), text);
        }
    }
}
