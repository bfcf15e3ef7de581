//! Texts that are no message: each problem names the place, the field and what was expected.

use super::all_types;
use crate::protobuf::JsonPiece;

#[test]
fn a_problem_names_its_place_and_what_was_expected() {
    let whole = "a whole number from";
    let rows = [
        ("", "line 1, column 1: the text is empty: expected a JSON object, {} for an empty message".into()),
        ("{", "line 1, column 2: expected the name of a field in quotes".into()),
        ("{}\n}", "line 2, column 1: expected a value: an object, a list, a string, a number, true, false or null".into()),
        ("{} {}", "line 1, column 4: expected the end after the message".into()),
        ("{\"anInt32\" 1}", "line 1, column 12: expected ':' after the name of a field".into()),
        ("{\"anInt32\": 1,}", "line 1, column 15: expected the name of a field in quotes".into()),
        ("{\"anInt32\": 1", "line 1, column 14: expected ',' or '}' after a value of an object".into()),
        ("{\"anInt32\": ", "line 1, column 13: the text ends where a value was expected".into()),
        ("{\"aString\": x}", "line 1, column 13: expected a value: text must be in quotes".into()),
        ("{\"aString\": \"x", "line 1, column 15: the text ends inside a string".into()),
        ("{\"aString\": \"\\x\"}", "line 1, column 14: bad escape in a string: expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX".into()),
        ("{\n  \"anInt32\": \"abc\"\n}", format!("line 2, column 14: field 'anInt32': expected an int32, {whole} -2147483648 to 2147483647, found a string")),
        ("{\"child\": {\"int32s\": [1, true]}}", format!("line 1, column 26: field 'child.int32s[1]': expected an int32, {whole} -2147483648 to 2147483647, found true or false")),
        ("{\"anInt32\": 2147483648}", format!("line 1, column 13: field 'anInt32': expected an int32, {whole} -2147483648 to 2147483647, found a number")),
        ("{\"aUint64\": 18446744073709551616}", format!("line 1, column 13: field 'aUint64': expected a uint64, {whole} 0 to 18446744073709551615, found a number")),
        ("{\"aBool\": \"true\"}", "line 1, column 11: field 'aBool': expected a bool, true or false without quotes, found a string".into()),
        ("{\"aDouble\": 1e400}", "line 1, column 13: field 'aDouble': expected a double, a number or \"NaN\", \"Infinity\", \"-Infinity\", found a number".into()),
        ("{\"someBytes\": \"a\"}", "line 1, column 15: field 'someBytes': expected bytes, a string in base64, found a string".into()),
        ("{\"color\": \"GREN\"}", "line 1, column 11: field 'color': unknown value 'GREN' of enum golden.v1.Color: expected 'GREEN'".into()),
        ("{\"color\": \"X\"}", "line 1, column 11: field 'color': unknown value 'X' of enum golden.v1.Color: expected BLUE, COLOR_UNSPECIFIED, RED, GREEN".into()),
        ("{\"child\": {\"a_strin\": \"\"}}", "line 1, column 12: field 'child': unknown field 'a_strin' of message golden.v1.AllTypes: expected 'a_string'".into()),
        ("{\"labels\": {\"a\": 1}}", "line 1, column 18: field 'labels[\"a\"]': expected a string in quotes, found a number".into()),
        ("{\"labels\": [1]}", "line 1, column 12: field 'labels': expected an object (map), found a list".into()),
        ("{\"labels\": {\"a\": \"\", \"a\": \"\"}}", "line 1, column 22: field 'labels[\"a\"]': a key is there twice: expected it once".into()),
        ("{\"byId\": {\"x\": {}}}", format!("line 1, column 11: field 'byId[\"x\"]': expected an int32, {whole} -2147483648 to 2147483647, found a string")),
        ("{\"child\": []}", "line 1, column 11: field 'child': expected an object (message golden.v1.AllTypes), found a list".into()),
        ("[]", "line 1, column 1: expected an object (message golden.v1.AllTypes), found a list".into()),
        ("{\"aBool\": true, \"a_bool\": true}", "line 1, column 17: field 'a_bool' is there twice: expected it once".into()),
        ("{\"name\": \"\", \"flag\": true}", "line 1, column 14: fields 'name' and 'flag' are both set, but both belong to oneof 'choice': expected one of them".into()),
        ("{\"at\": \"noon\"}", "line 1, column 8: field 'at': expected a google.protobuf.Timestamp, as in \"2026-12-01T09:30:00Z\", found a string".into()),
        ("{\"length\": 5}", "line 1, column 12: field 'length': expected a google.protobuf.Duration, as in \"1.5s\", found a number".into()),
        ("{\"any\": {\"@type\": \"x/y\"}}", "line 1, column 19: field 'any': unknown type 'x/y': expected a message of the schema, as in type.googleapis.com/package.Message".into()),
    ];
    for (text, expected) in rows {
        assert_eq!(all_types().encode(text).unwrap_err().to_string(), expected, "{text}");
    }
}

#[test]
fn a_problem_of_a_text_with_variables_has_its_place() {
    let hole = JsonPiece::Hole { json: false };
    let rows: [(&[JsonPiece<'_>], &str); 4] = [
        (
            &[JsonPiece::Fixed("{\"aBool\": \""), hole, JsonPiece::Fixed("\"}")],
            "line 1, column 11: field 'aBool': expected a bool, true or false without quotes, found a string",
        ),
        (
            &[JsonPiece::Fixed("{\"child\": \""), hole, JsonPiece::Fixed("\"}")],
            "line 1, column 11: field 'child': expected an object (message golden.v1.AllTypes), found a string",
        ),
        (
            &[JsonPiece::Fixed("{\"aString\": \""), hole, JsonPiece::Fixed("\",\n\"x\": 1}")],
            "line 2, column 1: unknown field 'x' of message golden.v1.AllTypes: expected one of a_double, a_float, an_int32, an_int64, a_uint32, a_uint64, a_sint32, a_sint64, a_fixed32, a_fixed64, …",
        ),
        (
            &[JsonPiece::Fixed("{"), hole, JsonPiece::Fixed("\0}")],
            "line 1, column 3: a character of code 0: expected \\u0000 in a string",
        ),
    ];
    for (pieces, expected) in rows {
        assert_eq!(all_types().compile(pieces).unwrap_err().to_string(), expected);
    }
}

#[test]
fn text_that_is_nested_too_deeply_is_refused() {
    let nested = |n: usize| format!("{}{{}}{}", "{\"child\":".repeat(n), "}".repeat(n));
    assert!(all_types().encode(&nested(126)).is_ok());
    let problem = all_types().encode(&nested(127)).unwrap_err();
    assert!(problem.text().starts_with("too many lists and objects"), "{problem}");
    assert!(all_types().encode(&"[".repeat(1_000_000)).is_err());
}
