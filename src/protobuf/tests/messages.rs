//! JSON texts without variables, compared with prost-reflect.

use super::{all_types, legacy, reference};
use crate::protobuf::Method;

/// Checks that a text has the bytes that prost-reflect makes of it.
fn check(method: &Method, json: &str) {
    let message = method.request_type();
    let theirs = reference::encode(&message, json);
    let theirs = theirs.unwrap_or_else(|| panic!("prost-reflect refuses {json}"));
    let ours = method.encode(json).unwrap_or_else(|problem| panic!("{json}: {problem}"));
    reference::assert_same(&message, &ours, &theirs, json);
}

#[test]
fn every_spelling_of_a_value_has_the_same_bytes_as_in_prost_reflect() {
    let method = all_types();
    let rows = include_str!("../../../tests/golden/grpc/messages.jsonl");
    assert!(rows.lines().count() >= 50, "the rows are read");
    rows.lines().for_each(|row| check(&method, row));
}

#[test]
fn the_older_syntax_has_the_same_bytes_as_in_prost_reflect() {
    let method = legacy();
    for row in include_str!("../../../tests/golden/grpc/legacy.jsonl").lines() {
        check(&method, row);
    }
}

#[test]
fn fields_are_in_the_order_of_their_numbers() {
    let wire = all_types().encode(r#"{"aString": "x", "an_int32": 1, "farAway": 2}"#).unwrap();
    assert_eq!(&wire[..], b"\x18\x01\x72\x01x\x80\xbe\x92\x01\x02");
}

#[test]
fn the_schema_says_which_lists_are_packed() {
    let wire = all_types().encode(r#"{"int32s": [0, 1], "unpacked": [0, 1]}"#).unwrap();
    assert_eq!(&wire[..], b"\x92\x01\x02\0\x01\xc5\x01\0\0\0\0\xc5\x01\x01\0\0\0");
    let wire = legacy().encode(r#"{"numbers": [0, 1], "packed": [0, 1]}"#).unwrap();
    assert_eq!(&wire[..], b"\x28\0\x28\x01\x32\x02\0\x01");
}

#[test]
fn entries_of_a_map_are_in_the_order_of_the_text() {
    let wire = all_types().encode(r#"{"byNumber": {"2": "RED", "1": "RED"}}"#).unwrap();
    assert_eq!(&wire[..], b"\x8a\x02\x04\x08\x02\x10\x01\x8a\x02\x04\x08\x01\x10\x01");
}

#[test]
fn a_long_message_has_a_length_of_several_bytes() {
    for n in [0, 1, 126, 127, 128, 129, 16_383, 16_384, 70_000] {
        let text = "x".repeat(n);
        check(&all_types(), &format!(r#"{{"child": {{"child": {{"aString": "{text}"}}}}}}"#));
    }
}

#[test]
fn the_greatest_float_is_accepted_in_its_shortest_form() {
    // prost-reflect refuses this text, which others write.
    let wire = all_types().encode(r#"{"aFloat": 3.4028235e38}"#).unwrap();
    assert_eq!(wire[1..], f32::MAX.to_le_bytes());
}
