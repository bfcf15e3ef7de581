//! Filters between numbers and texts.

use super::bad_type;
use crate::flow::value::Value;

/// `toFloat`.
pub fn to_float(value: Value) -> Result<Value, String> {
    match value {
        Value::Float(_) => Ok(value),
        Value::Integer(integer) => Ok(Value::Float(integer as f64)),
        Value::Text(text) => {
            text.parse().map(Value::Float).map_err(|_| "toFloat: the text is no number".to_owned())
        }
        Value::BigInteger(_) => Err("toFloat: the integer is beyond 64 bits".to_owned()),
        other => Err(bad_type("toFloat", "a number or a text", &other)),
    }
}

/// `toInt`. A float loses its fraction, and is held within 64 bits.
pub fn to_int(value: Value) -> Result<Value, String> {
    match value {
        Value::Integer(_) => Ok(value),
        Value::Float(float) => Ok(Value::Integer(float as i64)),
        Value::Text(text) => {
            text.parse().map(Value::Integer).map_err(|_| "toInt: the text is no integer".to_owned())
        }
        Value::BigInteger(_) => Err("toInt: the integer is beyond 64 bits".to_owned()),
        other => Err(bad_type("toInt", "a number or a text", &other)),
    }
}

/// `toString`: as a template shows it.
pub fn to_string(value: &Value) -> Result<Value, String> {
    let expected = "a text, number, date, boolean or null";
    let text = value.render().ok_or_else(|| bad_type("toString", expected, value))?;
    Ok(Value::text(&text))
}
