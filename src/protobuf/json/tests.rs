//! Tests of the JSON parser: it accepts what serde_json accepts, and finds the places of values.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::*;

/// Reads a text with one value.
fn ours(text: &str) -> Option<Value> {
    read(text).ok().and_then(|value| plain(&value))
}

/// Returns a value without places. None if a number is out of range.
fn plain(value: &JsonValue<'_>) -> Option<Value> {
    Some(match value {
        JsonValue::Null => Value::Null,
        JsonValue::Bool(value) => (*value).into(),
        JsonValue::Number(text) => Value::Number(serde_json::from_str(text).ok()?),
        JsonValue::Text(text) => text.as_ref().into(),
        JsonValue::List(items) => {
            let items = items.iter().map(|item| plain(&item.value));
            Value::Array(items.collect::<Option<_>>()?)
        }
        JsonValue::Object(members) => {
            let member = |member: &Member<'_>| match &member.key {
                Key::Fixed(key) => Some((key.to_string(), plain(&member.value.value)?)),
                Key::Template(_) => None,
            };
            Value::Object(members.iter().map(member).collect::<Option<_>>()?)
        }
        JsonValue::Template(_) | JsonValue::Raw(_) => return None,
    })
}

/// Checks that a text is read as serde_json reads it.
fn check(text: &str) {
    assert_eq!(ours(text), serde_json::from_str(text).ok(), "{text:?}");
}

#[test]
fn a_text_is_accepted_if_serde_json_accepts_it() {
    let texts = [
        "",
        " ",
        "null",
        " true\n",
        "false",
        "nul",
        "nulls",
        "True",
        "0",
        "-0",
        "00",
        "-",
        "1.",
        ".5",
        "1.5",
        "1e5",
        "1E+5",
        "1e",
        "1e-",
        "+1",
        "1.5e-3",
        "0x1",
        "1_0",
        "$a",
        "1e400",
        "123456789012345678901234567890",
        "\"\"",
        "\"a",
        "\"\\n\\\"\\\\\\/\\b\\f\\r\\t\"",
        "\"\\a\"",
        "\"\\u00e9\"",
        "\"\\u00G9\"",
        "\"\\u+0e9\"",
        "\"\\ud83d\\ude80\"",
        "\"\\ud83d\"",
        "\"\\ude80\"",
        "\"\\ud83d\\u0041\"",
        "\"\\ud83dx\"",
        "\"\\u12\"",
        "\"a\tb\"",
        "\"a\u{7f}b\"",
        "\"\u{0}\"",
        "\u{0}",
        "\"é🚀\"",
        "[]",
        "[1]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[[[]]]",
        "{}",
        "{\"a\":1}",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1,\"a\":2}",
        "{\"\":{\"\":[null]}}",
        "[}",
        "{]",
        "1 2",
        "[] []",
        "// x",
        "\u{feff}1",
        "'a'",
        "\u{a0}1",
    ];
    texts.iter().for_each(|text| check(text));
    for n in [126, 127, 128, 129] {
        check(&format!("{}{}", "[".repeat(n), "]".repeat(n)));
        check(&format!("{}1{}", "{\"a\":".repeat(n), "}".repeat(n)));
    }
}

#[test]
fn a_random_text_is_accepted_if_serde_json_accepts_it() {
    let tokens = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\"a\"",
        "\"b\":",
        "1",
        "-",
        "0",
        ".",
        "e",
        "true",
        "null",
        " ",
        "\n",
        "\\",
        "\\u00e9",
        "\\ud83d",
        "\\ude80",
        "é",
        "[1,2]",
        "{\"a\":1}",
    ];
    proptest!(|(tokens in vec(select(tokens.to_vec()), 0..10))| check(&tokens.concat()));
}

#[test]
fn every_value_knows_its_place() {
    let source = Source::new(&[
        JsonPiece::Fixed("{\n  \"é\": ["),
        JsonPiece::Hole { json: false },
        JsonPiece::Fixed(", \"x"),
        JsonPiece::Hole { json: true },
        JsonPiece::Fixed("\"]\n}"),
    ]);
    let source = source.unwrap_or_else(|place| panic!("{place:?}"));
    let values = parse_all(&source).unwrap();
    let JsonValue::Object(members) = &values[0].value else { panic!("an object was expected") };
    let JsonValue::List(items) = &members[0].value.value else { panic!("a list was expected") };
    let places = [values[0].at, members[0].at, members[0].value.at, items[0].at, items[1].at];
    let places = places.map(|at| source.position(at));
    assert_eq!(places, [(1, 1), (2, 3), (2, 8), (2, 9), (2, 12)]);
    let hole = |number, is_escaped| TextPart::Hole(Hole { number, is_escaped });
    assert_eq!(items[0].value, JsonValue::Raw(vec![hole(0, false)]));
    let text = TextPart::Fixed("x".into());
    assert_eq!(items[1].value, JsonValue::Template(vec![text, hole(1, true)]));
}
