//! Tests of variables in target lists: their values for each hit, and refused lists.

use crate::schedule::seed::{Purpose, Seed};
use crate::targets::template::*;
use crate::targets::{Defaults, read_http, read_json};

/// Cells that try to change the request around them.
const INJECTIONS: [&str; 12] = [
    "plain",
    "",
    "two words",
    "O'Brien \"quoted\" \\ back\\\\slash",
    "a&b=c?d#e/f;g",
    "100%41%",
    "{{id}}{{$uuid}}}}{{",
    "line\r\nX-Injected: 1\r\n\r\nGET / HTTP/1.1",
    "nul\0bell\u{7}delete\u{7f}",
    "snow\u{2603} \u{1f600} \u{2028}",
    "../../etc/passwd",
    "<script>alert(1)</script>",
];

fn scope(columns: &[&str]) -> Scope {
    let env = [("PORT", "8080"), ("KEY", "a b&c"), ("BASE", "http://b:1/v1")];
    Scope {
        columns: (!columns.is_empty()).then(|| columns.iter().map(|it| (*it).to_owned()).collect()),
        env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    }
}

fn read(list: &str, columns: &[&str]) -> Result<Vec<Target>, Error> {
    let defaults = Defaults { scope: scope(columns), ..Defaults::default() };
    read_http(list.as_bytes(), &defaults)
}

/// Returns the first target of a list for hit 7 at a fixed time, with a row of cells.
fn expand(list: &str, row: &[(&str, &str)]) -> Target {
    let (columns, cells): (Vec<_>, Vec<_>) = row.iter().copied().unzip();
    let target = read(list, &columns).unwrap().remove(0);
    let (row, rngs) = (Row::from_iter(cells), Seed(1).rngs(Purpose::Values));
    target.expand(&mut Values::new(7, 1_700_000_000, Some(&row), &rngs)).unwrap()
}

/// Compares the URL of hit 7 of a list of one URL.
#[track_caller]
fn check_url(url: &str, row: &[(&str, &str)], expected: &str) {
    assert_eq!(expand(&format!("GET {url}"), row).url, expected);
}

#[track_caller]
fn check_refused(list: &str, columns: &[&str], expected: &str) {
    assert_eq!(read(list, columns).unwrap_err().to_string(), expected, "{list}");
}

#[test]
fn variables_have_the_values_of_their_hit() {
    let row = [("id", "42"), ("user name", "Zoë")];
    let table = [
        ("http://a/{{id}}", "http://a/42"),
        ("http://a/{{ id }}/{{id}}?u={{user name}}", "http://a/42/42?u=Zo%C3%AB"),
        ("http://a/{{$seq}}/{{$timestamp}}", "http://a/7/1700000000"),
        ("http://a/?x={{$randomInt 5 6}}&y={{$randomInt -2 -1}}", "http://a/?x=5&y=-2"),
        ("http://a:{{$env PORT}}/{{id}}", "http://a:8080/42"),
        ("{{$env BASE}}/{{id}}?k={{$env KEY}}", "http://b:1/v1/42?k=a%20b%26c"),
        ("http://a/{{$open}}", "http://a/%7B%7B"),
        ("http://a/{x}/}}{{id|json}}", "http://a/{x}/}}42"),
    ];
    for (url, expected) in table {
        check_url(url, &row, expected);
    }
}

#[test]
fn every_uuid_is_different_and_of_version_4() {
    let url = expand("GET http://a/{{$uuid}}/{{$uuid}}", &[]).url;
    let uuids: Vec<_> = url.split('/').skip(3).collect();
    assert_ne!(uuids[0], uuids[1]);
    for uuid in uuids {
        let lengths: Vec<_> = uuid.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{uuid}");
        assert!(uuid.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()), "{uuid}");
        assert_eq!(&uuid[14..15], "4");
        assert!(["8", "9", "a", "b"].contains(&&uuid[19..20]), "{uuid}");
    }
    assert_eq!(expand("GET http://a/{{$uuid}}/{{$uuid}}", &[]).url, url);
}

#[test]
fn a_random_number_is_at_least_a_and_below_b() {
    let target = read("GET http://a/{{$randomInt 3 6}}", &[]).unwrap().remove(0);
    let rngs = Seed(1).rngs(Purpose::Values);
    let mut seen: Vec<_> = (0..100)
        .map(|seq| target.expand(&mut Values::new(seq, 0, None, &rngs)).unwrap().url)
        .collect();
    seen.sort();
    seen.dedup();
    assert_eq!(seen, ["http://a/3", "http://a/4", "http://a/5"]);
}

#[test]
fn no_cell_alters_the_url_around_it() {
    for cell in INJECTIONS {
        let target = expand("GET http://h/a/{{x}}/b?c={{x}}&d=1", &[("x", cell)]);
        let url = url::Url::parse(&target.url).unwrap();
        assert_eq!((url.host_str(), url.fragment()), (Some("h"), None), "{cell:?}");
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs, [pair("c", cell), pair("d", "1")], "{cell:?}");
        let (path, query) = (target.path.path(), target.path.query().unwrap());
        assert_eq!(path.matches('/').count(), 3, "{cell:?}: {path}");
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>".contains(&byte);
        assert!(path.bytes().chain(query.bytes()).all(is_plain), "{cell:?}");
    }
}

#[test]
fn a_cell_in_a_body_is_raw_or_a_json_string() {
    let list = "POST http://h/\n# @body\n\n{\"raw\": \"{{x}}\", \"x\": \"{{x|json}}\"}";
    for cell in INJECTIONS {
        let body = expand(list, &[("x", cell)]).body;
        let (raw, json) = str::from_utf8(&body).unwrap().rsplit_once("\", \"x\": ").unwrap();
        assert_eq!(raw, format!("{{\"raw\": \"{cell}"));
        let json: serde_json::Value = serde_json::from_str(&format!("{{\"x\": {json}")).unwrap();
        assert_eq!(json["x"], cell);
    }
}

#[test]
fn a_cell_goes_into_a_header_whole_or_is_refused_before_the_attack() {
    let list = "GET http://h/\nX-Raw: <{{x}}>\n";
    let escaped = "GET http://h/\nX-Json: <{{x|json}}>\n";
    for cell in INJECTIONS {
        let targets = read(list, &["x"]).unwrap();
        let row = Row::from_iter([cell]);
        let checked = Check::new(&targets, &["x".to_owned()]).row(&row);
        let is_text = !cell.contains(char::is_control);
        assert_eq!(checked.is_ok(), is_text, "{cell:?}");
        let rngs = Seed(1).rngs(Purpose::Values);
        let expanded = targets[0].expand(&mut Values::new(0, 0, Some(&row), &rngs));
        // A feed that changes after the check cannot inject anything either.
        assert_eq!(expanded.is_ok(), is_text, "{cell:?}");
        if let Ok(target) = expanded {
            assert_eq!(target.headers[0].1.as_bytes(), format!("<{cell}>").as_bytes());
        }
        let targets = read(escaped, &["x"]).unwrap();
        let checked = Check::new(&targets, &["x".to_owned()]).row(&row);
        assert_eq!(checked.is_ok(), !cell.contains('\u{7f}'), "{cell:?}");
    }
}

#[test]
fn a_megabyte_fits_a_body_or_a_header_but_not_a_url() {
    let cell = "x y".repeat(350_000);
    let row = [("x", cell.as_str())];
    let target = expand("POST http://h/\nX: {{x}}\n# @body\n\n{{x}}", &row);
    assert_eq!((target.body.len(), target.headers[0].1.len()), (1_050_000, 1_050_000));

    let targets = read("GET http://h/\n\nGET http://h/{{x}}", &["x"]).unwrap();
    let mut check = Check::new(&targets, &["x".to_owned()]);
    assert_eq!(check.row(&Row::from_iter([&cell[..13_000]])), Ok(()));
    let problem = check.row(&Row::from_iter([&cell])).unwrap_err();
    let expected = "cells too long for the URL in line 3 of the list: expected at most 65534 bytes \
                    with the longest of each column, percent-encoded";
    assert_eq!(problem.to_string(), expected);
    assert_eq!(check.row(&Row::from_iter(["short"])), Ok(()));
}

#[test]
fn all_parts_of_a_hit_have_the_same_row() {
    let list = "PUT http://h/{{id}}\nX-Id: {{id}}\nX-Twice: {{id}}{{id}}\n# @body\n\n{{id}}";
    let target = expand(list, &[("other", "z"), ("id", "5")]);
    let headers: Vec<_> = target.headers.iter().map(|(_, value)| value.as_bytes()).collect();
    assert_eq!((target.url.as_str(), &target.body[..]), ("http://h/5", &b"5"[..]));
    assert_eq!(headers, [b"5" as &[u8], b"55"]);
}

#[test]
fn without_a_feed_or_a_dollar_nothing_is_interpreted() {
    let list = "GET http://a/{{id}}?x={{\nX: {{nope|x}}\n# @body\n\n{{ }}";
    let target = &read(list, &[]).unwrap()[0];
    assert_eq!((target.url.as_str(), target.template.is_none()), ("http://a/{{id}}?x={{", true));
    assert_eq!(
        (&target.headers[0].1, &target.body[..]),
        (&"{{nope|x}}".parse().unwrap(), &b"{{ }}"[..])
    );
}

#[test]
fn flags_and_body_files_have_variables_if_the_list_has_some() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body");
    std::fs::write(&file, "n={{$seq}}").unwrap();
    let header = crate::targets::parse_header("X-Seq: {{$seq}}").unwrap();
    let defaults =
        Defaults { headers: vec![header], body: "d={{$seq}}".into(), ..Defaults::default() };
    for (url, value, bodies) in [
        ("http://a/{{$seq}}", "7", ["n=7", "d=7"]),
        ("http://a/", "{{$seq}}", ["n={{$seq}}", "d={{$seq}}"]),
    ] {
        let list = format!("GET {url}\n@{}\nGET {url}\n", file.display());
        let targets = read_http(list.as_bytes(), &defaults).unwrap();
        let rngs = Seed(1).rngs(Purpose::Values);
        for (target, body) in targets.iter().zip(bodies) {
            let target = target.expand(&mut Values::new(7, 0, None, &rngs)).unwrap();
            assert_eq!(
                (&target.headers[0].1, &target.body[..]),
                (&value.parse().unwrap(), body.as_bytes())
            );
        }
    }
}

#[test]
fn a_body_of_the_json_format_is_decoded_before_it_is_expanded() {
    // {"n": {{$seq}}}
    let list = r#"{"method":"POST","url":"http://a/","body":"eyJuIjoge3skc2VxfX19"}"#;
    let target = read_json(list.as_bytes(), &Defaults::default()).unwrap().remove(0);
    let rngs = Seed(1).rngs(Purpose::Values);
    let target = target.expand(&mut Values::new(9, 0, None, &rngs)).unwrap();
    assert_eq!(&target.body[..], b"{\"n\": 9}");
}

#[test]
fn a_bad_variable_is_refused_with_its_line() {
    let columns = ["a", "b"];
    let host = "expected scheme, host and port to be fixed, or {{$env NAME}}";
    let table = [
        (
            "GET http://h/\n\nGET http://h/{{c}}",
            "line 3: unknown variable 'c'; the feed has: a, b".to_owned(),
        ),
        (
            "GET http://h/\n# a comment\nX: {{A}}",
            "line 3: unknown variable 'A'; the feed has: a, b".to_owned(),
        ),
        (
            "POST http://h/\n# @body\n\n{\n\"x\": {{x}}}",
            "line 5: unknown variable 'x'; the feed has: a, b".to_owned(),
        ),
        (
            "GET http://h/\n# @body\n{{\"password\": \"s3cret\"}}",
            "line 3: unknown variable '***'; the feed has: a, b".to_owned(),
        ),
        ("GET http://h/{{a|upper}}", "line 1: unknown filter 'upper': expected json".to_owned()),
        ("GET http://h/{{a", "line 1: '{{' without '}}': expected {{variable}}".to_owned()),
        (
            "GET http://h/{{$guid}}",
            "line 1: unknown variable '$guid'; expected $uuid, $seq, $timestamp, \
             $randomInt A B, $env NAME, $open or $mark"
                .to_owned(),
        ),
        (
            "GET http://h/{{$randomInt 5 5}}",
            "line 1: bad variable '$randomInt 5 5': expected $randomInt A B, whole numbers, \
             from A to below B"
                .to_owned(),
        ),
        (
            "GET http://h/{{$env NOPE}}",
            "line 1: no 'NOPE' in the environment: expected it to be set".to_owned(),
        ),
        ("GET http://{{a}}.h/", format!("line 1: '{{{{a}}}}' before the path: {host}")),
        ("GET {{a}}", format!("line 1: '{{{{a}}}}' before the path: {host}")),
        ("GET http://h:{{$seq}}/", format!("line 1: '{{{{$seq}}}}' before the path: {host}")),
    ];
    for (list, expected) in table {
        check_refused(list, &columns, &expected);
    }
    // A bad variable before the first '{{$' is refused too.
    let none = "expected a column of -feed, which is not given";
    let list = "GET http://h/{{a}}\nGET http://h/{{$seq}}";
    check_refused(list, &[], &format!("line 1: unknown variable 'a'; {none}"));
}
