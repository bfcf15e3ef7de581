//! The format of numbers and durations on charts.

use std::time::Duration;

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
    let (unit, name) = match ns {
        0..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    format!("{} {name}", decimal(ns as f64 / unit as f64))
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

/// Prints a number >= 0 with thousands separators and at most three decimals; below 0.1 with three
/// significant digits.
pub fn decimal(number: f64) -> String {
    if number > 0.0 && number < 0.1 {
        let digits = (2.0 - number.log10().floor()) as usize;
        return format!("{number:.digits$}").trim_end_matches('0').to_owned();
    }
    let thousandths = (number * 1_000.0).round() as u64;
    let fraction = format!("{:03}", thousandths % 1_000);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction}", grouped(thousandths / 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_said_as_people_do() {
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
    fn thousands_are_set_apart() {
        let table = [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")];
        for (number, text) in table {
            assert_eq!(grouped(number), text);
        }
    }
}
