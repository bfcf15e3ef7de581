//! Tests of values.

use std::sync::Arc;

use chrono::DateTime;
use serde_json::json;

use super::*;

fn date() -> Value {
    Value::Date(DateTime::from_timestamp_micros(1_600_000_000_123_456).unwrap())
}

fn redirect() -> Value {
    Value::Redirect(Arc::new(Redirection { status: 302, location: "http://a/".into() }))
}

fn list(values: &[Value]) -> Value {
    Value::List(values.into())
}

#[test]
fn a_value_takes_at_most_24_bytes() {
    assert!(size_of::<Value>() <= 24);
}

#[test]
fn values_are_shown_as_in_templates() {
    let object = Value::Object([("a".into(), Value::Integer(1))].into());
    let table = [
        (Value::Null, Some("null"), "null"),
        (Value::Bool(true), Some("true"), "true"),
        (Value::Integer(-1), Some("-1"), "-1"),
        (Value::Float(1.0), Some("1.0"), "1.0"),
        (
            Value::BigInteger("12345678901234567890".into()),
            Some("12345678901234567890"),
            "12345678901234567890",
        ),
        (Value::text("a\"b"), Some("a\"b"), "a\"b"),
        (date(), Some("2020-09-13T12:26:40.123456Z"), "2020-09-13T12:26:40.123456Z"),
        (Value::Bytes([1, 255].into()), None, "01ff"),
        (list(&[Value::Integer(1), Value::text("b")]), None, r#"[1,"b"]"#),
        (object, None, r#"{"a":1}"#),
        (Value::Flag, None, "set"),
        (redirect(), None, r#"{"location":"http://a/","status":302}"#),
        (Value::Unset, None, "unset"),
    ];
    for (value, rendered, shown) in table {
        assert_eq!(value.render().as_deref(), rendered, "{value:?}");
        assert_eq!(value.to_string(), shown);
    }
}

#[test]
fn values_of_different_kinds_are_not_equal() {
    let values = [
        Value::Null,
        Value::Bool(true),
        Value::Integer(1),
        Value::text("1"),
        Value::Bytes([1].into()),
        list(&[Value::Integer(1)]),
        Value::Object([("a".into(), Value::Integer(1))].into()),
        date(),
        Value::Flag,
        Value::Unset,
    ];
    for (i, left) in values.iter().enumerate() {
        for (j, right) in values.iter().enumerate() {
            assert_eq!(left == right, i == j, "{left:?} {right:?}");
        }
    }
    assert_eq!(list(&[Value::Integer(1)]), list(&[Value::Float(1.0)]));
    assert_ne!(redirect(), redirect());
}

#[test]
fn a_variable_of_the_command_line_has_the_type_that_its_text_looks_like() {
    let table = [
        ("true", Value::Bool(true)),
        ("null", Value::Null),
        ("42", Value::Integer(42)),
        ("-1", Value::Integer(-1)),
        ("92233720368547758070", Value::BigInteger("92233720368547758070".into())),
        ("1.5", Value::Float(1.5)),
        ("\"42\"", Value::text("42")),
        ("\"open", Value::text("\"open")),
        ("", Value::text("")),
        ("a b", Value::text("a b")),
    ];
    for (text, expected) in table {
        let value = Value::of_variable(text);
        assert_eq!((value.kind(), &value), (expected.kind(), &expected), "{text}");
    }
}

#[test]
fn values_are_written_as_json() {
    let table = [
        (Value::Unset, json!(null)),
        (Value::Float(1.5), json!(1.5)),
        (Value::Float(f64::NAN), json!("NaN")),
        (Value::BigInteger("12345678901234567890".into()), json!(12_345_678_901_234_567_890_u64)),
        (Value::BigInteger("123456789012345678901".into()), json!("123456789012345678901")),
        (Value::Bytes([0, 255].into()), json!("AP8=")),
        (date(), json!("2020-09-13 12:26:40.123456 UTC")),
        (Value::Flag, json!({ "type": "unit" })),
        (list(&[redirect()]), json!([{ "location": "http://a/", "status": 302 }])),
    ];
    for (value, expected) in table {
        assert_eq!(value.to_json(), expected);
    }
}
