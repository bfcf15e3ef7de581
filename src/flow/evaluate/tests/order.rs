//! The order of checks and captures, and their messages.

use super::*;
use crate::flow::tree::assert::{Operand, Version};
use crate::flow::tree::pattern;
use crate::flow::tree::query::Pattern;

#[test]
fn status_and_version_come_first_and_end_the_evaluation_if_they_fail() {
    let asserts = vec![assert_of(path("$.id"), vec![], false, Predicate::IsString)];
    let expected = |version, status| Expected {
        line: 3,
        version,
        status,
        asserts: asserts.clone(),
        captures: vec![capture(4, 0, path("$.name"))],
        ..Expected::default()
    };
    let failed =
        |made, failed, error: &str| Checks { made: Some(made), failed, error: Some(error.into()) };
    let mut values = [Value::Unset];
    let (checks, seen) = evaluate_json(&expected(Some(Version::Http2), Some(404)), &mut values);
    assert_eq!(checks, failed(2, 2, "check: version 2"));
    assert_eq!(seen.0, ["3 version 2: false, 1.1", "3 status 404: false, 200"]);
    assert_eq!(values, [Value::Unset]);

    let (checks, seen) = evaluate_json(&expected(Some(Version::Http11), Some(200)), &mut values);
    assert_eq!(checks, failed(3, 1, "check: the line"));
    let lines = [
        "3 version 1.1: true, 1.1",
        "3 status 200: true, 200",
        "4 a = x false",
        "9 the line: false, 7",
    ];
    assert_eq!(seen.0, lines);
    assert_eq!(values, [text("x")]);

    let (checks, _) = evaluate_json(&expected(None, None), &mut values);
    assert_eq!(checks.made, Some(1));
}

#[test]
fn a_capture_without_a_value_ends_the_evaluation() {
    let asserts = vec![assert_of(Query::Status, vec![], false, Predicate::Exists)];
    let captures = vec![
        capture(4, 0, path("$.name")),
        capture(5, 1, path("$.nope")),
        capture(6, 0, path("$.id")),
    ];
    let expected = Expected { asserts, captures, ..Expected::default() };
    let mut values = [Value::Unset, Value::Unset];
    let (checks, seen) = evaluate_json(&expected, &mut values);
    let error = Some("capture: c1: the line: no value".to_owned());
    assert_eq!(checks, Checks { made: Some(0), failed: 0, error });
    assert_eq!(seen.0, ["4 a = x false", "5 missed c1: the line: no value"]);
    assert_eq!(values, [text("x"), Value::Unset]);
}

#[test]
fn a_capture_can_use_the_one_before_it() {
    let later = Capture {
        filters: vec![Filter::Replace(variable(), fixed("y"))],
        ..capture(5, 1, path("$.tags[0]"))
    };
    let captures = vec![capture(4, 0, path("$.tags[0]")), later];
    let mut values = [Value::Unset, Value::Unset];
    let (checks, _) = evaluate_json(&Expected { captures, ..Expected::default() }, &mut values);
    assert_eq!(checks, Checks { made: Some(0), failed: 0, error: None });
    assert_eq!(values, [text("a"), text("y")]);
}

#[test]
fn only_a_text_can_be_redacted() {
    let redacted = |query| vec![Capture { redact: true, ..capture(4, 0, query) }];
    let mut values = [Value::Unset];
    let expected = Expected { captures: redacted(path("$.name")), ..Expected::default() };
    assert_eq!(evaluate_json(&expected, &mut values).1.0, ["4 a = x true"]);
    let expected = Expected { captures: redacted(path("$.id")), ..Expected::default() };
    let error = evaluate_json(&expected, &mut values).0.error.unwrap();
    assert_eq!(error, "capture: c0: the line: an integer cannot be redacted, only a text can");
}

#[test]
fn all_asserts_are_made_and_the_first_failure_is_the_error() {
    let one = |text: &str, predicate| Assert {
        text: text.into(),
        ..assert_of(path("$.id"), vec![], false, predicate)
    };
    let asserts = vec![
        one("first", Predicate::IsInteger),
        one("second", Predicate::Equal(Operand::Integer(8))),
        one("third", Predicate::StartsWith(Operand::Text(fixed("7")))),
        one("fourth", Predicate::Less(Operand::Float(7.5))),
    ];
    let (checks, seen) = evaluate_json(&Expected { asserts, ..Expected::default() }, &mut []);
    let error = Some("check: second".to_owned());
    assert_eq!(checks, Checks { made: Some(4), failed: 2, error });
    let lines = [
        "9 first: true, 7",
        "9 second: false, 7",
        "9 third: false, 7, the value has the wrong type for this predicate",
        "9 fourth: true, 7",
    ];
    assert_eq!(seen.0, lines);
}

#[test]
fn filters_need_a_value() {
    use Predicate::{Equal, Exists};
    let split = || Filter::Split(fixed(","));
    let group = || Filter::Regex(Pattern::Fixed(pattern::compile("(z)").unwrap()));
    let table = [
        (path("$.name"), vec![split(), Filter::Count], false, Equal(Operand::Integer(1)), None),
        (path("$.nope"), vec![Filter::Count], true, Exists, Some("no value for a filter")),
        (path("$.name"), vec![group()], true, Exists, None),
        (path("$.name"), vec![group()], false, Exists, Some("no value")),
        (path("$.name"), vec![group(), split()], true, Exists, Some("no value for a filter")),
        (
            path("$.id"),
            vec![split()],
            true,
            Exists,
            Some("split: expected a text, found an integer"),
        ),
    ];
    for (query, filters, not, predicate, reason) in table {
        let asserts = vec![assert_of(query, filters, not, predicate)];
        let (checks, _) = evaluate_json(&Expected { asserts, ..Expected::default() }, &mut []);
        assert_eq!(checks.error, reason.map(|reason| format!("check: the line: {reason}")));
    }
}

#[test]
fn expected_headers_are_found_among_all_with_their_name() {
    let held = |name: &str, value: &str| {
        let (name, value) = (fixed(name), fixed(value));
        let header = ExpectedHeader { line: 4, text: "the header".into(), name, value };
        let headers = vec![header];
        evaluate_json(&Expected { headers, ..Expected::default() }, &mut []).0
    };
    let ok = Checks { made: Some(1), failed: 0, error: None };
    assert_eq!(held("X-One", "1"), ok);
    assert_eq!(held("X-Two", "2"), ok);
    assert_eq!(held("X-One", "2").error.unwrap(), "check: the header");
    assert_eq!(held("X-Two", "3").error.unwrap(), "check: the header");
    assert_eq!(held("X-Three", "").error.unwrap(), "check: the header: no such header");
}

#[test]
fn an_expected_body_is_compared_as_it_stands() {
    let held = |body: BodyValue| {
        let body = Some(ExpectedBody { line: 4, body });
        evaluate_json(&Expected { body, ..Expected::default() }, &mut [text("x")]).0.error
    };
    let with_variable = Template(vec![
        Part::Text(r#"{ "id": 7, "name": ""#.into()),
        Part::Placeholder(Placeholder::Variable(Slot(0)), Form::InJsonString),
        Part::Text(r#"", "price": 1.50, "on": true, "none": null, "tags": ["a", "b"] }"#.into()),
    ]);
    assert_eq!(held(BodyValue::Text(fixed(JSON))), None);
    assert_eq!(held(BodyValue::Json(with_variable)), None);
    assert_eq!(held(BodyValue::Bytes(JSON.into())), None);
    let other = Some("check: body".to_owned());
    assert_eq!(held(BodyValue::Text(fixed("x"))), other);
    assert_eq!(held(BodyValue::Json(fixed(&JSON.replace(' ', "")))), other);
    assert_eq!(held(BodyValue::Bytes(vec![])), other);
}

#[test]
fn a_variable_without_a_value_fails_the_check_that_uses_it() {
    let asserts = vec![
        assert_of(Query::Status, vec![], true, Predicate::Equal(Operand::Text(variable()))),
        assert_of(path("$.nope"), vec![], true, Predicate::Equal(Operand::Text(variable()))),
    ];
    let (checks, _) =
        evaluate_json(&Expected { asserts, ..Expected::default() }, &mut [Value::Unset]);
    let error = Some("check: the line: variable 'a' has no value".to_owned());
    assert_eq!(checks, Checks { made: Some(2), failed: 2, error });
}
