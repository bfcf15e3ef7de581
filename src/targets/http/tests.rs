//! Tests of the http format.

use std::fs;

use super::*;
use crate::targets::{parse_base_url, parse_header};

/// Compares the targets of a list, each as `name|METHOD url|header=value …|body`.
fn check(list: &str, defaults: &Defaults, expected: &[&str]) {
    let targets = read_http(list.as_bytes(), defaults).unwrap();
    assert_eq!(targets.iter().map(show).collect::<Vec<_>>(), expected, "{list}");
}

fn show(target: &Target) -> String {
    let headers: Vec<_> = target
        .headers
        .iter()
        .map(|(name, value)| format!("{name}={}", value.to_str().unwrap()))
        .collect();
    let body = str::from_utf8(&target.body).unwrap();
    format!("{}|{} {}|{}|{body}", target.name, target.method, target.url, headers.join(" "))
}

#[test]
fn a_document_of_eight_targets_reads_as_vegeta_reads_it() {
    let directory = tempfile::tempdir().unwrap();
    let body = directory.path().join("body.txt");
    fs::write(&body, "Hello world!").unwrap();
    let list = format!(
        "
        GET http://:6060/
        X-Header: 1
        X-Header: 2

        # a comment between targets
        PUT https://:6060/123

        DELETE http://moo:443/boo
        HEAD http://moo:443/next

        POST http://foobar.org/fnord
        Authorization: x12345
        # a comment among headers
        X-Late: yes
        @{body}

        POST http://foobar.org/fnord/2
        Authorization: x67890
        @{body}
        SUBSCRIBE http://foobar.org/sub

        OPTIONS http://foobar.org/opt
        Content-Type: application/json",
        body = body.display()
    );
    let defaults = Defaults {
        headers: vec![parse_header("Content-Type: text/plain").unwrap()],
        ..Defaults::default()
    };
    check(
        &list,
        &defaults,
        &[
            "|GET http://:6060/|content-type=text/plain x-header=1 x-header=2|",
            "|PUT https://:6060/123|content-type=text/plain|",
            "|DELETE http://moo:443/boo|content-type=text/plain|",
            "|HEAD http://moo:443/next|content-type=text/plain|",
            "|POST http://foobar.org/fnord|content-type=text/plain authorization=x12345 \
             x-late=yes|Hello world!",
            "|POST http://foobar.org/fnord/2|content-type=text/plain authorization=x67890|\
             Hello world!",
            "|SUBSCRIBE http://foobar.org/sub|content-type=text/plain|",
            "|OPTIONS http://foobar.org/opt|content-type=text/plain \
             content-type=application/json|",
        ],
    );
}

#[test]
fn lists_may_have_any_line_ends_and_blank_lines() {
    let none = Defaults::default();
    let table: [(&str, &[&str]); 9] = [
        ("GET http://a/", &["|GET http://a/||"]),
        ("GET http://a/ HTTP/1.1", &["|GET http://a/||"]),
        ("\u{feff}GET http://a/\r\nX: 1\r\n\r\n", &["|GET http://a/|x=1|"]),
        ("GET \t http://a/  \n", &["|GET http://a/||"]),
        ("GET http://a/\n\n\n\nGET http://b/\n\n", &["|GET http://a/||", "|GET http://b/||"]),
        ("GET http://a/\nX: 1\nGET http://b/", &["|GET http://a/|x=1|", "|GET http://b/||"]),
        ("GET http://a/\n# no end\nGET http://b/", &["|GET http://a/||", "|GET http://b/||"]),
        ("#c\n  # @name  log in \nGET http://a/\n", &["log in|GET http://a/||"]),
        (
            "GET http://a/\n# @name b\nGET http://b/\n# names @c\n# @ d\nGET http://c/",
            &["|GET http://a/||", "b|GET http://b/||", "|GET http://c/||"],
        ),
    ];
    for (list, expected) in table {
        check(list, &none, expected);
    }
}

#[test]
fn a_body_is_between_its_comment_and_a_blank_line() {
    let rest = "\n\n# @name b\nGET http://b/\n";
    let forms = ["# @body\n", "# @body\n\n", "\n# @body\n", "\n#@body \n\n", "X: 1\n# @body\n\n"];
    for form in forms {
        let list = format!("POST http://a/\n{form}{{\n  # \"x\"\r\nGET http://c/{rest}");
        let header = if form.contains('X') { "x=1" } else { "" };
        let body = "{\n  # \"x\"\nGET http://c/";
        let expected = format!("|POST http://a/|{header}|{body}");
        check(&list, &Defaults::default(), &[&expected, "b|GET http://b/||"]);
    }
    check("POST http://a/\n# @body\n\nlast", &Defaults::default(), &["|POST http://a/||last"]);
}

#[test]
fn a_line_may_be_longer_than_any_buffer() {
    let (path, long) = ("x".repeat(65_000), "x".repeat(200_000));
    let list = format!("GET http://a/{path}\nX-Long: {long}\n\nGET http://b/");
    let targets = read_http(list.as_bytes(), &Defaults::default()).unwrap();
    assert_eq!(targets[0].url.len(), "http://a/".len() + path.len());
    assert_eq!(targets[0].headers[0].1, long.as_str());
    assert_eq!(targets[1].url, "http://b/");
}

#[test]
fn a_url_longer_than_a_request_can_carry_is_refused_with_its_line() {
    let list = format!("GET http://b/\nGET http://a/{}", "x".repeat(70_000));
    let error = read_http(list.as_bytes(), &Defaults::default()).unwrap_err().to_string();
    let start = format!("line 2: bad URL 'http://a/{}", "x".repeat(71));
    assert_eq!(error, format!("{start}…': expected at most 65534 bytes"));
}

#[test]
fn default_headers_come_before_those_of_the_target() {
    let defaults = Defaults {
        headers: ["X: 1", "X: 2"].map(|text| parse_header(text).unwrap()).to_vec(),
        body: Bytes::from("default"),
        base_url: parse_base_url("http://a/v1").ok(),
        ..Defaults::default()
    };
    check(
        "GET /b\nX: 3\n\nGET http://c/\nX: 4",
        &defaults,
        &["|GET http://a/v1/b|x=1 x=2 x=3|default", "|GET http://c/|x=1 x=2 x=4|default"],
    );
}

#[test]
fn a_bad_line_is_refused_with_what_was_expected() {
    let method = "expected upper-case letters, as in 'GET http://…'";
    let header = "expected 'Key: Value'";
    let table = [
        ("get http://a/", format!("line 1: bad method 'get ***': {method}")),
        ("Get http://a/", format!("line 1: bad method 'Get ***': {method}")),
        ("DO_IT http://a/", format!("line 1: bad method 'DO_IT ***': {method}")),
        (
            "http://a/",
            "line 1: no method before 'http://a/': expected METHOD URL, as in 'GET http://…'"
                .to_owned(),
        ),
        ("\n\nGET", "line 3: bad target 'GET': expected 'METHOD URL'".to_owned()),
        ("GET a", "line 1: bad URL '***': expected http:// or https://".to_owned()),
        (
            "GET localhost:8080/",
            "line 1: bad URL 'localhost:8080/': expected http:// or https://".to_owned(),
        ),
        ("GET /foo", "line 1: bad URL '/foo': a path needs -base-url".to_owned()),
        ("GET http://a/\nfoo", format!("line 2: bad header '***': {header}")),
        ("GET http://a/\nfoo:", format!("line 2: bad header 'foo:': {header}")),
        ("GET http://a/\n: 1", format!("line 2: bad header '***': {header}")),
        (
            "GET http://a/\nAn id: 1",
            "line 2: bad header 'An ***': \
             expected a key of letters, digits and hyphens, as in 'Key: Value'"
                .to_owned(),
        ),
        (
            "GET http://a/\n@no/such.json",
            "line 2: cannot read body file 'no/such.json': no such file or directory".to_owned(),
        ),
        ("GET http://a/\n@Cargo.toml\nX: 1", format!("line 3: bad method 'X: ***': {method}")),
        (
            r#" {"method": "GET"}"#,
            "line 1: expected 'METHOD URL'; for JSON targets give -format=json".to_owned(),
        ),
        (
            "POST http://a/\nX: 1\n\n{\"a\": 1}",
            "line 4: a body needs a line '# @body' before it".to_owned(),
        ),
        (
            "# @wieght 5\nGET http://a/",
            "line 1: bad '# @wieght': expected # @name NAME, # @weight N, or # @body or # @open \
             and nothing else on its line; a comment must not begin with @"
                .to_owned(),
        ),
        ("POST http://a/\n<a/>", "line 2: a body needs a line '# @body' before it".to_owned()),
        ("POST http://a/\n\na=1&b=2", "line 3: a body needs a line '# @body' before it".to_owned()),
        (
            "GET http://a/\n\n{\"method\": \"GET\"}",
            "line 3: expected 'METHOD URL'; for JSON targets give -format=json".to_owned(),
        ),
        (
            " # nothing\n",
            "no targets to attack: expected a line like 'GET http://127.0.0.1:8080/'".to_owned(),
        ),
    ];
    for (list, expected) in table {
        let error = read_http(list.as_bytes(), &Defaults::default()).unwrap_err();
        assert_eq!(error.to_string(), expected, "{list}");
    }
}

#[test]
fn a_line_that_is_not_utf8_is_refused_with_its_number() {
    let error = read_http(&b"GET http://a/\nX: \xff\n"[..], &Defaults::default());
    assert_eq!(error.unwrap_err().to_string(), "line 2: expected UTF-8 text");
}

#[test]
fn a_comment_may_be_in_any_encoding() {
    let list = b"# caf\xe9\nGET http://a/\n  #\xff\nX: 1\n# @name caf\xe9\n\nGET http://b/";
    let targets = read_http(&list[..], &Defaults::default()).unwrap();
    let shown: Vec<_> = targets.iter().map(show).collect();
    assert_eq!(shown, ["|GET http://a/|x=1|", "caf\u{fffd}|GET http://b/||"]);
}
