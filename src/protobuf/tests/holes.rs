//! Variables in JSON texts: filled in, they give the same bytes as the text with its values.

use super::marked::Marked;
use super::{all_types, legacy};
use crate::protobuf::{JsonPiece, MessageTemplate, Method};

/// Fills in the values of a text.
fn fill(template: &MessageTemplate, values: &[String]) -> Result<Vec<u8>, String> {
    let mut wire = b"before".to_vec();
    let mut value = |n: usize, text: &mut String| text.push_str(&values[n]);
    template.fill(&mut value, &mut wire).map_err(|problem| {
        assert_eq!(wire, b"before", "a failure leaves the output as before");
        problem.to_string()
    })?;
    Ok(wire.split_off(6))
}

/// Checks that a text whose variables are filled in has the bytes of the text with their values.
pub fn check(method: &Method, text: &str) {
    let marked = Marked::new(text);
    let template = method.compile(&marked.pieces());
    let template = template.unwrap_or_else(|problem| panic!("{text:?}: {problem}"));
    let filled = fill(&template, &marked.values).unwrap_or_else(|text| panic!("{text:?}"));
    let plain = method.encode(&marked.plain).unwrap_or_else(|text| panic!("{text:?}"));
    assert_eq!(filled, plain, "{text:?}");
    assert_eq!(template.is_fixed().is_some(), marked.values.is_empty(), "{text:?}");
}

/// Writes `«` and `»` around the values of variables.
fn check_all(method: &Method, texts: &[&str]) {
    texts.iter().for_each(|text| check(method, &text.replace(['«', '»'], "\u{1}")));
}

#[test]
fn a_variable_is_a_whole_scalar() {
    let texts = [
        r#"{"aString": "«x»"}"#,
        r#"{"aString": "«»"}"#,
        r#"{"aString": "a «b» c «d»«e»"}"#,
        r#"{"aString": "«say "hi" \ there»"}"#,
        r#"{"optionalString": "«»"}"#,
        r#"{"anInt32": «5»}"#,
        r#"{"anInt32": "«-5»"}"#,
        r#"{"anInt32": «0»}"#,
        r#"{"anInt32": «1e3»}"#,
        r#"{"anInt32": «null»}"#,
        r#"{"anInt32": «"7"»}"#,
        r#"{"optionalInt32": «0»}"#,
        r#"{"anInt64": "«9223372036854775807»", "aUint64": «18446744073709551615»}"#,
        r#"{"aSint32": «-1», "aSint64": "«-2»", "aFixed32": «3», "aFixed64": «4»}"#,
        r#"{"aSfixed32": «-3», "aSfixed64": "«-4»"}"#,
        r#"{"aDouble": «0.5», "aFloat": "«NaN»"}"#,
        r#"{"aDouble": «-»1}"#,
        r#"{"aDouble": 1«2».«3»e«4»}"#,
        r#"{"aBool": «true»}"#,
        r#"{"aBool": «false»}"#,
        r#"{"aBool": «tr»ue}"#,
        r#"{"someBytes": "«aGk=»"}"#,
        r#"{"color": "«GREEN»"}"#,
        r#"{"color": "«GR»EEN"}"#,
        r#"{"color": «2»}"#,
        r#"{"color": "«COLOR_UNSPECIFIED»"}"#,
        r#"{"optionalColor": "«COLOR_UNSPECIFIED»"}"#,
    ];
    check_all(&all_types(), &texts);
}

#[test]
fn a_variable_is_inside_messages_lists_and_maps() {
    let texts = [
        r#"{"child": {"child": {"aString": "«x»"}, "anInt32": 1}, "anInt64": 2}"#,
        r#"{"child": {"anInt32": «0»}}"#,
        r#"{"int32s": [1, «2», "«3»", 0, «0»]}"#,
        r#"{"strings": ["a", "«»", "«b»"]}"#,
        r#"{"unpacked": [«0», «1»]}"#,
        r#"{"colors": ["«RED»", 0], "bools": [«true», false], "doubles": [«1»]}"#,
        r#"{"children": [{"anInt32": «1»}, {}, {"aString": "«x»"}]}"#,
        r#"{"labels": {"a": "«x»", "b": "«»"}}"#,
        r#"{"byId": {"1": {"anInt32": «1»}}, "byFlag": {"true": «0»}}"#,
        r#"{"name": "«x»"}"#,
        r#"{"number": «0»}"#,
        r#"{"stringValue": "«x»", "int64Value": "«0»", "boolValue": «true»}"#,
        r#"{"stringValue": "«»"}"#,
        r#"{"struct": {"a": "«x»", "b": ["«y»", {"c": "«»"}]}}"#,
        r#"{"farAway": «7», "aString": "«x»", "child": {"aString": "«y»"}}"#,
    ];
    check_all(&all_types(), &texts);
}

#[test]
fn any_other_variable_is_json() {
    let texts = [
        r#"«{"anInt32": 1}»"#,
        r#"{"child": «{"anInt32": 1}»}"#,
        r#"{"child": «null», "int32s": «null», "labels": «null», "stringValue": «null»}"#,
        r#"{"int32s": «[1, 2]», "children": [«{}», «{"aBool": true}»]}"#,
        r#"{"labels": «{"a": "b"}», "byId": {"1": «{}»}}"#,
        r#"{"labels": {"«a»": "b", "c": "«d»"}}"#,
        r#"{"«anInt32»": 5}"#,
        r#"{"an«Int»32": «5», "aString": "«x»"}"#,
        r#"{"name": «null», "number": «5»}"#,
        r#"{"name": "x", "number": «null»}"#,
        r#"{"at": "«2026-12-01»T09:30:00Z", "length": "«1.5»s", "mask": "«aBool»"}"#,
        r#"{"at": «"2026-12-01T09:30:00Z"»}"#,
        r#"{"struct": {"a": «1», "b": «null», "c": «{"d": [1]}»}}"#,
        r#"{"value": «1», "list": [«2», "«x»"]}"#,
        r#"{"value": "«x»"}"#,
        r#"{"any": {"@type": "type.googleapis.com/golden.v1.AllTypes", "anInt32": «5»}}"#,
        r#"{"any": {"@type": "type.googleapis.com/golden.v1.«AllTypes»"}}"#,
        r#"{"nullValue": «null»}"#,
        r#"{"int64Value": «null», "stringValue": «"x"»}"#,
    ];
    check_all(&all_types(), &texts);
}

#[test]
fn a_variable_is_in_groups_and_extensions() {
    let texts = [
        r#"{"part": {"n": «1», "tags": ["«x»"]}, "item": [{"text": "«y»"}, «{}»]}"#,
        r#"{"[golden.legacy.v1.note]": "«x»", "[golden.legacy.v1.codes]": [«1»]}"#,
        r#"{"flag": «true», "level": "«LOW»", "counts": {"": «0»}}"#,
        r#"{"part": «{"n": 1}»}"#,
    ];
    check_all(&legacy(), &texts);
}

#[test]
fn lengths_that_grow_with_the_values_are_as_short_as_possible() {
    for n in [0, 1, 100, 126, 127, 128, 16_370, 16_383, 16_384, 100_000] {
        let value = "x".repeat(n);
        check(
            &all_types(),
            &format!("{{\"child\": {{\"child\": {{\"aString\": \"\u{1}{value}\u{1}\"}}}}}}"),
        );
        let padding = "y".repeat(120);
        check(
            &all_types(),
            &format!(
                "{{\"child\": {{\"aString\": \"\u{1}{value}\u{1}\", \"Other-Name\": \"{padding}\"}}}}"
            ),
        );
    }
}

#[test]
fn a_value_that_is_escaped_already_is_not_escaped_twice() {
    let pieces = [
        JsonPiece::Fixed(r#"{"aString": ""#),
        JsonPiece::Hole { json: true },
        JsonPiece::Fixed(r#"!"}"#),
    ];
    let template = all_types().compile(&pieces).unwrap();
    let filled = fill(&template, &[r#"say \"hi\"\n"#.into()]).unwrap();
    assert_eq!(filled, all_types().encode(r#"{"aString": "say \"hi\"\n!"}"#).unwrap());
}

#[test]
fn a_value_that_does_not_fit_is_refused_without_being_quoted() {
    let misfit = "the value of a variable does not fit: expected";
    let rows = [
        (
            r#"{"anInt32": «abc»}"#,
            "column 13: field 'anInt32'",
            "an int32, a whole number from -2147483648 to 2147483647",
        ),
        (
            r#"{"anInt32": "«abc»"}"#,
            "column 13: field 'anInt32'",
            "an int32, a whole number from -2147483648 to 2147483647",
        ),
        (
            r#"{"aUint32": «-1»}"#,
            "column 13: field 'aUint32'",
            "a uint32, a whole number from 0 to 4294967295",
        ),
        (
            r#"{"anInt64": «007»}"#,
            "column 13: field 'anInt64'",
            "an int64, a whole number from -9223372036854775808 to 9223372036854775807",
        ),
        (r#"{"aBool": «1»}"#, "column 11: field 'aBool'", "a bool, true or false without quotes"),
        (r#"{"aString": «secret»}"#, "column 13: field 'aString'", "a string in quotes"),
        (r#"{"someBytes": "«!»"}"#, "column 15: field 'someBytes'", "bytes, a string in base64"),
        (
            r#"{"color": "«PINK»"}"#,
            "column 11: field 'color'",
            "a value of enum golden.v1.Color: BLUE, COLOR_UNSPECIFIED, RED, GREEN",
        ),
        (
            r#"{"children": [{"at": "«noon»"}]}"#,
            "column 22: field 'children[0].at'",
            "a google.protobuf.Timestamp, as in \"2026-12-01T09:30:00Z\"",
        ),
        (r#"{"labels": {"k": «5»}}"#, "column 18: field 'labels[\"k\"]'", "a string in quotes"),
        (
            r#"{"child": «[]»}"#,
            "column 11: field 'child'",
            "an object (message golden.v1.AllTypes)",
        ),
        (
            r#"{"int32s": [«null»]}"#,
            "column 13: field 'int32s[0]'",
            "an int32, a whole number from -2147483648 to 2147483647",
        ),
        (
            r#"{"int32s": «1»}"#,
            "column 12: field 'int32s'",
            "a list, each element an int32, a whole number from -2147483648 to 2147483647",
        ),
        (r#"{"labels": {"a": "", "«a»": ""}}"#, "column 12: field 'labels'", "an object (map)"),
    ];
    for (text, place, expected) in rows {
        let marked = Marked::new(&text.replace(['«', '»'], "\u{1}"));
        let template = all_types().compile(&marked.pieces()).unwrap();
        let problem = fill(&template, &marked.values).unwrap_err();
        assert_eq!(problem, format!("line 1, {place}: {misfit} {expected}"), "{text}");
    }
}

#[test]
fn several_messages_are_split() {
    let rows = [
        ("", vec![]),
        (" \n", vec![]),
        ("{}", vec!["{}"]),
        ("[]", vec![]),
        (r#"[{"anInt32": 1}, {}]"#, vec![r#"{"anInt32": 1}"#, "{}"]),
        (
            "{\"anInt32\": 1}{}\n {\"aBool\": true}",
            vec![r#"{"anInt32": 1}"#, "{}", r#"{"aBool": true}"#],
        ),
    ];
    for (text, expected) in rows {
        let templates = all_types().compile_messages(&[JsonPiece::Fixed(text)]).unwrap();
        let found: Vec<_> = templates.iter().map(|one| one.is_fixed().unwrap().clone()).collect();
        let expected: Vec<_> =
            expected.iter().map(|json| all_types().encode(json).unwrap()).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn variables_are_numbered_through_all_messages() {
    let marked =
        Marked::new("{\"anInt32\": \u{1}1\u{1}}\n{\"aString\": \"\u{1}x\u{1}\"}\n\u{1}{}\u{1}");
    let templates = all_types().compile_messages(&marked.pieces()).unwrap();
    let filled: Vec<_> = templates.iter().map(|one| fill(one, &marked.values).unwrap()).collect();
    assert_eq!(filled, [&b"\x18\x01"[..], b"\x72\x01x", b""]);
}
