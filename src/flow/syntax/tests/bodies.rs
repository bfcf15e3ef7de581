//! Bodies.

use super::*;
use crate::flow::tree::assert::BodyValue;
use crate::flow::tree::request::Body;

/// Returns the body of a request and its implied Content-Type.
#[track_caller]
fn sent(body: &str) -> (String, &'static str) {
    let (entry, names) = entry(&format!("POST http://a/\nA: b\n\n{body} # c\nHTTP 200\n"));
    assert!(entry.expected.is_some(), "{body}");
    match entry.body {
        Some(Body::Text { text, content_type }) => (show(&text, &names), content_type),
        Some(Body::Bytes(bytes)) => (format!("{:?}", &bytes[..]), "bytes"),
        None => panic!("no body: {body}"),
    }
}

#[test]
fn json_is_sent_as_written() {
    let table = [
        ("{}", "{}"),
        (
            "{ \"a\" : [ 1, -0.5e3 ,null,true,\n false ] }",
            "{ \"a\" : [ 1, -0.5e3 ,null,true,\n false ] }",
        ),
        ("[\"{{a}}b\", {{c}}]", "[\"<\"a\">b\", <=c>]"),
        (
            "{\"{{k}}\": \"\\u00e9\\n\\ud83d\\ude00 { }\"}",
            "{\"<\"k\">\": \"\\u00e9\\n\\ud83d\\ude00 { }\"}",
        ),
        ("\"text\"", "\"text\""),
        ("12.5", "12.5"),
        ("null", "null"),
        ("{{newUuid}}", "<=newUuid()>"),
        ("[]", "[]"),
    ];
    for (body, expected) in table {
        assert_eq!(sent(body), (expected.to_owned(), "application/json"), "{body}");
    }
}

#[test]
fn xml_is_sent_as_written_without_placeholders() {
    let documents = [
        "<a/>",
        "<?xml version='1.0' encoding='utf-8'?><a/>",
        "<?xml version=\"1.0\"?>\n<!-- > -->\n<a b=\">\"><c>{{d}}</c><![CDATA[</a>]]></a>",
        "<a><a><b c='/>'/></a>é</a>",
    ];
    for document in documents {
        assert_eq!(sent(document), (document.to_owned(), "application/xml"));
    }
}

#[test]
fn texts_are_sent_without_their_delimiters() {
    let table = [
        ("`a\\`b {{c}}`", "a`b <c>", ""),
        ("```\na {{b}}\n\\n\n```", "a <b>\n\\n\n", ""),
        ("```\n```", "", ""),
        ("``` \na```", "a", ""),
        ("```raw\n{{a}}\n```", "{{a}}\n", ""),
        ("```json\n{ \"a\": {{b}} }\n```", "{ \"a\": <b> }\n", "application/json"),
        ("```xml\n<a>{{b}}</a>\n```", "<a><b></a>\n", "application/xml"),
    ];
    for (body, expected, content_type) in table {
        assert_eq!(sent(body), (expected.to_owned(), content_type), "{body}");
    }
}

#[test]
fn graphql_is_sent_as_json() {
    let table = [
        ("```graphql\n{ a(b: \"{{c}}\") }\n```", "{\"query\":\"{ a(b: \\\"<\"c\">\\\") }\"}"),
        (
            "```graphql,\nquery A {\n  a\n}\nvariables {\n \"a\" : [ 1 , {{b}} ] }\n```",
            "{\"query\":\"query A {\\n  a\\n}\",\"variables\":{\"a\":[1,<=b>]}}",
        ),
    ];
    for (body, expected) in table {
        assert_eq!(sent(body), (expected.to_owned(), "application/json"), "{body}");
    }
}

#[test]
fn bytes_are_decoded() {
    let table = [
        ("base64,SGk=;", "[72, 105]"),
        ("base64, SGk ;", "[72, 105]"),
        ("base64,SG\n k=;", "[72, 105]"),
        ("base64,;", "[]"),
        ("hex,00fF;", "[0, 255]"),
        ("hex, 00 ;", "[0]"),
    ];
    for (body, expected) in table {
        assert_eq!(sent(body), (expected.to_owned(), "bytes"), "{body}");
    }
    let file = std::fs::read("clippy.toml").unwrap();
    assert_eq!(sent("file,clippy.toml;").0, format!("{file:?}"));
    assert_eq!(sent("file, src/../clippy.toml ;").0, format!("{file:?}"));
}

#[test]
fn a_response_may_have_a_body() {
    let table =
        [("{ \"a\": {{b}} }", "json { \"a\": <=b> }"), ("`a`", "text a"), ("hex,61;", "[97]")];
    for (body, expected) in table {
        let text = format!("GET http://a/\nHTTP 200\nA: b\n[Asserts]\nstatus < 300\n{body}\n");
        let (entry, names) = entry(&text);
        let response = entry.expected.unwrap();
        let body = response.body.unwrap();
        let found = match body.body {
            BodyValue::Text(text) => format!("text {}", show(&text, &names)),
            BodyValue::Json(text) => format!("json {}", show(&text, &names)),
            BodyValue::Bytes(bytes) => format!("{bytes:?}"),
        };
        assert_eq!((&*found, body.line, response.headers[0].line), (expected, 6, 3));
        assert_eq!(&*response.headers[0].text, "A: b");
    }
}
