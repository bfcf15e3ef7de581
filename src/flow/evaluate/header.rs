//! Headers of a response as text, and expected headers.

use http::{HeaderMap, HeaderValue};

use crate::flow::evaluate::answer::Answer;
use crate::flow::evaluate::predicate::Verdict;
use crate::flow::expand::{self, Context};
use crate::flow::tree::assert::ExpectedHeader;
use crate::flow::tree::charset::Charset;
use crate::flow::value::Value;

/// Returns the values of a header, in order. None if the response has no such header.
pub fn values(headers: &HeaderMap, name: &str) -> Option<Value> {
    let mut values: Vec<_> = headers.get_all(name).iter().map(text).collect();
    match values.len() {
        0 | 1 => values.pop(),
        _ => Some(Value::List(values.into())),
    }
}

/// Returns the value of a header as text: UTF-8, or else Latin-1.
fn text(value: &HeaderValue) -> Value {
    let bytes = value.as_bytes().trim_ascii();
    let text = Charset::Utf8.decode(bytes).or_else(|| Charset::Latin1.decode(bytes));
    Value::text(&text.unwrap_or_default())
}

/// Returns whether a response has a header with the expected value, maybe among others.
///
/// # Errors
///
/// If a variable of the expected header has no value.
pub fn check(
    expected: &ExpectedHeader,
    answer: &Answer<'_>,
    context: &mut Context<'_>,
) -> Result<Verdict, String> {
    let wanted = Value::text(&expand::text(&expected.value, context)?);
    let name = expand::text(&expected.name, context)?;
    let found = values(answer.headers, &name);
    let held = match &found {
        None => false,
        Some(Value::List(items)) => items.contains(&wanted),
        Some(value) => *value == wanted,
    };
    let reason = found.is_none().then_some("no such header");
    Ok(Verdict { held, found, reason })
}
