//! Byte counts such as `10kb`, in powers of 1024.

use crate::error::Error;

/// Letters and words of the multiples, each 1024 times the previous one.
const MULTIPLES: [(&str, &str); 6] =
    [("k", "kilo"), ("m", "mega"), ("g", "giga"), ("t", "tera"), ("p", "peta"), ("e", "exa")];

/// Parses a byte count; None for `-1`, which means no limit.
///
/// A unit may follow the number, in upper or lower case, and after a space. Without a unit, or with
/// `b` or `byte`, the number counts bytes; `k`, `kb`, `kilo`, `kilobyte` and so on up to `e` are
/// powers of 1024. As in Vegeta, units such as `Kb` are refused, because they usually mean bits.
///
/// # Errors
///
/// [`Error::Value`] if the text is not in this form or the count exceeds 2^63 - 1.
pub fn parse_size(text: &str) -> Result<Option<u64>, Error> {
    if text == "-1" {
        return Ok(None);
    }
    parse_bytes(text).map(Some).ok_or_else(|| Error::Value {
        what: "size",
        input: text.to_owned(),
        expected: "-1 for no limit, or a whole number with an optional unit, \
                   b, kb, mb, gb, tb, pb or eb, in powers of 1024",
    })
}

fn parse_bytes(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim();
    if is_bits(unit) {
        return None;
    }
    let shift = power_of(&unit.to_ascii_lowercase())? * 10;
    let number: u64 = number.parse().ok()?;
    let bytes = number.checked_mul(1 << shift)?;
    (bytes <= i64::MAX as u64).then_some(bytes)
}

/// Returns whether a unit is spelled like `Kb`, which elsewhere means kilobits.
fn is_bits(unit: &str) -> bool {
    matches!(unit.as_bytes(), [first, b'b'] if first.is_ascii_uppercase())
}

/// Returns the power of 1024 of a unit in lower case; None if it is unknown.
fn power_of(unit: &str) -> Option<u32> {
    if matches!(unit, "" | "b" | "byte" | "bytes") {
        return Some(0);
    }
    MULTIPLES.iter().zip(1..).find_map(|((letter, word), power)| {
        let short = unit.strip_prefix(letter).is_some_and(|rest| rest.is_empty() || rest == "b");
        let long =
            unit.strip_prefix(word).is_some_and(|rest| matches!(rest, "" | "byte" | "bytes"));
        (short || long).then_some(power)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_parse_as_vegeta_reads_them() {
        let table = [
            ("-1", Some(None)),
            ("0", Some(Some(0))),
            ("10", Some(Some(10))),
            ("10b", Some(Some(10))),
            ("10 bytes", Some(Some(10))),
            ("1k", Some(Some(1 << 10))),
            ("1KB", Some(Some(1 << 10))),
            ("1 kilobyte", Some(Some(1 << 10))),
            ("3MB", Some(Some(3 << 20))),
            ("2gigabytes", Some(Some(2 << 30))),
            ("1T", Some(Some(1 << 40))),
            ("1pb", Some(Some(1 << 50))),
            ("1e", Some(Some(1 << 60))),
            ("8e", None),
            ("-2", None),
            ("10Kb", None),
            ("10Mb", None),
            ("abc", None),
            ("", None),
            ("1.5k", None),
            ("10 q", None),
        ];
        for (text, size) in table {
            assert_eq!(parse_size(text).ok(), size, "{text}");
        }
    }
}
