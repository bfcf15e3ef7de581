//! Predicates: conditions of a value.

use std::cmp::Ordering;
use std::net::{Ipv4Addr, Ipv6Addr};

use chrono::DateTime;
use uuid::Uuid;

use crate::flow::evaluate::patterns;
use crate::flow::expand::{self, Context};
use crate::flow::tree::assert::{Operand, Predicate};
use crate::flow::tree::query::Pattern;
use crate::flow::value::{Value, number};

/// What became of a check.
#[derive(Debug, PartialEq)]
pub struct Verdict {
    /// Whether it held.
    pub held: bool,
    /// The value that was looked at. None if there was none, or if it is the whole body.
    pub found: Option<Value>,
    /// Why it did not hold, if it is not because of the value. None otherwise.
    pub reason: Option<&'static str>,
}

impl Verdict {
    /// Returns the verdict of a comparison that keeps no value.
    pub fn of(held: bool) -> Self {
        Self { held, found: None, reason: None }
    }
}

/// Returns whether a predicate holds for a value, or does not hold if `not` asks for that.
///
/// Without a value no predicate holds. A value of a type that the predicate does not take fails
/// the check, with and without `not`.
///
/// # Errors
///
/// Why the check cannot be made, without a value of the server.
pub fn check(
    predicate: &Predicate,
    not: bool,
    found: Option<Value>,
    context: &mut Context<'_>,
) -> Result<Verdict, String> {
    let Some(value) = found else {
        check_operand(predicate, context)?;
        let reason = (!not).then_some("no value");
        return Ok(Verdict { held: not, found: None, reason });
    };
    let holds = holds(predicate, &value, context)?;
    let reason = holds.is_none().then_some("the value has the wrong type for this predicate");
    Ok(Verdict { held: holds.is_some_and(|holds| holds != not), found: Some(value), reason })
}

/// Checks that the operand of a predicate has a value.
fn check_operand(predicate: &Predicate, context: &mut Context<'_>) -> Result<(), String> {
    use Predicate as P;
    match predicate {
        P::Equal(operand)
        | P::NotEqual(operand)
        | P::Greater(operand)
        | P::GreaterOrEqual(operand)
        | P::Less(operand)
        | P::LessOrEqual(operand)
        | P::StartsWith(operand)
        | P::EndsWith(operand)
        | P::Contains(operand)
        | P::Includes(operand) => evaluate(operand, context).map(drop),
        P::Matches(Pattern::Variable(template)) => expand::text(template, context).map(drop),
        _ => Ok(()),
    }
}

/// Returns whether a predicate holds for a value. None if it does not take values of that type.
fn holds(
    predicate: &Predicate,
    value: &Value,
    context: &mut Context<'_>,
) -> Result<Option<bool>, String> {
    use Predicate as P;
    let mut compared = |operand, is_wanted: fn(Ordering) -> bool| {
        evaluate(operand, context).map(|operand| compare(value, &operand).map(is_wanted))
    };
    match predicate {
        P::Equal(operand) => evaluate(operand, context).map(|operand| Some(*value == operand)),
        P::NotEqual(operand) => evaluate(operand, context).map(|operand| Some(*value != operand)),
        P::Greater(operand) => compared(operand, Ordering::is_gt),
        P::GreaterOrEqual(operand) => compared(operand, Ordering::is_ge),
        P::Less(operand) => compared(operand, Ordering::is_lt),
        P::LessOrEqual(operand) => compared(operand, Ordering::is_le),
        P::StartsWith(operand) => {
            let operand = evaluate(operand, context)?;
            Ok(in_text_or_bytes(
                value,
                &operand,
                |text, it| text.starts_with(it),
                <[u8]>::starts_with,
            ))
        }
        P::EndsWith(operand) => {
            let operand = evaluate(operand, context)?;
            Ok(in_text_or_bytes(value, &operand, |text, it| text.ends_with(it), <[u8]>::ends_with))
        }
        P::Contains(operand) => Ok(contains(value, &evaluate(operand, context)?)),
        P::Includes(operand) => Ok(includes(value, &evaluate(operand, context)?)),
        P::Matches(pattern) => {
            let regex = patterns::regex(pattern, context)?;
            Ok(of_text(value, |text| regex.is_match(text)))
        }
        _ => Ok(has_form(predicate, value)),
    }
}

/// Returns the value of an operand.
fn evaluate(operand: &Operand, context: &mut Context<'_>) -> Result<Value, String> {
    Ok(match operand {
        Operand::Null => Value::Null,
        Operand::Bool(value) => Value::Bool(*value),
        Operand::Integer(value) => Value::Integer(*value),
        Operand::Float(value) => Value::Float(*value),
        Operand::BigInteger(digits) => Value::BigInteger((&**digits).into()),
        Operand::Text(template) => Value::text(&expand::text(template, context)?),
        Operand::Bytes(bytes) => Value::Bytes(bytes.as_slice().into()),
        Operand::Placeholder(placeholder) => context.value(*placeholder)?,
    })
}

/// Returns the order of two values. None if they have none.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::Date(left), Value::Date(right)) => Some(left.cmp(right)),
        _ => number::compare(left, right),
    }
}

/// Returns whether a condition of two texts or two byte strings holds. None for other values.
fn in_text_or_bytes(
    value: &Value,
    operand: &Value,
    in_text: fn(&str, &str) -> bool,
    in_bytes: fn(&[u8], &[u8]) -> bool,
) -> Option<bool> {
    match (value, operand) {
        (Value::Text(text), Value::Text(part)) => Some(in_text(text, part)),
        (Value::Bytes(bytes), Value::Bytes(part)) => Some(in_bytes(bytes, part)),
        _ => None,
    }
}

fn contains(value: &Value, part: &Value) -> Option<bool> {
    let in_bytes = |bytes: &[u8], part: &[u8]| {
        part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
    };
    match value {
        Value::List(_) => includes(value, part),
        _ => in_text_or_bytes(value, part, |text, part| text.contains(part), in_bytes),
    }
}

fn includes(value: &Value, item: &Value) -> Option<bool> {
    match value {
        Value::List(items) => Some(items.contains(item)),
        _ => None,
    }
}

/// Returns whether a condition of a text holds. None for other values.
fn of_text(value: &Value, condition: impl FnOnce(&str) -> bool) -> Option<bool> {
    match value {
        Value::Text(text) => Some(condition(text)),
        _ => None,
    }
}

/// Returns whether a value has a type, or a text a form. None if only texts can have the form.
fn has_form(predicate: &Predicate, value: &Value) -> Option<bool> {
    use Predicate as P;
    let has_type = match predicate {
        P::IsEmpty => return count(value).map(|count| count == 0),
        P::IsIpv4 => return of_text(value, |text| text.parse::<Ipv4Addr>().is_ok()),
        P::IsIpv6 => return of_text(value, |text| text.parse::<Ipv6Addr>().is_ok()),
        P::IsUuid => return of_text(value, |text| Uuid::try_parse(text).is_ok()),
        P::IsIsoDate => return of_text(value, |text| DateTime::parse_from_rfc3339(text).is_ok()),
        P::IsBoolean => matches!(value, Value::Bool(_)),
        P::IsCollection => matches!(value, Value::Bytes(_) | Value::List(_) | Value::Object(_)),
        P::IsDate => matches!(value, Value::Date(_)),
        P::IsFloat => matches!(value, Value::Float(_)),
        P::IsInteger => matches!(value, Value::Integer(_) | Value::BigInteger(_)),
        P::IsList => matches!(value, Value::Bytes(_) | Value::List(_)),
        P::IsNumber => value.is_number(),
        P::IsObject => matches!(value, Value::Object(_)),
        P::IsString => matches!(value, Value::Text(_)),
        // Any value exists.
        _ => true,
    };
    Some(has_type)
}

/// Returns the number of items, members or bytes. None for other values.
fn count(value: &Value) -> Option<usize> {
    match value {
        Value::List(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        Value::Text(text) => Some(text.len()),
        Value::Bytes(bytes) => Some(bytes.len()),
        _ => None,
    }
}
