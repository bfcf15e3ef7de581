//! Requests of entries, with the values of a session.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{ACCEPT, SET_COOKIE};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use url::Url;

use super::*;
use crate::flow::tree::options::{Options, Setting};
use crate::flow::tree::request::{Body, FieldValue};
use crate::flow::tree::template::{Form, Part, Placeholder, Slot, Template};
use crate::flow::value::Value;

/// Returns a template in which `{}` is the first variable.
fn template(text: &str) -> Template {
    let mut parts = Vec::new();
    for (index, fixed) in text.split("{}").enumerate() {
        if index > 0 {
            parts.push(Part::Placeholder(Placeholder::Variable(Slot(0)), Form::Plain));
        }
        if !fixed.is_empty() {
            parts.push(Part::Text(fixed.into()));
        }
    }
    Template(parts)
}

fn pair(name: &str, value: &str) -> (Template, Template) {
    (template(name), template(value))
}

fn entry(url: &str) -> Entry {
    Entry {
        line: 1,
        number: 1,
        name: "".into(),
        method: "POST".into(),
        url: template(url),
        headers: vec![],
        query: vec![],
        form: vec![],
        multipart: vec![],
        cookies: vec![],
        basic_auth: None,
        body: None,
        body_line: 0,
        options: Options::default(),
        call: None,
        socket: None,
        expected: None,
    }
}

fn build_with(entry: &Entry, cookies: &Cookies, value: &str) -> Result<Target, String> {
    let (names, values) = (["id".into()], [Value::text(value)]);
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let context = &mut Context { names: &names, values: &values, random: &mut random, wall_ns: 0 };
    match build(entry, cookies, context) {
        Ok(built) => Ok(built.target),
        Err(Refusal { text, .. }) => Err(text),
    }
}

fn built(entry: &Entry) -> Target {
    build_with(entry, &Cookies::default(), "v").unwrap()
}

/// Returns the headers but the first, Accept, one a line.
fn headers(target: &Target) -> String {
    assert_eq!(target.headers[0].0, ACCEPT);
    all_headers(target).split_once('\n').unwrap().1.to_owned()
}

/// Returns the headers, one a line.
fn all_headers(target: &Target) -> String {
    let lines = target
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
    lines.collect()
}

#[test]
fn the_cookies_of_a_header_or_of_the_entry_are_those_after_a_redirect() {
    let cookies = |entry: &Entry| {
        let (names, values) = (["id".into()], [Value::text("7")]);
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let context =
            &mut Context { names: &names, values: &values, random: &mut random, wall_ns: 0 };
        build(entry, &Cookies::default(), context).unwrap().own_cookies
    };
    let mut entry = entry("http://a.test/");
    assert_eq!(cookies(&entry), "");
    entry.cookies = vec![pair("a", "{}"), pair("b", "2")];
    assert_eq!(cookies(&entry), "a=7; b=2");
    entry.headers = vec![pair("cookie", "c={}")];
    assert_eq!(cookies(&entry), "c=7");
}

#[test]
fn values_go_into_the_url_as_they_are() {
    let table = [
        ("http://a.test/x/{}", "7", Ok("http://a.test/x/7")),
        ("{}/x", "https://b.test:8080", Ok("https://b.test:8080/x")),
        ("http://a.test/{}", "y?q=1&r=%20", Ok("http://a.test/y?q=1&r=%20")),
        ("http://a.test/{}", "é", Ok("http://a.test/%C3%A9")),
        ("http://a.test/x/{}", "../y", Ok("http://a.test/y")),
        ("http://a.test/{}", "a b", Err("bad URL: a blank, expected %20, or the value in [Query]")),
        (
            "http://a.test/{}",
            "a\r\nX:y",
            Err("bad URL: control character, expected http://HOST[:PORT][/PATH]"),
        ),
        ("{}", "ftp://secret/", Err("bad URL: expected http:// or https://")),
        ("{}", "http://", Err("bad URL: empty host, expected http://HOST[:PORT][/PATH]")),
        ("http://{}", "fe80::1", Err("bad URL: an IPv6 address needs brackets")),
        (
            "http://{}/",
            "a:secret",
            Err("bad URL: invalid port number, expected http://HOST[:PORT][/PATH]"),
        ),
    ];
    for (url, value, expected) in table {
        let target = build_with(&entry(url), &Cookies::default(), value);
        let sent = target.map(|target| {
            format!("{}{}", &target.address[..url::Position::BeforePath], target.path)
        });
        assert_eq!(sent, expected.map(str::to_owned).map_err(str::to_owned), "{url} {value}");
    }
    let long = build_with(&entry("http://a.test/{}"), &Cookies::default(), &"x".repeat(70_000));
    assert_eq!(long.unwrap_err(), "bad URL: expected at most 65534 bytes");
    let mut as_is = entry("http://a.test/x/../y");
    as_is.options.path_as_is = true;
    assert_eq!(built(&as_is).path, "/x/../y");
}

#[test]
fn a_query_is_added_to_the_url() {
    let table = [
        ("http://a.test", "http://a.test?a=1&b{}=%26%20v"),
        ("http://a.test/x?", "http://a.test/x?a=1&b{}=%26%20v"),
        ("http://a.test/x?y=2", "http://a.test/x?y=2&a=1&b{}=%26%20v"),
    ];
    for (url, expected) in table {
        let entry = Entry { query: vec![pair("a", "1"), pair("b{}", "& {}")], ..entry(url) };
        assert_eq!(built(&entry).url, expected.replace("{}", "v"));
    }
}

#[test]
fn headers_keep_their_order_and_imply_no_second_one() {
    let mut entry = Entry {
        headers: vec![pair("X-A", "{}"), pair("x-a", "2"), pair("X-Empty", "")],
        basic_auth: Some(pair("user", "pa:{}")),
        body: Some(Body::Text { text: template("[]"), content_type: "application/json" }),
        ..entry("http://a.test/")
    };
    entry.options.headers = vec![template("X-Option:  {} ")];
    entry.options.user = Some(template("other:user"));
    entry.options.compressed = Setting::Fixed(true);
    let expected = "x-a: v\nx-a: 2\nx-empty: \nauthorization: Basic dXNlcjpwYTp2\nx-option: v\n\
                    accept-encoding: gzip, deflate, br\ncontent-type: application/json\n";
    assert_eq!(headers(&built(&entry)), expected);

    entry.headers = vec![pair("content-type", "text/x"), pair("Accept-Encoding", "br")];
    entry.basic_auth = None;
    let expected = "content-type: text/x\naccept-encoding: br\nx-option: v\n\
                    authorization: Basic b3RoZXI6dXNlcg==\n";
    assert_eq!(headers(&built(&entry)), expected);
    assert_eq!(all_headers(&built(&self::entry("http://a.test/"))), "accept: */*\n");
    let own = Entry { headers: vec![pair("Accept", "a/b")], ..self::entry("http://a.test/") };
    assert_eq!(all_headers(&built(&own)), "accept: a/b\n");
}

#[test]
fn a_value_cannot_break_a_header() {
    let on_one_line =
        |what: &str| format!("bad value of {what}: a control character, expected text on one line");
    let with = |change: fn(&mut Entry)| {
        let mut entry = entry("http://a.test/");
        change(&mut entry);
        build_with(&entry, &Cookies::default(), "s3cret\r\nX: y").unwrap_err()
    };
    let problems = [
        with(|entry| entry.headers = vec![pair("X-A", "{}")]),
        with(|entry| entry.headers = vec![pair("X-{}", "1")]),
        with(|entry| entry.headers = vec![pair("X A", "1")]),
        with(|entry| entry.options.headers = vec![template("X-A: {}")]),
        with(|entry| entry.options.headers = vec![template("none")]),
        with(|entry| entry.cookies = vec![pair("a", "{}")]),
    ];
    let expected = [
        on_one_line("header 'X-A'"),
        "bad name of a header: expected letters, digits and hyphens".to_owned(),
        "bad name of header 'X A': expected letters, digits and hyphens".to_owned(),
        on_one_line("option 'header'"),
        "bad option 'header': expected Name: value".to_owned(),
        "bad value in [Cookies]: a control character, expected text on one line".to_owned(),
    ];
    assert_eq!(problems, expected);
    let basic = Entry { basic_auth: Some(pair("{}", "")), ..entry("http://a.test/") };
    let sent = build_with(&basic, &Cookies::default(), "a\r\nb").unwrap();
    assert_eq!(headers(&sent), "authorization: Basic YQ0KYjo=\n");
}

#[test]
fn a_form_is_a_body() {
    let form = Entry { form: vec![pair("a b", "{}&"), pair("c", "")], ..entry("http://a.test/") };
    let target = built(&form);
    assert_eq!(target.body, "a b=v%26&c=");
    assert_eq!(headers(&target), "content-type: application/x-www-form-urlencoded\n");
}

#[test]
fn a_multipart_body_has_a_part_for_each_field() {
    let file = FieldValue::File {
        name: "a\".txt".into(),
        content: Bytes::from_static(b"\x00\xff"),
        content_type: "text/plain".into(),
    };
    let fields =
        vec![(template("a\r\nb"), FieldValue::Text(template("x {}"))), (template("file"), file)];
    let mut entry = Entry { multipart: fields, ..entry("http://a.test/") };
    let target = built(&entry);
    let boundary = headers(&target);
    let boundary =
        boundary.trim().strip_prefix("content-type: multipart/form-data; boundary=").unwrap();
    assert_eq!(boundary.len(), 56);
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"a%0D%0Ab\"\r\n\r\nx v\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22.txt\"\r\n\
         Content-Type: text/plain\r\n\r\n\x00?\r\n--{boundary}--\r\n"
    );
    let expected: Vec<u8> = expected.bytes().map(|it| if it == b'?' { 0xff } else { it }).collect();
    assert_eq!(target.body, expected);

    entry.headers = vec![pair("Content-Type", "multipart/mixed")];
    assert_eq!(
        headers(&built(&entry)),
        format!("content-type: multipart/mixed; boundary={boundary}\n")
    );
}

#[test]
fn a_body_of_bytes_implies_nothing() {
    let bytes =
        Entry { body: Some(Body::Bytes(Bytes::from_static(b"\xff"))), ..entry("http://a.test/") };
    let target = built(&bytes);
    assert_eq!((&target.body[..], headers(&target).as_str()), (&b"\xff"[..], ""));
    let text = Body::Text { text: template("<{}>"), content_type: "" };
    let target = built(&Entry { body: Some(text), ..entry("http://a.test/") });
    assert_eq!((&target.body[..], headers(&target).as_str()), (&b"<v>"[..], ""));
}

#[test]
fn cookies_of_the_session_come_before_those_of_the_entry() {
    let mut cookies = Cookies::default();
    let mut set = HeaderMap::new();
    set.append(SET_COOKIE, "sid=1".parse().unwrap());
    cookies.store(&Url::parse("http://a.test/").unwrap(), &set, 0);
    let mut entry =
        Entry { cookies: vec![pair("a", "{}"), pair("b", "2")], ..entry("http://a.test/") };
    let sent =
        |entry: &Entry, cookies: &Cookies| headers(&build_with(entry, cookies, "v").unwrap());
    assert_eq!(sent(&entry, &cookies), "cookie: sid=1; a=v; b=2\n");
    assert_eq!(sent(&entry, &Cookies::default()), "cookie: a=v; b=2\n");
    // As in curl, a header replaces the cookies of the entry, not those of the session.
    entry.headers = vec![pair("Cookie", "own=1")];
    assert_eq!(sent(&entry, &cookies), "cookie: sid=1\ncookie: own=1\n");
}

#[test]
fn a_variable_without_a_value_is_an_error_wherever_it_is() {
    let changes: [fn(&mut Entry); 8] = [
        |entry| entry.url = template("http://a.test/{}"),
        |entry| entry.headers = vec![pair("X", "{}")],
        |entry| entry.query = vec![pair("x", "{}")],
        |entry| entry.form = vec![pair("x", "{}")],
        |entry| entry.multipart = vec![(template("x"), FieldValue::Text(template("{}")))],
        |entry| entry.cookies = vec![pair("x", "{}")],
        |entry| entry.basic_auth = Some(pair("x", "{}")),
        |entry| entry.body = Some(Body::Text { text: template("{}"), content_type: "" }),
    ];
    for (change, index) in changes.into_iter().zip(0..) {
        let mut entry = Entry { body_line: 3, ..entry("http://a.test/") };
        change(&mut entry);
        let (names, values) = (["id".into()], [Value::Unset]);
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let context =
            &mut Context { names: &names, values: &values, random: &mut random, wall_ns: 0 };
        let problem = build(&entry, &Cookies::default(), context).unwrap_err();
        assert_eq!(problem.text, "variable 'id' has no value");
        let line = if entry.body.is_some() { 3 } else { 1 };
        assert_eq!(problem.line, line, "change {index}");
    }
}
