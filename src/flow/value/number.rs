//! Numbers of three types: compared by value, and written.

use std::cmp::Ordering;
use std::fmt;

use crate::flow::value::Value;

/// Compares two numbers by value. None if one is no number.
///
/// An integer is compared with a float as a float, which has 53 bits of precision.
pub fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => Some(left.cmp(right)),
        (Value::Float(left), Value::Float(right)) => Some(compare_floats(*left, *right)),
        (Value::Integer(left), Value::Float(right)) => Some(compare_floats(*left as f64, *right)),
        (Value::Float(left), Value::Integer(right)) => Some(compare_floats(*left, *right as f64)),
        _ if left.is_number() && right.is_number() => compare_digits(left, right),
        _ => None,
    }
}

/// What is not a number is equal to every number, as in hurl.
fn compare_floats(left: f64, right: f64) -> Ordering {
    left.partial_cmp(&right).unwrap_or(Ordering::Equal)
}

/// Compares numbers by their digits, one of which is beyond 64 bits.
fn compare_digits(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        // These have no digits.
        (Value::Float(float), _) if !float.is_finite() => Some(compare_floats(*float, 0.0)),
        (_, Value::Float(float)) if !float.is_finite() => Some(compare_floats(0.0, *float)),
        _ => {
            let [left, right] = [left, right].map(ToString::to_string);
            Some(Digits::of(&left).cmp(&Digits::of(&right)))
        }
    }
}

/// The digits of a number.
#[derive(PartialEq, Eq)]
struct Digits {
    is_negative: bool,
    /// Position of the point after the first digit; the smallest for zero.
    point: i64,
    /// All digits, without zeros at the start and the end.
    digits: String,
}

impl Digits {
    fn of(text: &str) -> Self {
        let positive = text.strip_prefix('-');
        let text = positive.unwrap_or(text);
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, fraction].concat();
        let digits = all.trim_start_matches('0');
        if digits.is_empty() {
            // Minus zero is zero.
            return Self { is_negative: false, point: i64::MIN, digits: String::new() };
        }
        // No text has as many digits as such an exponent.
        let exponent = exponent.parse().unwrap_or(i64::MAX);
        let before_point = whole.len() as i64 - (all.len() - digits.len()) as i64;
        Self {
            is_negative: positive.is_some(),
            point: before_point.saturating_add(exponent),
            digits: digits.trim_end_matches('0').to_owned(),
        }
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let magnitude = |it: &Self, than: &Self| {
            it.point.cmp(&than.point).then_with(|| it.digits.cmp(&than.digits))
        };
        match (self.is_negative, other.is_negative) {
            (false, false) => magnitude(self, other),
            (true, true) => magnitude(other, self),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

/// Writes a float, always with a point, and never with an exponent.
pub fn write_float(f: &mut fmt::Formatter<'_>, value: f64) -> fmt::Result {
    match value.is_finite() && value.fract() == 0.0 {
        true => write!(f, "{value}.0"),
        false => write!(f, "{value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn big(digits: &str) -> Value {
        Value::BigInteger(digits.into())
    }

    #[test]
    fn numbers_are_compared_by_value() {
        use Ordering::{Equal, Greater, Less};
        let table = [
            (Value::Integer(1), Value::Integer(2), Less),
            (Value::Integer(1), Value::Float(1.0), Equal),
            (Value::Float(1.5), Value::Integer(1), Greater),
            (Value::Float(f64::NAN), Value::Integer(1), Equal),
            (big("9223372036854775808"), Value::Integer(9), Greater),
            (Value::Integer(i64::MAX), big("9223372036854775808"), Less),
            (big("-9223372036854775809"), Value::Integer(-9), Less),
            (big("-9223372036854775809"), big("-9223372036854775810"), Greater),
            (big("100000000000000000000"), Value::Float(1e20), Equal),
            (big("100000000000000000001"), Value::Float(1e20), Greater),
            (big("100000000000000000000"), Value::Float(0.5), Greater),
            (big("100000000000000000000"), Value::Float(f64::INFINITY), Less),
            (Value::Float(f64::NEG_INFINITY), big("-100000000000000000000"), Less),
            (big("0"), Value::Float(-0.0), Equal),
            (big("007"), Value::Integer(7), Equal),
            (big("1e+400"), big("10.0e+399"), Equal),
            (big("1e+400"), big("1e+401"), Less),
            (big("-1e+400"), Value::Float(f64::MIN), Less),
            (big("1.5e+400"), big("1.25e+400"), Greater),
            (big("1e+400"), Value::Integer(i64::MAX), Greater),
            (big("1e+99999999999999999999"), big("2e+400"), Greater),
            (big("0.00"), Value::Integer(0), Equal),
        ];
        for (left, right, expected) in table {
            assert_eq!(compare(&left, &right), Some(expected), "{left} {right}");
            assert_eq!(compare(&right, &left), Some(expected.reverse()), "{right} {left}");
        }
        assert_eq!(compare(&Value::Integer(1), &Value::text("1")), None);
        assert_eq!(compare(&Value::Null, &Value::Null), None);
    }

    #[test]
    fn a_float_always_has_a_point() {
        let table = [
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (1e21, "1000000000000000000000.0"),
            (1e-7, "0.0000001"),
            (-0.0, "-0.0"),
        ];
        for (value, expected) in table {
            assert_eq!(Value::Float(value).to_string(), expected);
        }
    }
}
