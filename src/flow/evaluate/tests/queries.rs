//! Every query, and bodies that cannot be read.

use super::*;
use crate::flow::tree::pattern;
use crate::flow::tree::query::Pattern;

/// Returns what a query gives for the answer with JSON, in a form that shows its type.
fn queried(query: &Query, values: &[Value]) -> Result<Option<String>, String> {
    let (headers, redirects) = (headers(), redirects());
    let answer = answer(&headers, &redirects, JSON.as_bytes());
    let (text, none) = (OnceCell::new(), Expected::default());
    let body = Body::new(&answer, &text, &none);
    let found = with_context(values, |context| query::evaluate(query, &answer, &body, context))?;
    Ok(found.map(|value| format!("{value:?}")))
}

#[test]
fn queries_give_parts_of_a_response() {
    let regex = |expression| Query::Regex(Pattern::Fixed(pattern::compile(expression).unwrap()));
    let header = |name| Query::Header(fixed(name));
    let two = Value::List([text("1"), text("2")].into());
    let sha = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9";
    let table = [
        (Query::Status, Some(Value::Integer(200))),
        (Query::Version, Some(text("1.1"))),
        (Query::Url, Some(text("http://a.test/"))),
        (header("X-ONE"), Some(text("1"))),
        (header("x-two"), Some(two)),
        (header("x-latin"), Some(text("é"))),
        (header("x-none"), None),
        (header("not a name"), None),
        (Query::Cookie(fixed("sid"), None), Some(text("abc"))),
        (Query::Cookie(fixed("none"), None), None),
        (Query::Body, Some(text(JSON))),
        (Query::Bytes, Some(Value::Bytes(JSON.as_bytes().into()))),
        (Query::RawBytes, Some(Value::Bytes(JSON.as_bytes().into()))),
        (path("$.price"), Some(Value::Float(1.5))),
        (path("$.none"), Some(Value::Null)),
        (path("$.nope"), None),
        (path("$.tags[*]"), Some(Value::List([text("a"), text("b")].into()))),
        (regex(r#""name": "(\w+)""#), Some(text("x"))),
        (regex(r#""name": "\w+""#), None),
        (regex("(zzz)"), None),
        (Query::Variable(Slot(0)), Some(Value::Bool(true))),
        (Query::Variable(Slot(1)), None),
        (Query::Duration, Some(Value::Integer(12))),
        (Query::Ip, Some(text("127.0.0.1"))),
    ];
    let values = [Value::Bool(true), Value::Unset];
    for (query, expected) in table {
        let expected = expected.map(|value| format!("{value:?}"));
        assert_eq!(queried(&query, &values), Ok(expected), "{query:?}");
    }
    let redirects = queried(&Query::Redirects, &[]).unwrap().unwrap();
    assert!(redirects.contains("302") && redirects.contains("http://a.test/x"), "{redirects}");

    let headers = HeaderMap::new();
    let zero = answer(&headers, &[], b"0");
    let (kept, none) = (OnceCell::new(), Expected::default());
    let body = Body::new(&zero, &kept, &none);
    let digest = with_context(&[], |it| query::evaluate(&Query::Sha256, &zero, &body, it));
    assert_eq!(digest.unwrap().unwrap().to_string(), sha);
}

#[test]
fn a_body_that_cannot_be_read_fails_what_needs_it() {
    let mut latin = HeaderMap::new();
    latin.insert("content-type", HeaderValue::from_static("text/html; Charset = latin1"));
    let mut utf16 = HeaderMap::new();
    utf16.insert("content-type", HeaderValue::from_static("text/html;charset=utf-16"));
    let plain = HeaderMap::new();
    let no_charset = "the charset of the body is not supported: expected UTF-8 or Latin-1";
    let table = [
        (&plain, &b"\xe9"[..], Query::Body, Err("the body is not UTF-8")),
        (&plain, b"\xe9", Query::Bytes, Ok(Value::Bytes(b"\xe9"[..].into()))),
        (&latin, b"\xe9", Query::Body, Ok(text("é"))),
        (&utf16, b"x", Query::Body, Err(no_charset)),
        (&utf16, b"[1]", path("$[0]"), Err(no_charset)),
        (&plain, b"<html>", path("$[0]"), Err("the body is not JSON")),
        (&plain, b"[1e999]", path("$[0]"), Ok(Value::BigInteger("1e+999".into()))),
        (&plain, &[b'['; 300], path("$.a"), Err("the body is JSON with more than 127 levels")),
    ];
    for (headers, bytes, query, expected) in table {
        let answer = answer(headers, &[], bytes);
        let (text, none) = (OnceCell::new(), Expected::default());
        let body = Body::new(&answer, &text, &none);
        let found = with_context(&[], |context| query::evaluate(&query, &answer, &body, context));
        assert_eq!(found, expected.map(Some).map_err(str::to_owned), "{query:?}");
    }
}

#[test]
fn a_body_that_was_cut_fails_what_needs_it() {
    let headers = HeaderMap::new();
    let cut = Answer { is_truncated: true, ..answer(&headers, &[], b"[1]") };
    let regex = Pattern::Fixed(pattern::compile("(1)").unwrap());
    let queries = [
        Query::Body,
        Query::Bytes,
        Query::RawBytes,
        Query::Sha256,
        path("$[0]"),
        Query::Regex(regex),
    ];
    for query in queries {
        let asserts = vec![assert_of(query.clone(), vec![], true, Predicate::Exists)];
        let expected = Expected { asserts, ..Expected::default() };
        let (checks, _) = evaluate_answer(&expected, &cut, &mut []);
        let error = "check: the line: the body is larger than 16 MiB".to_owned();
        let wanted = Checks { made: Some(1), failed: 1, error: Some(error) };
        assert_eq!(checks, wanted, "{query:?}");
    }
    let asserts = vec![assert_of(Query::Status, vec![], false, Predicate::Exists)];
    let (checks, _) = evaluate_answer(&Expected { asserts, ..Expected::default() }, &cut, &mut []);
    assert_eq!(checks, Checks { made: Some(1), failed: 0, error: None });
}
