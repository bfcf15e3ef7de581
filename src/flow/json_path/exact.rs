//! JSON texts as values, with exact numbers.
//!
//! serde_json rounds integers beyond 64 bits, and may round floats by one bit too many. So numbers
//! are parsed from their text again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::flow::json_path::invalid::{Budget, Invalid, MAX_DEPTH};
use crate::flow::value::Value;

/// Returns the value of a JSON text, which stands at a depth in its document: 0 for the whole
/// document. The text must have been found by a parser, so that its end is that of a value.
///
/// # Errors
///
/// If the text cannot be used.
pub fn value(text: &str, depth: usize) -> Result<Value, Invalid> {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    // Fast path: a number needs no parser, because the document is known to be JSON.
    if text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return number(text);
    }
    with_all_numbers(text, |parsable| {
        let state = RefCell::new((Numbers::of(text), Budget::new()));
        let mut parser = serde_json::Deserializer::from_str(parsable);
        let value = Exact { state: &state, depth }.deserialize(&mut parser)?;
        parser.end()?;
        Ok(value)
    })
}

/// Returns the value of a JSON number. One beyond the range of 64-bit floats counts as an integer, as
/// in hurl.
///
/// # Errors
///
/// [`Invalid::NotJson`] for a text that is no number.
pub fn number(text: &str) -> Result<Value, Invalid> {
    if !text.contains(['.', 'e', 'E']) {
        let integer = text.parse().map(Value::Integer);
        return Ok(integer.unwrap_or_else(|_| Value::BigInteger(text.into())));
    }
    let float = text.parse::<f64>().map_err(|_| Invalid::NotJson)?;
    match float.is_finite() {
        true => Ok(Value::Float(float)),
        false => Ok(Value::BigInteger(with_sign_of_exponent(text).into())),
    }
}

/// Returns a number with an exponent as hurl writes it: `1e+400`.
fn with_sign_of_exponent(text: &str) -> String {
    match text.split_once(['e', 'E']) {
        Some((digits, exponent)) if !exponent.starts_with(['+', '-']) => {
            format!("{digits}e+{exponent}")
        }
        Some((digits, exponent)) => format!("{digits}e{exponent}"),
        None => text.to_owned(),
    }
}

/// Parses a document with a parser that refuses numbers beyond the range of 64-bit floats. If there
/// are any, `parse` is called again, with a text that has others in their place. The numbers of the
/// first text are the right ones.
///
/// # Errors
///
/// Those of `parse`, but not [`Invalid::OutOfRange`].
pub fn with_all_numbers<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, Invalid>,
) -> Result<T, Invalid> {
    match parse(text) {
        Err(Invalid::OutOfRange) => parse(&within_range(text)).map_err(|invalid| match invalid {
            // What is left looks like a number only in its first characters.
            Invalid::OutOfRange => Invalid::NotJson,
            other => other,
        }),
        parsed => parsed,
    }
}

/// Returns a text with 0 in place of each number beyond the range of 64-bit floats.
fn within_range(text: &str) -> String {
    let (mut numbers, mut replaced, mut end) = (Numbers::of(text), String::new(), 0);
    while let Some(number) = numbers.next() {
        let after = text.len() - numbers.rest.len();
        replaced.push_str(&text[end..after - number.len()]);
        replaced.push_str(if is_out_of_range(number) { "0" } else { number });
        end = after;
    }
    replaced.push_str(&text[end..]);
    replaced
}

fn is_out_of_range(text: &str) -> bool {
    let is_infinite = text.parse::<f64>().is_ok_and(f64::is_infinite);
    // Not all numbers of Rust are those of JSON.
    is_infinite && serde_json::from_str::<&RawValue>(text).is_ok()
}

/// The numbers of a JSON text, in order.
pub struct Numbers<'t> {
    rest: &'t str,
}

impl<'t> Numbers<'t> {
    /// Returns the numbers of a text up to its first error.
    pub fn of(text: &'t str) -> Self {
        Self { rest: text }
    }
}

impl<'t> Iterator for Numbers<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let bytes = self.rest.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => at = after_string(bytes, at + 1),
                b'-' | b'0'..=b'9' => {
                    let is_of_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                    let len = bytes[at..].iter().take_while(|byte| is_of_number(byte)).count();
                    let number = &self.rest[at..at + len];
                    self.rest = &self.rest[at + len..];
                    return Some(number);
                }
                _ => at += 1,
            }
        }
        self.rest = "";
        None
    }
}

/// Returns the index after the closing quote of a string that begins at an index.
fn after_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Builds a value, with the numbers of its text.
#[derive(Clone, Copy)]
struct Exact<'a, 't> {
    state: &'a RefCell<(Numbers<'t>, Budget)>,
    /// Number of lists and objects around it.
    depth: usize,
}

impl Exact<'_, '_> {
    fn number<E: Error>(self) -> Result<Value, E> {
        let text = self.state.borrow_mut().0.next();
        text.map_or(Err(Invalid::NotJson), number).map_err(Invalid::error)
    }

    /// Returns what builds the children of a list or an object.
    fn inner<E: Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(Invalid::TooDeep.error());
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Exact<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<Value, D::Error> {
        self.state.borrow_mut().1.take().map_err(Invalid::error)?;
        parser.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Exact<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Value, E> {
        self.number()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Value, E> {
        self.number()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Value, E> {
        self.number()
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::List(values.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut values = BTreeMap::<Arc<str>, Value>::new();
        while let Some(name) = members.next_key::<String>()? {
            // The last of several members with the same name counts.
            values.insert(name.into(), members.next_value_seed(inner)?);
        }
        Ok(Value::Object(values.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn floats_are_read_to_the_last_bit(float in any::<f64>().prop_filter("JSON", |it| it.is_finite())) {
            let text = format!("[{float:e}]");
            let expected = Value::List([Value::Float(float)].into());
            prop_assert_eq!(format!("{:?}", value(&text, 0).unwrap()), format!("{expected:?}"));
        }
    }

    #[test]
    fn numbers_keep_all_their_digits() {
        let big = |digits: &str| Value::BigInteger(digits.into());
        let long = "7".repeat(400);
        let table = [
            ("0", Value::Integer(0)),
            ("-0", Value::Integer(0)),
            ("-0.0", Value::Float(-0.0)),
            ("9223372036854775807", Value::Integer(i64::MAX)),
            ("9223372036854775808", big("9223372036854775808")),
            ("-123456789012345678901", big("-123456789012345678901")),
            ("1e2", Value::Float(100.0)),
            ("1.0", Value::Float(1.0)),
            ("1e-400", Value::Float(0.0)),
            ("1e400", big("1e+400")),
            ("-2.50E+400", big("-2.50e+400")),
            (&long, big(&long)),
        ];
        for (text, expected) in table {
            for text in [text.to_owned(), format!("[{text}]")] {
                let found = match value(&text, 0).unwrap() {
                    Value::List(items) => items[0].clone(),
                    other => other,
                };
                assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{text}");
            }
        }
        for text in ["[01e400]", "[1e400.5]", "[1e400x]", "[1.e400]", "[1e400 1]"] {
            assert_eq!(value(text, 0), Err(Invalid::NotJson), "{text}");
        }
    }

    #[test]
    fn numbers_in_strings_are_no_numbers() {
        let text = r#"{"1": "2\"3", "a": [4, {"5": -6.5e1}], "b": true, "c": "\\"} "#;
        assert_eq!(Numbers::of(text).collect::<Vec<_>>(), ["4", "-6.5e1"]);
    }

    #[test]
    fn the_last_of_equal_names_counts_and_names_are_sorted() {
        let object = value(r#"{"b": 1, "a": 2, "b": [3]}"#, 0).unwrap();
        assert_eq!(object.to_string(), r#"{"a":2,"b":[3]}"#);
    }

    #[test]
    fn depth_counts_from_the_root_of_the_document() {
        assert!(value("[[1]]", MAX_DEPTH - 2).is_ok());
        assert_eq!(value("[[1]]", MAX_DEPTH - 1), Err(Invalid::TooDeep));
    }
}
