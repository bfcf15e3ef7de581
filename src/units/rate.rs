//! Rates: hits per unit of time.

use std::fmt;
use std::time::Duration;

use crate::error::Error;
use crate::units::{GoDuration, greatest_common_divisor, parse_span};

/// A finite rate: `hits` per `per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Hits per unit, >= 1.
    hits: u64,
    /// Length of the unit, >= 1 ns.
    per: Duration,
}

impl Rate {
    /// Returns a rate; None if either part is zero.
    pub fn new(hits: u64, per: Duration) -> Option<Self> {
        (hits > 0 && !per.is_zero()).then_some(Self { hits, per })
    }

    /// Returns the hits per unit, >= 1.
    pub fn hits(self) -> u64 {
        self.hits
    }

    /// Returns the length of the unit, >= 1 ns.
    pub fn per(self) -> Duration {
        self.per
    }

    /// Returns the rate of one of several equal parts; `parts` is >= 1.
    pub fn shared_by(self, parts: u64) -> Self {
        let parts = u32::try_from(parts).unwrap_or(u32::MAX);
        Self { per: self.per.saturating_mul(parts.max(1)), ..self }
    }

    /// Returns the hits per second.
    pub fn per_second(self) -> f64 {
        self.hits as f64 / self.per.as_secs_f64()
    }
}

/// Prints `50/1s`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.hits, GoDuration(self.per))
    }
}

/// Parses `50`, `50/s`, `3000/1m`, `100/500ms`, `0.5`; None for `0` and `infinity`, which mean no limit.
///
/// # Errors
///
/// [`Error::Value`] if the text is not `COUNT` or `COUNT/UNIT`.
pub fn parse_rate(text: &str) -> Result<Option<Rate>, Error> {
    let bad = || Error::Value {
        what: "rate",
        input: text.to_owned(),
        expected: "COUNT or COUNT/UNIT, COUNT a number, UNIT one of ns, us, ms, s, m, h \
                   or a duration such as 500ms; 0 or infinity for no limit",
    };
    if text == "infinity" {
        return Ok(None);
    }
    let (count, unit) = text.split_once('/').unwrap_or((text, "1s"));
    let per = parse_unit(unit).ok_or_else(bad)?;
    if let Some((whole, decimals)) = count.split_once('.') {
        return decimal_rate(whole, decimals, per).ok_or_else(bad);
    }
    let hits: u64 = count.parse().map_err(|_| bad())?;
    Ok(Rate::new(hits, per))
}

/// Returns the rate of a number with decimals, exactly: 0.5 per second is 1 per 2 s. None if the
/// number is malformed or too precise.
fn decimal_rate(whole: &str, decimals: &str, per: Duration) -> Option<Option<Rate>> {
    let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain(whole) || !is_plain(decimals) {
        return None;
    }
    let digits: u64 = format!("{whole}{decimals}").parse().ok()?;
    let scale = 10_u32.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    let divisor = greatest_common_divisor(digits, scale.into());
    let per = per.checked_mul(u32::try_from(u64::from(scale) / divisor).ok()?)?;
    // Schedules count nanoseconds in 63 bits.
    (per.as_nanos() <= i64::MAX as u128).then(|| Rate::new(digits / divisor, per))
}

/// Parses a unit: a duration, or the name of a unit, as in `s` for `1s`.
fn parse_unit(text: &str) -> Option<Duration> {
    let bare = text.starts_with(|c: char| c.is_alphabetic());
    let one = bare.then(|| format!("1{text}"));
    parse_span(one.as_deref().unwrap_or(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_parse_as_vegeta_reads_them() {
        let some = |hits, per| Some(Rate::new(hits, per));
        let table = [
            ("50", some(50, Duration::from_secs(1))),
            ("+20", some(20, Duration::from_secs(1))),
            ("50/s", some(50, Duration::from_secs(1))),
            ("50/1s", some(50, Duration::from_secs(1))),
            ("3000/m", some(3000, Duration::from_secs(60))),
            ("1/500ms", some(1, Duration::from_millis(500))),
            ("7/1h30m", some(7, Duration::from_secs(5400))),
            ("5/µs", some(5, Duration::from_micros(1))),
            ("2000000000", some(2_000_000_000, Duration::from_secs(1))),
            ("0", Some(None)),
            ("0/m", Some(None)),
            ("50/0s", Some(None)),
            ("infinity", Some(None)),
            ("", None),
            ("50/", None),
            ("10/q", None),
            ("1e3", None),
            ("0.5", some(1, Duration::from_secs(2))),
            ("1.50/s", some(3, Duration::from_secs(2))),
            ("0.25/500ms", some(1, Duration::from_secs(2))),
            ("2.0", some(2, Duration::from_secs(1))),
            ("0.0", Some(None)),
            ("0.0000000001", None),
            ("0.000000001/h", None),
            ("1.", None),
            (".5", None),
            ("1.5e3", None),
            ("+1.5", None),
            ("-1", None),
            ("1/-1s", None),
            (" 5", None),
        ];
        for (text, rate) in table {
            assert_eq!(parse_rate(text).ok(), rate, "{text}");
        }
    }

    #[test]
    fn a_printed_rate_parses_to_the_same_rate() {
        let rate = Rate::new(50, Duration::from_secs(1)).unwrap();
        assert_eq!(rate.to_string(), "50/1s");
        assert_eq!(parse_rate(&rate.to_string()).unwrap(), Some(rate));
    }
}
