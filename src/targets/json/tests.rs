//! Tests of the JSON format.

use super::*;
use crate::targets::parse_header;

fn defaults() -> Defaults {
    Defaults {
        headers: vec![parse_header("X: 1").unwrap()],
        body: Bytes::from("default"),
        ..Defaults::default()
    }
}

/// Compares the target of one line, as `name|METHOD url|header=value …|body`.
fn check(line: &str, expected: &str) {
    let targets = read_json(line.as_bytes(), &defaults()).unwrap();
    let [Target { name, method, url, headers, body, .. }] = &targets[..] else {
        panic!("{line}: {} targets", targets.len());
    };
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| format!("{name}={}", value.to_str().unwrap())).collect();
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
fn lists_may_have_any_line_ends_and_blank_lines() {
    let get = |url| format!(r#"{{"method":"GET","url":"{url}"}}"#);
    let long = format!("http://a/{}", "x".repeat(65_000));
    let list =
        format!("\u{feff}{}\r\n\r\n  {}\n\n{}", get("http://b/"), get(&long), get("http://c/"));
    let targets = read_json(list.as_bytes(), &Defaults::default()).unwrap();
    let urls: Vec<_> = targets.iter().map(|target| target.url.as_str()).collect();
    assert_eq!(urls, ["http://b/", &long, "http://c/"]);
}

#[test]
fn a_bad_line_is_refused_with_what_was_expected() {
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
            r#"bad method 'A ***': expected one word, as in {"method": "GET", "url": "http://…"}"#
                .to_owned(),
        ),
        (
            r#"{"method":7,"url":"http://a/"}"#.to_owned(),
            "bad method: expected a string, found a number".to_owned(),
        ),
        (
            r#"{"method":"GET","url":"a"}"#.to_owned(),
            "bad URL '***': expected http:// or https://".to_owned(),
        ),
        (
            format!(r#"{at}"body":"NOT BASE64"}}"#),
            r#"bad body: expected base64, as in "aGVsbG8=""#.to_owned(),
        ),
        (
            format!(r#"{at}"body":"NOT\nBASE64"}}"#),
            r#"bad body: expected base64, as in "aGVsbG8=""#.to_owned(),
        ),
        (
            format!(r#"{at}"body":{{"a":1}}}}"#),
            "bad body: expected a string, found an object".to_owned(),
        ),
        (format!(r#"{at}"header":"A: b"}}"#), format!("bad header: {lists}, found a string")),
        (format!(r#"{at}"header":{{"A":"b"}}}}"#), format!("bad header: {lists}, found a string")),
        (format!(r#"{at}"header":{{"A":[1]}}}}"#), format!("bad header: {lists}, found a number")),
        (
            format!(r#"{at}"header":{{"A:b":["c"]}}}}"#),
            "bad header 'A: ***': expected a key of letters, digits and hyphens, \
             as in 'Key: Value'"
                .to_owned(),
        ),
        (
            format!(r#"{at}"weight":"5"}}"#),
            r#"bad weight '"5"': expected a whole number from 1 to 4294967295"#.to_owned(),
        ),
        (
            "GET http://a/".to_owned(),
            format!("bad target 'GET ***': {form}; for 'METHOD URL' lines give -format=http"),
        ),
        ("{".to_owned(), format!("bad JSON at column 1: EOF while parsing an object, {whole}")),
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
