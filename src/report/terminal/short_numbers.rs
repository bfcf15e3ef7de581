//! Numbers short enough for narrow columns.

use std::time::Duration;

use crate::metrics::BoundedTime;
use crate::report::terminal::Blocks;

/// Maximum length of a duration in characters, as in `12m59s` and `1.23ms`.
pub(super) const DURATION_LEN: usize = 6;

/// Maximum length of a rate below ten million per second in characters.
pub(super) const RATE_LEN: usize = 9;

const UNITS: [(u128, &str); 4] =
    [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"), (1, "ns")];

/// Returns a duration with three digits, as in `1.23ms`; minutes and hours are printed with the
/// next smaller unit.
pub(super) fn brief(duration: Duration, blocks: Blocks) -> String {
    let ns = duration.as_nanos();
    // A duration that would round to 60 s is printed as one minute.
    let seconds = (ns + 500_000_000) / 1_000_000_000;
    let text = match seconds {
        3_600.. => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
        60.. => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => below_a_minute(ns),
    };
    blocks.spell(text)
}

/// Returns a time that may be a lower bound, as in `≥30.0s`.
pub(super) fn brief_bounded(time: BoundedTime, blocks: Blocks) -> String {
    let sign = if time.is_lower_bound { BoundedTime::AT_LEAST } else { "" };
    blocks.spell(sign.to_owned()) + &brief(time.time, blocks)
}

fn below_a_minute(ns: u128) -> String {
    if ns == 0 {
        return "0s".to_owned();
    }
    // A unit begins where three digits of the next smaller unit would round up to it.
    let is_reached = |(unit, _): &&(u128, &str)| 2 * ns >= 2 * unit - unit / 1_000;
    let (unit, name) = UNITS.iter().find(is_reached).unwrap_or(&UNITS[3]);
    let figure = ns as f64 / *unit as f64;
    let decimals = match figure {
        _ if *unit == 1 => 0,
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{figure:.decimals$}{name}")
}

/// Returns a rate with two decimals below 1000/s, and without decimals from there on.
pub(super) fn rate(per_second: f64) -> String {
    let decimals = if per_second < 999.995 { 2 } else { 0 };
    format!("{per_second:.decimals$}/s")
}

/// Returns a share in `[0, 1]` in percent; 100 and 0 are printed only for all and for none.
pub(super) fn percent(share: f64) -> String {
    let percent = match share {
        0.0 | 1.0 => share * 100.0,
        _ => (share * 100.0).clamp(0.01, 99.99),
    };
    format!("{percent:.2}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_and_at_most_six_letters() {
        let table = [
            (0, "0s"),
            (7, "7ns"),
            (999, "999ns"),
            (1_234, "1.23µs"),
            (12_345, "12.3µs"),
            (123_456, "123µs"),
            (999_499, "999µs"),
            (999_500, "1.00ms"),
            (9_996_000, "10.0ms"),
            (1_500_000_000, "1.50s"),
            (59_400_000_000, "59.4s"),
            (59_499_999_999, "59.5s"),
            (59_500_000_000, "1m00s"),
            (779_000_000_000, "12m59s"),
            (3_600_000_000_000, "1h00m"),
            (360_000_000_000_000, "100h00m"),
        ];
        for (ns, expected) in table {
            let text = brief(Duration::from_nanos(ns), Blocks::Unicode);
            assert_eq!(text, expected);
            assert!(text.chars().count() <= DURATION_LEN || ns > 359_000_000_000_000, "{text}");
        }
        assert_eq!(brief(Duration::from_micros(5), Blocks::Ascii), "5.00us");
    }

    #[test]
    fn rates_and_shares_are_brief() {
        let rates =
            [(0.0, "0.00/s"), (50.016, "50.02/s"), (999.99, "999.99/s"), (1234.5, "1234/s")];
        rates.iter().for_each(|(figure, expected)| assert_eq!(rate(*figure), *expected));
        let shares = [(0.0, "0.00%"), (1.0 / 3.0, "33.33%"), (1e-9, "0.01%"), (1.0, "100.00%")];
        shares.iter().for_each(|(share, expected)| assert_eq!(percent(*share), *expected));
        assert_eq!(percent(0.999_999), "99.99%");
    }
}
