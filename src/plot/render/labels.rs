//! The format of numbers and durations on charts.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

/// The number format of charts, which the script of a page shares.
pub const NUMBERS: NumberFormat = NumberFormat {
    decimals: 3,
    small: 0.1,
    digits: 3,
    durations: [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"), (1, "ns")],
};

/// How numbers and durations are printed.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NumberFormat {
    /// Maximum number of decimals.
    pub decimals: usize,
    /// Numbers below this, > 0, have significant digits instead.
    pub small: f64,
    /// Number of significant digits of small numbers.
    pub digits: usize,
    /// Units of durations: length in ns, and name; the longest first.
    pub durations: [(u64, &'static str); 4],
}

/// Returns a number with thousands separators: `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Prints a number of hits: `1 hit`, `12,345 hits`.
pub fn hits_label(n_hits: u64) -> String {
    format!("{} {}", grouped(n_hits), if n_hits == 1 { "hit" } else { "hits" })
}

/// Prints a duration in the largest unit that is not longer than the duration, with at most three
/// decimals: `1.5 ms`.
pub fn duration_label(ns: u64) -> String {
    let fitting = NUMBERS.durations.iter().find(|(unit, _)| ns >= *unit);
    let (unit, name) = fitting.unwrap_or(&NUMBERS.durations[NUMBERS.durations.len() - 1]);
    format!("{} {name}", decimal(ns as f64 / *unit as f64))
}

/// Prints the length of an interval: as [`duration_label`] below a minute, in minutes and seconds
/// below an hour, and in hours and minutes from there on, without the smaller units: `2 h 16 min`.
pub fn length_label(length: Duration) -> String {
    let seconds = length.as_secs();
    let (many, of, few, name) = match seconds {
        0..60 => return duration_label(length.as_nanos() as u64),
        60..3_600 => (seconds / 60, "min", seconds % 60, "s"),
        _ => (seconds / 3_600, "h", seconds / 60 % 60, "min"),
    };
    let many = format!("{} {of}", grouped(many));
    if few == 0 { many } else { format!("{many} {few} {name}") }
}

/// Prints the time of day of an instant in ns since 1970 UTC, for the end of an axis' name:
/// ` at 13:10:06 UTC`.
pub fn at_clock(ns: i64) -> String {
    let instant = Timestamp::from_nanosecond(ns.into()).unwrap_or_default();
    instant.to_zoned(TimeZone::UTC).strftime(" at %H:%M:%S UTC").to_string()
}

/// Prints a number >= 0 with thousands separators and at most three decimals; below 0.1 with three
/// significant digits.
pub fn decimal(number: f64) -> String {
    let NumberFormat { decimals, small, digits, .. } = NUMBERS;
    if number > 0.0 && number < small {
        let decimals = (digits as f64 - 1.0 - number.log10().floor()) as usize;
        return format!("{number:.decimals$}").trim_end_matches('0').to_owned();
    }
    let power = 10_u64.pow(decimals as u32);
    let scaled = (number * power as f64).round() as u64;
    let fraction = format!("{:0decimals$}", scaled % power);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction}", grouped(scaled / power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_have_two_units() {
        let table = [
            (0.001953125, "1.953 ms"),
            (0.5, "500 ms"),
            (32.0, "32 s"),
            (60.0, "1 min"),
            (64.0, "1 min 4 s"),
            (2_048.0, "34 min 8 s"),
            (3_605.0, "1 h"),
            (8_192.0, "2 h 16 min"),
            (33_554_432.0, "9,320 h 40 min"),
        ];
        for (seconds, label) in table {
            assert_eq!(length_label(Duration::from_secs_f64(seconds)), label);
        }
    }

    #[test]
    fn instants_are_printed_in_utc() {
        assert_eq!(at_clock(1_795_180_206_240_727_031), " at 13:10:06 UTC");
        assert_eq!(at_clock(i64::MIN), " at 00:12:43 UTC");
    }

    #[test]
    fn thousands_have_separators() {
        let table = [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")];
        for (number, text) in table {
            assert_eq!(grouped(number), text);
        }
    }
}
