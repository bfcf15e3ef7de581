//! Predicates: the conditions of asserts.

use winnow::Parser;
use winnow::stream::Stream;
use winnow::token::take_while;

use crate::flow::syntax::body::{base64, file, hex, multiline};
use crate::flow::syntax::input::word;
use crate::flow::syntax::input::{
    Input, Parsed, offset, refuse_at, rest, some_spaces, spaces, take,
};
use crate::flow::syntax::number::{Number, is_number, number};
use crate::flow::syntax::response::filter;
use crate::flow::syntax::response::query::{compiled, slashed};
use crate::flow::syntax::text::{backtick, placeholder, quoted};
use crate::flow::syntax::words::unknown;
use crate::flow::tree::assert::{Operand, Predicate};
use crate::flow::tree::query::Pattern;

/// The predicates that are words.
const KNOWN: [&str; 20] = [
    "startsWith",
    "endsWith",
    "contains",
    "includes",
    "matches",
    "exists",
    "isBoolean",
    "isCollection",
    "isDate",
    "isEmpty",
    "isFloat",
    "isInteger",
    "isIpv4",
    "isIpv6",
    "isIsoDate",
    "isList",
    "isNumber",
    "isObject",
    "isString",
    "isUuid",
];

/// Reads a predicate, and whether it has a `not` before it.
pub fn predicate(input: &mut Input<'_>) -> Parsed<(bool, Predicate)> {
    let start = input.checkpoint();
    let is_negated = take(input, "not") && rest(input).starts_with([' ', '\t']);
    if is_negated {
        spaces(input);
    } else {
        input.reset(&start);
    }
    let operator: &str = take_while(0..=2, ['=', '!', '<', '>']).parse_next(input)?;
    let predicate = if operator.is_empty() { by_word(input)? } else { compare(input, operator)? };
    Ok((is_negated, predicate))
}

/// Reads the value of a comparison.
fn compare(input: &mut Input<'_>, operator: &str) -> Parsed<Predicate> {
    let operator_at = offset(input) - operator.len();
    spaces(input);
    let at = offset(input);
    let value = value(input)?;
    let predicate = match operator {
        "==" => return Ok(Predicate::Equal(operand(value, at)?)),
        "!=" => return Ok(Predicate::NotEqual(operand(value, at)?)),
        ">" => Predicate::Greater,
        ">=" => Predicate::GreaterOrEqual,
        "<" => Predicate::Less,
        "<=" => Predicate::LessOrEqual,
        _ => {
            return refuse_at(operator_at, "unknown comparison: expected ==, !=, <, <=, > or >=");
        }
    };
    match value {
        Value::Operand(value, Kind::Number | Kind::Text | Kind::Placeholder) => {
            Ok(predicate(value))
        }
        _ => refuse_at(at, "bad value of a comparison: expected a number or a text"),
    }
}

fn by_word(input: &mut Input<'_>) -> Parsed<Predicate> {
    let at = offset(input);
    let word = word(input)?;
    Ok(match word {
        "startsWith" => Predicate::StartsWith(text_or_bytes(input)?),
        "endsWith" => Predicate::EndsWith(text_or_bytes(input)?),
        "contains" => Predicate::Contains(any_operand(input)?),
        "includes" => Predicate::Includes(any_operand(input)?),
        "matches" => Predicate::Matches(pattern(input)?),
        "exists" => Predicate::Exists,
        "isBoolean" => Predicate::IsBoolean,
        "isCollection" => Predicate::IsCollection,
        "isDate" => Predicate::IsDate,
        "isEmpty" => Predicate::IsEmpty,
        "isFloat" => Predicate::IsFloat,
        "isInteger" => Predicate::IsInteger,
        "isIpv4" => Predicate::IsIpv4,
        "isIpv6" => Predicate::IsIpv6,
        "isIsoDate" => Predicate::IsIsoDate,
        "isList" => Predicate::IsList,
        "isNumber" => Predicate::IsNumber,
        "isObject" => Predicate::IsObject,
        "isString" => Predicate::IsString,
        "isUuid" => Predicate::IsUuid,
        _ => {
            let known = KNOWN.iter().chain(&filter::KNOWN).copied();
            let expected = "==, contains, exists, isString or another predicate";
            return refuse_at(at, unknown("predicate or filter", word, known, expected));
        }
    })
}

/// A value as written.
enum Value {
    Operand(Operand, Kind),
    Regex(Pattern),
}

/// The kind of a value, which decides where it may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    Placeholder,
    Bytes,
    /// A block, a file, `null`, `true` or `false`.
    Other,
}

fn argument(input: &mut Input<'_>) -> Parsed<(usize, Value)> {
    some_spaces(input, "no value of a predicate: expected a blank and a value")?;
    let at = offset(input);
    Ok((at, value(input)?))
}

fn any_operand(input: &mut Input<'_>) -> Parsed<Operand> {
    let (at, value) = argument(input)?;
    operand(value, at)
}

fn operand(value: Value, at: usize) -> Parsed<Operand> {
    match value {
        Value::Operand(operand, _) => Ok(operand),
        Value::Regex(_) => refuse_at(at, "a regular expression is no value: expected matches /…/"),
    }
}

fn text_or_bytes(input: &mut Input<'_>) -> Parsed<Operand> {
    match argument(input)? {
        (_, Value::Operand(operand, Kind::Text | Kind::Bytes)) => Ok(operand),
        (at, _) => refuse_at(at, "bad value of a predicate: expected a text in quotes, or bytes"),
    }
}

fn pattern(input: &mut Input<'_>) -> Parsed<Pattern> {
    match argument(input)? {
        (_, Value::Regex(pattern)) => Ok(pattern),
        (at, Value::Operand(Operand::Text(text), Kind::Text)) => match text.fixed() {
            Some(fixed) => compiled(fixed, at),
            None => Ok(Pattern::Variable(text)),
        },
        (at, _) => refuse_at(at, "bad value of matches: expected /…/ or a text in quotes"),
    }
}

/// Reads a value.
fn value(input: &mut Input<'_>) -> Parsed<Value> {
    let text = rest(input);
    let (operand, kind) = match text.as_bytes().first() {
        Some(b'/') => return slashed(input).map(Value::Regex),
        Some(b'"') => (Operand::Text(quoted(input)?), Kind::Text),
        Some(b'`') if text.starts_with("```") => {
            (Operand::Text(multiline(input)?.text), Kind::Other)
        }
        Some(b'`') => (Operand::Text(backtick(input)?), Kind::Text),
        Some(b'{') if text.starts_with("{{") => {
            (Operand::Placeholder(placeholder(input)?), Kind::Placeholder)
        }
        _ if is_number(text) => (of_number(number(input)?), Kind::Number),
        _ if text.starts_with("base64,") => (Operand::Bytes(base64(input)?.to_vec()), Kind::Bytes),
        _ if text.starts_with("hex,") => (Operand::Bytes(hex(input)?.to_vec()), Kind::Bytes),
        _ if text.starts_with("file,") => (Operand::Bytes(file(input)?.to_vec()), Kind::Other),
        _ => (keyword(input)?, Kind::Other),
    };
    Ok(Value::Operand(operand, kind))
}

/// Returns a number as an operand.
fn of_number(number: Number) -> Operand {
    match number {
        Number::Integer(number) => Operand::Integer(number),
        Number::Float(number) => Operand::Float(number),
        Number::BigInteger(text) => Operand::BigInteger(text),
    }
}

fn keyword(input: &mut Input<'_>) -> Parsed<Operand> {
    let at = offset(input);
    match word(input)? {
        "null" => Ok(Operand::Null),
        "true" => Ok(Operand::Bool(true)),
        "false" => Ok(Operand::Bool(false)),
        _ => refuse_at(
            at,
            "bad value: expected a text in double quotes, a number, true, false, null, /…/ or \
             {{name}}",
        ),
    }
}
