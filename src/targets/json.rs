//! Lists in Vegeta's JSON format: one object a line.
//!
//! ```text
//! {"method": "POST", "url": "http://a/", "header": {"Accept": ["*/*"]}, "body": "aGVsbG8="}
//! ```
//!
//! `method` and `url` are required, `body` is in base64, `name` is the target's own name, `weight`
//! how often it is hit. Other keys are skipped, blank lines too.

use std::io::BufRead;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::targets::draft::{Drafter, Opening};
use crate::targets::fields::{checked_header, clip};
use crate::targets::lines::Lines;
use crate::targets::template::Origin;
use crate::targets::{Defaults, Reading, Target, one_by_one, weight};

const FORM: &str = r#"{"method": "GET", "url": "http://…"}"#;

/// Reads a whole list in the JSON format.
///
/// # Errors
///
/// [`Error::Line`] at the first line that is not in the format, [`Error::NoTargets`] where the
/// list has none, [`Error::Io`] where the input cannot be read.
pub fn read_json(input: impl BufRead, defaults: &Defaults) -> Result<Vec<Target>, Error> {
    let mut reader = Reader::new(input, defaults.clone(), Reading::Whole);
    let targets = one_by_one(|| reader.next_target()).collect::<Result<_, _>>()?;
    reader.drafter.finish(targets)
}

/// Reads a list in the JSON format target by target, each as soon as its line is whole. Weights
/// and variables, which only a whole list can have, are errors.
///
/// Ends with the list, or with the first error, which is one of [`read_json`]'s.
pub fn json_targets(
    input: impl BufRead,
    defaults: Defaults,
) -> impl Iterator<Item = Result<Target, Error>> {
    let mut reader = Reader::new(input, defaults, Reading::AsNeeded);
    one_by_one(move || reader.next_target())
}

struct Reader<R> {
    lines: Lines<R>,
    reading: Reading,
    drafter: Drafter,
}

impl<R: BufRead> Reader<R> {
    fn new(input: R, defaults: Defaults, reading: Reading) -> Self {
        Self { lines: Lines::new(input), reading, drafter: Drafter::new(defaults, reading) }
    }

    /// Returns the target of the next line that is not blank; None at the end of the list.
    fn next_target(&mut self) -> Result<Option<Target>, Error> {
        while let Some(line) = self.lines.next()? {
            if !line.text.is_empty() {
                let fields = parse_fields(line.text, self.reading);
                let fields = fields.map_err(|problem| line.error(problem))?;
                return make_target(fields, line.number, &mut self.drafter).map(Some);
            }
        }
        Ok(None)
    }
}

/// What an object says of its target.
struct Fields {
    name: String,
    weight: u32,
    method: Method,
    url: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Empty for none.
    body: Bytes,
}

fn make_target(fields: Fields, line: usize, drafter: &mut Drafter) -> Result<Target, Error> {
    let Fields { name, weight, method, url, headers, body } = fields;
    let mut draft = drafter.begin(Opening { line, name, weight, method, url: &url })?;
    for header in headers {
        drafter.header(&mut draft, header, line)?;
    }
    if !body.is_empty() {
        drafter.body(&mut draft, body, line, Origin::Base64)?;
    }
    drafter.end(draft)
}

/// Parses one line; the error is what is wrong with it and what was expected.
fn parse_fields(line: &str, reading: Reading) -> Result<Fields, String> {
    let mut fields = parse_object(line)?;
    Ok(Fields {
        method: parse_method(required(&mut fields, "method")?)?,
        url: required(&mut fields, "url")?,
        headers: parse_headers(fields.remove("header"))?,
        body: text(&mut fields, "body")?.map_or(Ok(Bytes::new()), |body| decode_body(&body))?,
        name: text(&mut fields, "name")?.unwrap_or_default(),
        weight: parse_weight(fields.remove("weight"), reading)?,
    })
}

fn parse_object(line: &str) -> Result<Map<String, Value>, String> {
    if !line.starts_with('{') {
        let line = clip(line);
        return Err(format!(
            "bad target '{line}': expected {FORM}; for 'METHOD URL' lines give -format=http"
        ));
    }
    serde_json::from_str(line).map_err(|error| {
        let (cause, column) = (cause_of(&error), error.column());
        format!("bad JSON at column {column}: {cause}, expected one whole object like {FORM}")
    })
}

/// Returns serde_json's words without the place, whose line is always the first.
fn cause_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ").map_or(text.clone(), |(cause, _)| cause.to_owned())
}

fn required(fields: &mut Map<String, Value>, key: &str) -> Result<String, String> {
    text(fields, key)?
        .filter(|value| !value.is_empty())
        .ok_or_else(|| format!("no {key}: expected {FORM}"))
}

/// Takes a text out of the object; None where it is missing or null.
fn text(fields: &mut Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match fields.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(value)) => Ok(Some(value)),
        Some(other) => Err(format!("bad {key} '{}': expected a string", quoted(&other))),
    }
}

fn parse_weight(field: Option<Value>, reading: Reading) -> Result<u32, String> {
    match field {
        None | Some(Value::Null) => Ok(weight::USUAL),
        Some(weight) => weight::parse(&weight.to_string(), reading),
    }
}

fn parse_method(text: String) -> Result<Method, String> {
    Method::from_bytes(text.as_bytes())
        .map_err(|_| format!("bad method '{}': expected one word, as in {FORM}", clip(&text)))
}

/// Returns the headers sorted by key, since a JSON object has no order; a key's values keep theirs.
fn parse_headers(field: Option<Value>) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let entries = match field {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(entries)) => entries,
        Some(other) => return Err(bad_header(&other)),
    };
    let mut headers = Vec::new();
    for (key, values) in entries {
        for value in parse_values(values)? {
            let header = checked_header(&key, &value);
            headers.push(header.map_err(|expected| {
                format!("bad header '{}': expected {expected}", clip(&format!("{key}: {value}")))
            })?);
        }
    }
    Ok(headers)
}

/// Returns the values of one key; none where the list is null.
fn parse_values(field: Value) -> Result<Vec<String>, String> {
    let values = match field {
        Value::Null => return Ok(Vec::new()),
        Value::Array(values) => values,
        other => return Err(bad_header(&other)),
    };
    let text = |value| match value {
        Value::String(text) => Ok(text),
        other => Err(bad_header(&other)),
    };
    values.into_iter().map(text).collect()
}

fn bad_header(value: &Value) -> String {
    format!(
        r#"bad header '{}': expected lists of strings, as in {{"Accept": ["text/html"]}}"#,
        quoted(value)
    )
}

/// Decodes base64, also broken into lines, as the tools that make it do.
///
/// Source: Go, package encoding/base64, which skips the same characters.
fn decode_body(text: &str) -> Result<Bytes, String> {
    STANDARD
        .decode(text.replace(['\r', '\n'], ""))
        .map(Bytes::from)
        .map_err(|_| format!("bad body '{}': expected base64, as in \"aGVsbG8=\"", clip(text)))
}

fn quoted(value: &Value) -> String {
    clip(&value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::parse_header;

    fn defaults() -> Defaults {
        Defaults {
            headers: vec![parse_header("X: 1").unwrap()],
            body: Bytes::from("default"),
            ..Defaults::default()
        }
    }

    /// Reads one line and shows it as `name|METHOD url|header=value …|body`.
    fn check(line: &str, expected: &str) {
        let targets = read_json(line.as_bytes(), &defaults()).unwrap();
        let [Target { name, method, url, headers, body, .. }] = &targets[..] else {
            panic!("{line}: {} targets", targets.len());
        };
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}={}", value.to_str().unwrap()))
            .collect();
        let body = str::from_utf8(body).unwrap();
        assert_eq!(format!("{name}|{method} {url}|{}|{body}", headers.join(" ")), expected);
    }

    #[test]
    fn an_object_reads_as_a_target() {
        let table = [
            (r#"{"method":"GET","url":"http://a/"}"#, "|GET http://a/|x=1|default"),
            (r#"{"url":"http://a/","method":"brew","weight":null}"#, "|brew http://a/|x=1|default"),
            (r#"{"method":"PUT","url":"http://a/","body":"aGVsbG8="}"#, "|PUT http://a/|x=1|hello"),
            (
                r#"{"method":"PUT","url":"http://a/","body":"aGVs\r\nbG8=\n"}"#,
                "|PUT http://a/|x=1|hello",
            ),
            (
                r#"{"method":"GET","url":"http://a/","header":{"X":["2","3"],"B":[""],"C":null}}"#,
                "|GET http://a/|x=1 b= x=2 x=3|default",
            ),
            (
                r#"{"method":"GET","url":"http://a/","body":null,"header":null,"name":null}"#,
                "|GET http://a/|x=1|default",
            ),
            (
                r#"{"method":"GET","url":"http://a/","name":"log in","weight":5,"z":[{}]}"#,
                "log in|GET http://a/|x=1|default",
            ),
        ];
        for (line, expected) in table {
            check(line, expected);
        }
    }

    #[test]
    fn lists_are_read_in_every_form_that_editors_leave_them_in() {
        let get = |url| format!(r#"{{"method":"GET","url":"{url}"}}"#);
        let long = format!("http://a/{}", "x".repeat(65_000));
        let list =
            format!("\u{feff}{}\r\n\r\n  {}\n\n{}", get("http://b/"), get(&long), get("http://c/"));
        let targets = read_json(list.as_bytes(), &Defaults::default()).unwrap();
        let urls: Vec<_> = targets.iter().map(|target| target.url.as_str()).collect();
        assert_eq!(urls, ["http://b/", &long, "http://c/"]);
    }

    #[test]
    fn a_bad_line_is_named_with_what_was_expected() {
        let form = r#"expected {"method": "GET", "url": "http://…"}"#;
        let whole = r#"expected one whole object like {"method": "GET", "url": "http://…"}"#;
        let lists = r#"expected lists of strings, as in {"Accept": ["text/html"]}"#;
        let at = r#"{"method":"GET","url":"http://a/","#;
        let table = [
            (r#"{"url":"http://a/"}"#.to_owned(), format!("no method: {form}")),
            (r#"{"method":"","url":"http://a/"}"#.to_owned(), format!("no method: {form}")),
            (r#"{"method":"GET"}"#.to_owned(), format!("no url: {form}")),
            (
                r#"{"method":"A B","url":"http://a/"}"#.to_owned(),
                r#"bad method 'A B': expected one word, as in {"method": "GET", "url": "http://…"}"#
                    .to_owned(),
            ),
            (
                r#"{"method":7,"url":"http://a/"}"#.to_owned(),
                "bad method '7': expected a string".to_owned(),
            ),
            (
                r#"{"method":"GET","url":"a"}"#.to_owned(),
                "bad URL 'a': expected http:// or https://".to_owned(),
            ),
            (
                format!(r#"{at}"body":"NOT BASE64"}}"#),
                r#"bad body 'NOT BASE64': expected base64, as in "aGVsbG8=""#.to_owned(),
            ),
            (
                format!(r#"{at}"body":"NOT\nBASE64"}}"#),
                r#"bad body 'NOT\nBASE64': expected base64, as in "aGVsbG8=""#.to_owned(),
            ),
            (
                format!(r#"{at}"body":{{"a":1}}}}"#),
                r#"bad body '{"a":1}': expected a string"#.to_owned(),
            ),
            (format!(r#"{at}"header":"A: b"}}"#), format!(r#"bad header '"A: b"': {lists}"#)),
            (format!(r#"{at}"header":{{"A":"b"}}}}"#), format!(r#"bad header '"b"': {lists}"#)),
            (format!(r#"{at}"header":{{"A":[1]}}}}"#), format!("bad header '1': {lists}")),
            (
                format!(r#"{at}"header":{{"A:b":["c"]}}}}"#),
                "bad header 'A:b: c': expected a key of letters, digits and hyphens, \
                 as in 'Key: Value'"
                    .to_owned(),
            ),
            (
                format!(r#"{at}"weight":"5"}}"#),
                r#"bad weight '"5"': expected a whole number from 1 to 4294967295"#.to_owned(),
            ),
            (
                "GET http://a/".to_owned(),
                format!(
                    "bad target 'GET http://a/': {form}; for 'METHOD URL' lines give -format=http"
                ),
            ),
            (
                "{".to_owned(),
                format!("bad JSON at column 1: EOF while parsing an object, {whole}"),
            ),
            (
                r#"{"method":"GET"} trailing"#.to_owned(),
                format!("bad JSON at column 18: trailing characters, {whole}"),
            ),
        ];
        for (line, expected) in table {
            let list = format!("\n{line}\n");
            let error = read_json(list.as_bytes(), &Defaults::default()).unwrap_err();
            assert_eq!(error.to_string(), format!("line 2: {expected}"));
        }
    }

    #[test]
    fn a_list_without_targets_is_refused() {
        let error = read_json(&b"\n \n"[..], &Defaults::default()).unwrap_err();
        assert!(matches!(error, Error::NoTargets));
    }
}
