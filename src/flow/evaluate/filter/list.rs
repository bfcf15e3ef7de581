//! Filters of lists.

use super::bad_type;
use crate::flow::value::Value;

/// `count`: the number of items, or of bytes.
pub fn count(value: &Value) -> Result<Value, String> {
    let count = match value {
        Value::List(items) => items.len(),
        Value::Bytes(bytes) => bytes.len(),
        other => return Err(bad_type("count", "a list or bytes", other)),
    };
    Ok(Value::Integer(i64::try_from(count).unwrap_or(i64::MAX)))
}

/// `first`: the first item.
pub fn first(value: &Value) -> Result<Value, String> {
    item(value, "first", |items| items.first())
}

/// `last`: the last item.
pub fn last(value: &Value) -> Result<Value, String> {
    item(value, "last", |items| items.last())
}

/// `nth`: the item at an index from 0, or from the end if it is negative.
pub fn nth(value: &Value, index: i64) -> Result<Value, String> {
    item(value, "nth", |items| {
        let from_start = usize::try_from(index).ok();
        let from_end = || items.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?);
        items.get(from_start.or_else(from_end)?)
    })
}

fn item(
    value: &Value,
    filter: &str,
    choose: impl FnOnce(&[Value]) -> Option<&Value>,
) -> Result<Value, String> {
    match value {
        Value::List(items) => {
            choose(items).cloned().ok_or_else(|| format!("{filter}: the list has no such item"))
        }
        other => Err(bad_type(filter, "a list", other)),
    }
}
