//! Requests and responses that are read, and what becomes of them.

use std::time::Duration;

use super::*;
use crate::flow::tree::assert::{Predicate, Version};
use crate::flow::tree::options::{OptionValue, Setting};
use crate::flow::tree::request::FieldValue;

#[test]
fn a_request_has_method_url_and_headers() {
    let text = "  # a comment\n\nPURGE  http://{{host}}/a?b=c#d  # e\nX-One: 1 # f\n# g\n\
                \tX-{{n}}: a\\#b {{newUuid}}\nEmpty:\nHTTP 200\n";
    let (entry, names) = entry(text);
    assert_eq!((&*entry.method, &*entry.name), ("PURGE", "PURGE /a?b=c"));
    assert_eq!((entry.line, entry.number), (3, 1));
    assert_eq!(show(&entry.url, &names), "http://<host>/a?b=c");
    let headers = show_pairs(&entry.headers, &names);
    assert_eq!(headers, "X-One=1\nX-<n>=a#b <newUuid()>\nEmpty=");
}

#[test]
fn a_url_may_begin_with_capitals_or_a_variable() {
    for url in ["HTTP://a/", "Https://a/", "http{{s}}://a/", "{{base}}/a"] {
        entry(&format!("GET {url}\n"));
    }
}

#[test]
fn sections_have_short_and_long_names() {
    let table = [
        ("Query", "QueryStringParams"),
        ("Form", "FormParams"),
        ("Multipart", "MultipartFormData"),
    ];
    for (short, long) in table {
        let [short, long] = [short, long].map(|name| {
            let (entry, _) = entry(&format!("GET http://a/\n[{name}]\na: b c \\u{{e9}}\n"));
            format!("{:?} {:?} {:?}", entry.query, entry.form, entry.multipart)
        });
        assert_eq!(short, long);
        assert!(short.contains("b c é"), "{short}");
    }
}

#[test]
fn cookies_and_basic_auth_are_pairs() {
    let text = "GET http://a/\n[Cookies]\na: {{b}}\nc : d\n[BasicAuth]\nbob: p:w\n";
    let (entry, names) = entry(text);
    assert_eq!(show_pairs(&entry.cookies, &names), "a=<b>\nc=d");
    let basic_auth = entry.basic_auth.map(|pair| show_pairs(&[pair], &names));
    assert_eq!(basic_auth.as_deref(), Some("bob=p:w"));
}

#[test]
fn a_file_of_a_form_is_read_when_the_flow_is() {
    let text = "POST http://a/\n[Multipart]\na: file,clippy.toml;\nb: file, clippy.toml ; a/b\n";
    let (entry, _) = entry(text);
    for ((_, field), expected) in entry.multipart.iter().zip(["application/octet-stream", "a/b"]) {
        let FieldValue::File { name, content, content_type } = field else { panic!("no file") };
        assert_eq!((&**name, &**content_type), ("clippy.toml", expected));
        assert_eq!(&content[..], std::fs::read("clippy.toml").unwrap());
    }
}

#[test]
fn options_are_read() {
    let text = "GET http://a/\n[Options]\nskip: true\nlocation: true\nmax-redirs: -1\n\
                compressed: {{c}}\npath-as-is: true\nretry: 3\nretry-interval: 2s\ndelay: 1m\n\
                max-time: 500\nrepeat: 0\nheader: A: {{b}}\nuser: me:pw\n\
                verbose: true\nvery-verbose: false\nverbosity: debug\noutput: a.json\n\
                insecure: false\nipv6: false # comment\nnetrc: false\nlocation-trusted: false\n";
    let (entry, names) = entry(text);
    let options = entry.options;
    assert!(matches!(options.skip, Setting::Fixed(true)));
    assert!(matches!(options.follow, Setting::Fixed(true)));
    assert!(matches!(options.max_redirects, Some(Setting::Fixed(u32::MAX))));
    assert!(matches!(options.compressed, Setting::Placeholder(_)));
    assert!(options.path_as_is);
    assert!(matches!(options.retry, Setting::Fixed(3)));
    let interval = Some(Duration::from_secs(2));
    let fixed = |setting: Option<Setting<Duration>>| match setting {
        Some(Setting::Fixed(length)) => Some(length),
        _ => None,
    };
    assert_eq!(fixed(options.retry_interval), interval);
    assert_eq!(fixed(Some(options.delay)), Some(Duration::from_secs(60)));
    assert_eq!(fixed(options.max_time), Some(Duration::from_millis(500)));
    assert!(matches!(options.repeat, Some(Setting::Fixed(0))));
    assert_eq!(show(&options.headers[0], &names), "A: <b>");
    assert_eq!(options.user.map(|user| show(&user, &names)).as_deref(), Some("me:pw"));
}

#[test]
fn variables_have_the_types_of_hurl() {
    let text = "GET http://a/\n[Options]\nvariable: a=null\nvariable: b = true\nvariable: c=-12\n\
                variable: d=1.5\nvariable: e=12345678901234567890\nvariable: f=\"1\"\n\
                variable: g=x {{a}} # c\nvariable: h=\n";
    let (entry, names) = entry(text);
    let values = entry.options.variables.iter().map(|(slot, value)| {
        let value = match value {
            OptionValue::Text(text) => format!("'{}'", show(text, &names)),
            OptionValue::Null => "null".to_owned(),
            OptionValue::Bool(value) => value.to_string(),
            OptionValue::Integer(value) => value.to_string(),
            OptionValue::Float(value) => value.to_string(),
            OptionValue::BigInteger(text) => format!("{text}n"),
        };
        format!("{}={value}", names.name(*slot))
    });
    let expected = "a=null b=true c=-12 d=1.5 e=12345678901234567890n f='1' g='x <a>' h=''";
    assert_eq!(values.collect::<Vec<_>>().join(" "), expected);
}

#[test]
fn a_response_has_version_and_status() {
    let table = [
        ("HTTP *", None, None),
        ("HTTP 200", None, Some(200)),
        ("  HTTP\t404 # c", None, Some(404)),
        ("HTTP/1.0 200", Some(Version::Http10), Some(200)),
        ("HTTP/1.1 *", Some(Version::Http11), None),
        ("HTTP/2 200", Some(Version::Http2), Some(200)),
        ("HTTP/3 200", Some(Version::Http3), Some(200)),
    ];
    for (line, version, status) in table {
        let expected = entry(&format!("GET http://a/\n\n{line}")).0.expected.unwrap();
        assert_eq!((expected.version, expected.status), (version, status), "{line}");
        assert_eq!(expected.line, 3);
    }
    assert!(entry("GET http://a/\n").0.expected.is_none());
}

#[test]
fn captures_have_queries_filters_and_redact() {
    let lines = [
        "a: status",
        "a: header \"Location\" replace \"a\" \"b\"",
        "a.b: cookie \"sid[Max-Age]\"",
        "a: jsonpath \"$.a[0]\" nth -1 toInt",
        "a: jsonpath \"{{path}}\" nth {{n}}",
        "a: regex /a\\/\"(b)/ redact",
        "a: regex \"a(b)\"",
        "a: regex \"a{{b}}\"",
        "a: variable \"other\"",
        "a: body split \",\" first",
        "a: body charsetDecode \"UTF-8\" urlDecode urlEncode htmlEscape htmlUnescape",
        "a: bytes base64Encode base64Decode base64UrlSafeEncode base64UrlSafeDecode toHex",
        "a: rawbytes decode \"latin1\" utf8Encode utf8Decode",
        "a: url urlQueryParam \"q\"",
        "a: body replaceRegex /a/ \"b\" regex \"c(d)\" jsonpath \"$\" count toString toFloat",
        "a: header \"Date\" toDate \"%a\" dateFormat \"%Y\" format \"%Y\"",
        "a: redirects last location",
        "a: duration",
        "a: sha256",
        "a: ip",
        "a: version",
    ];
    for line in lines {
        let text = format!("GET http://a/\nHTTP 200\n[Captures]\n{line} # c\n");
        let expected = entry(&text).0.expected.unwrap();
        let capture = &expected.captures[0];
        assert_eq!((&*capture.text, capture.line), (line, 4));
        assert_eq!(capture.redact, line.ends_with("redact"));
    }
}

#[test]
fn all_predicates_are_read() {
    let predicates = [
        "== 1",
        "==-1.5",
        "== 123456789012345678901",
        "!= null",
        "== true",
        "== \"a\\n{{b}}\"",
        "== `a \"b\"`",
        "== {{b}}",
        "== hex,00ff;",
        "== base64,AAA=;",
        "== file,clippy.toml;",
        "> 1",
        ">= 1.0",
        "< {{b}}",
        "<= \"a\"",
        "startsWith \"a\"",
        "startsWith hex,00;",
        "endsWith \"a\"",
        "contains \"a\"",
        "contains 1",
        "includes \"a\"",
        "matches /a\\/b/",
        "matches \"a{{b}}\"",
        "matches \"a+\"",
        "exists",
        "isBoolean",
        "isCollection",
        "isDate",
        "isEmpty",
        "isFloat",
        "isInteger",
        "isIpv4",
        "isIpv6",
        "isIsoDate",
        "isList",
        "isNumber",
        "isObject",
        "isString",
        "isUuid",
    ];
    for predicate in predicates {
        for not in ["", "not "] {
            let line = format!("jsonpath \"$.a\" count {not}{predicate}");
            let text = format!("GET http://a/\nHTTP 200\n[Asserts]\n  {line}  # c\n");
            let expected = entry(&text).0.expected.unwrap();
            let assert = &expected.asserts[0];
            assert_eq!((&*assert.text, assert.not), (&*line, !not.is_empty()));
        }
    }
}

#[test]
fn an_operand_may_have_several_lines() {
    let text = "GET http://a/\nHTTP 200\n[Asserts]\nbody == ```\na\nb```\nstatus == 200\n";
    let expected = entry(text).0.expected.unwrap();
    assert_eq!(&*expected.asserts[0].text, "body == ```…");
    assert!(matches!(expected.asserts[1].predicate, Predicate::Equal(_)));
    assert_eq!(expected.asserts[1].line, 7);
}

#[test]
fn annotations_stand_between_entries() {
    let text =
        "# @flow a b weight 2\n#@name c\n# plain\nGET http://a/\n\n  # @think 1s..2s \n# mail@b\n";
    let comments = items(text).unwrap().0.into_iter().filter_map(|item| match item {
        Item::Comment(comment) => Some((comment.line, comment.block, comment.word, comment.text)),
        _ => None,
    });
    let expected = [
        (1, 0, "@flow".into(), "a b weight 2".into()),
        (2, 0, "@name".into(), "c".into()),
        (6, 2, "@think".into(), "1s..2s".into()),
    ];
    assert_eq!(comments.collect::<Vec<_>>(), expected);
}
