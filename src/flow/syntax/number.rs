//! Numbers and durations.

use std::time::Duration;

use winnow::Parser;
use winnow::token::take_while;

use crate::flow::syntax::input::{Input, Parsed, offset, refuse_at, rest, since, take};

/// A number of the language.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// A whole number of 64 bits.
    Integer(i64),
    /// A number with decimals.
    Float(f64),
    /// A whole number beyond 64 bits, as written.
    BigInteger(Box<str>),
}

fn digits<'a>(input: &mut Input<'a>) -> Parsed<&'a str> {
    take_while(0.., |letter: char| letter.is_ascii_digit()).parse_next(input)
}

/// Returns whether a text begins with a number.
pub fn is_number(text: &str) -> bool {
    text.strip_prefix('-').unwrap_or(text).starts_with(|letter: char| letter.is_ascii_digit())
}

/// Reads a number, which begins with a digit or a minus sign.
pub fn number(input: &mut Input<'_>) -> Parsed<Number> {
    const PROBLEM: &str = "bad number: expected digits, as in 12, -3 or 0.5";
    let (at, start) = (offset(input), rest(input));
    take(input, "-");
    let whole = digits(input)?;
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
        return refuse_at(at, PROBLEM);
    }
    if take(input, ".") {
        let decimals = digits(input)?;
        return match since(start, input).parse() {
            Ok(number) if !decimals.is_empty() => Ok(Number::Float(number)),
            _ => refuse_at(at, PROBLEM),
        };
    }
    let text = since(start, input);
    Ok(text.parse().map_or_else(|_| Number::BigInteger(text.into()), Number::Integer))
}

/// Reads a whole number of 64 bits.
pub fn integer(input: &mut Input<'_>) -> Parsed<i64> {
    let at = offset(input);
    match number(input)? {
        Number::Integer(number) => Ok(number),
        _ => refuse_at(at, "bad number: expected a whole number"),
    }
}

/// Reads a duration, such as `500ms`, `2s`, `1m` or `1h`; ms if it has no unit.
pub fn duration(input: &mut Input<'_>) -> Parsed<Duration> {
    const PROBLEM: &str = "bad duration: expected a whole number with ms, s, m or h, as in 500ms";
    let at = offset(input);
    let whole = digits(input)?;
    let unit: &str =
        take_while(0.., |letter: char| letter.is_ascii_alphabetic()).parse_next(input)?;
    let unit_ms = match unit {
        "" | "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return refuse_at(at, PROBLEM),
    };
    let has_form = whole == "0" || !whole.starts_with('0');
    let number = whole.parse::<u64>().ok().filter(|_| has_form);
    match number.and_then(|number| number.checked_mul(unit_ms)) {
        Some(ms) => Ok(Duration::from_millis(ms)),
        None => refuse_at(at, PROBLEM),
    }
}
