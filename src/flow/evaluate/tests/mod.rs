//! Samples for tests of the evaluation.

mod order;
mod predicates;
mod queries;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::*;
use crate::flow::evaluate::answer::Redirect;
use crate::flow::json_path::JsonPath;
use crate::flow::tree::assert::Predicate;
use crate::flow::tree::query::Path;
use crate::flow::tree::template::{Form, Part, Placeholder, Slot, Template};

/// Returns a template without variables.
pub fn fixed(text: &str) -> Template {
    Template(vec![Part::Text(text.into())])
}

/// Returns a template that is the first variable.
fn variable() -> Template {
    Template(vec![Part::Placeholder(Placeholder::Variable(Slot(0)), Form::Plain)])
}

/// Calls `check` with a context in which variables `a`, `b`, … have values.
pub fn with_context<T>(values: &[Value], check: impl FnOnce(&mut Context<'_>) -> T) -> T {
    let names = ["a".into(), "b".into()];
    let mut random = ChaCha8Rng::seed_from_u64(1);
    check(&mut Context { names: &names, values, random: &mut random, wall_ns: 0 })
}

const JSON: &str =
    r#"{ "id": 7, "name": "x", "price": 1.50, "on": true, "none": null, "tags": ["a", "b"] }"#;

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("content-type", "application/json; charset=utf-8"),
        ("x-one", "1"),
        ("x-two", "1"),
        ("x-two", "2"),
        ("set-cookie", "sid=abc; Path=/; Secure"),
    ] {
        headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.append("x-latin", HeaderValue::from_bytes(b"\xe9").unwrap());
    headers
}

fn redirects() -> [Redirect; 1] {
    [Redirect { status: 302, location: "http://a.test/x".to_owned() }]
}

fn answer<'a>(headers: &'a HeaderMap, redirects: &'a [Redirect], body: &'a [u8]) -> Answer<'a> {
    Answer {
        code: 200,
        version: "1.1",
        url: "http://a.test",
        headers,
        body,
        is_truncated: false,
        is_undecodable: false,
        is_good: true,
        latency: Duration::from_micros(12_900),
        redirects,
        ip: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        error: None,
    }
}

/// What an observer saw.
#[derive(Debug, Default, PartialEq)]
struct Seen(Vec<String>);

impl Observer for Seen {
    fn captured(&mut self, line: usize, name: &str, value: &Value, redact: bool) {
        self.0.push(format!("{line} {name} = {value} {redact}"));
    }

    fn checked(&mut self, line: usize, text: &str, held: bool, found: Found<'_>) {
        let value = found.value.map_or("-".to_owned(), ToString::to_string);
        let reason = found.reason.map_or(String::new(), |reason| format!(", {reason}"));
        self.0.push(format!("{line} {text}: {held}, {value}{reason}"));
    }

    fn missed(&mut self, line: usize, text: &str, reason: &str) {
        self.0.push(format!("{line} missed {text}: {reason}"));
    }
}

/// Evaluates an answer with JSON as its body.
fn evaluate_json(expected: &Expected, values: &mut [Value]) -> (Checks, Seen) {
    let (headers, redirects) = (headers(), redirects());
    evaluate_answer(expected, &answer(&headers, &redirects, JSON.as_bytes()), values)
}

fn evaluate_answer(
    expected: &Expected,
    answer: &Answer<'_>,
    values: &mut [Value],
) -> (Checks, Seen) {
    let names = ["a".into(), "b".into()];
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let inputs = Inputs { names: &names, random: &mut random, wall_ns: 0 };
    let mut seen = Seen::default();
    (evaluate(expected, answer, inputs, values, &mut seen), seen)
}

fn assert_of(query: Query, filters: Vec<Filter>, not: bool, predicate: Predicate) -> Assert {
    Assert { line: 9, text: "the line".into(), query, filters, not, predicate }
}

fn capture(line: usize, slot: u16, query: Query) -> Capture {
    let text = format!("c{slot}: the line").into();
    Capture { line, text, slot: Slot(slot), query, filters: vec![], redact: false }
}

fn path(text: &str) -> Query {
    Query::JsonPath(Path::Fixed(JsonPath::parse(text).unwrap()))
}

fn text(text: &str) -> Value {
    Value::text(text)
}
