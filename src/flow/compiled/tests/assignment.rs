//! Variables that may be unset.

use super::*;

const CAPTURE: &str = "GET http://a/\nHTTP 200\n[Captures]\nid: body\n";
const USE: &str = "GET http://b/{{id}}\n";

#[test]
fn a_variable_is_set_before_its_use() {
    let loop_of = |rounds: &str, body: &str| format!("# @loop {rounds}\n{body}# @end\n");
    let pick_of =
        |one: &str, other: &str| format!("# @pick\n# @weight 1\n{one}# @weight 2\n{other}# @end\n");
    let accepted = [
        format!("{CAPTURE}{USE}"),
        format!("{}{USE}", loop_of("1", CAPTURE)),
        format!("{}{USE}", loop_of("geom:3", CAPTURE)),
        format!("{}{USE}", loop_of("10s", CAPTURE)),
        format!("{}{USE}", pick_of(CAPTURE, CAPTURE)),
        loop_of("0..5", &format!("{CAPTURE}{USE}")),
        format!("# @chance 100%\n{CAPTURE}{USE}"),
        // Options are set even where the request is skipped.
        format!("GET http://a/\n[Options]\nskip: true\nvariable: id=1\n{USE}"),
        // Options are evaluated before the URL.
        "GET http://a/{{id}}\n[Options]\nvariable: id=1\n".to_owned(),
        "GET http://a/\n[Options]\nvariable: id=1\nvariable: b={{id}}\nrepeat: {{id}}\n".to_owned(),
        // Captures come before asserts.
        format!("{CAPTURE}[Asserts]\nbody == {{{{id}}}}\n"),
        format!("{CAPTURE}other: jsonpath \"{{{{id}}}}\"\n"),
        // A variable without a value is no error there.
        "GET http://a/\nHTTP 200\n[Asserts]\nvariable \"id\" not exists\n".to_owned(),
        "GET {{base}}/\n".to_owned(),
    ];
    for text in accepted {
        assert!(read(&text).is_ok(), "{text}\n{}", read(&text).unwrap_err());
    }
}

#[test]
fn a_variable_that_may_be_unset_is_refused() {
    let unset = |line: usize, set: &str| {
        format!(
            "{line}: 'id' may be unset here: set in {set} only; expected it earlier, or \
                 -variable=id=…"
        )
    };
    let table = [
        (
            USE.to_owned(),
            "1: 'id' is not set: expected a capture before this line, -variable=id=… or \
                          a column of -feed"
                .to_owned(),
        ),
        (format!("{USE}{CAPTURE}"), unset(1, "line 5")),
        (format!("# @loop 2\n{USE}{CAPTURE}# @end\n"), unset(2, "line 6")),
        (format!("# @loop 0..5\n{CAPTURE}# @end\n{USE}"), unset(7, "line 5")),
        (format!("# @chance 50%\n{CAPTURE}{USE}"), unset(6, "line 5")),
        (format!("# @on-failure go-on\n{CAPTURE}{USE}"), unset(6, "line 5")),
        (format!("# @flow x\n# @on-failure go-on\n{CAPTURE}{USE}"), unset(7, "line 6")),
        (
            format!("# @pick\n# @weight 1\n{CAPTURE}# @weight 1\nGET http://c/\n# @end\n{USE}"),
            unset(10, "line 6"),
        ),
        (
            format!("{CAPTURE}{USE}").replace("HTTP", "[Options]\nskip: {{base}}\nHTTP"),
            unset(7, "line 6"),
        ),
        (
            format!("{CAPTURE}{USE}").replace("HTTP", "[Options]\nrepeat: 0\nHTTP"),
            unset(7, "line 6"),
        ),
        (format!("{USE}{CAPTURE}{CAPTURE}"), unset(1, "line 5, line 9")),
        // The line of the use is named, not that of the request.
        (format!("GET http://a/\nA: b\nX: {{{{id}}}}\n{CAPTURE}"), unset(3, "line 7")),
        (
            "GET http://a/\nHTTP 200\n[Captures]\na: jsonpath \"{{id}}\"\nid: body\n".to_owned(),
            unset(4, "line 5"),
        ),
        (
            "GET http://a/\n[Options]\nvariable: a={{id}}\nvariable: id=1\n".to_owned(),
            unset(3, "line 4"),
        ),
    ];
    for (text, expected) in table {
        check_refused(&text, &expected);
    }
}

#[test]
fn a_column_or_a_variable_sets_it_for_all() {
    let columns = Scope { columns: vec!["id".to_owned()], variables: Vec::new() };
    for scope in [columns, scope(&["id"])] {
        assert!(Flow::read(&[source("x.hurl", USE)], &scope).is_ok());
    }
}

#[test]
fn a_message_of_a_web_socket_sets_it() {
    let text =
        format!("SEND ws://a/\n[Options]\nskip: true\n{{}}\nHTTP *\n[Captures]\nid: body\n{USE}");
    assert!(Flow::read(&[source("x.hurl", &text)], &Scope::default()).is_ok());
}

/// Every place of an entry that may have a placeholder.
#[test]
fn every_use_is_found() {
    let places = [
        "GET http://a/\n{{id}}: b",
        "GET http://a/\n[Query]\na: {{id}}",
        "GET http://a/\n[Form]\n{{id}}: b",
        "GET http://a/\n[Multipart]\na: {{id}}",
        "GET http://a/\n[Cookies]\na: {{id}}",
        "GET http://a/\n[BasicAuth]\na: {{id}}",
        "GET http://a/\n{\"{{id}}\": 1}",
        "GET http://a/\n`{{id}}`",
        "GET http://a/\n[Options]\ndelay: {{id}}",
        "GET http://a/\n[Options]\nretry: {{id}}",
        "GET http://a/\n[Options]\nretry-interval: {{id}}",
        "GET http://a/\n[Options]\nrepeat: {{id}}",
        "GET http://a/\n[Options]\nskip: {{id}}",
        "GET http://a/\n[Options]\nlocation: {{id}}",
        "GET http://a/\n[Options]\nmax-redirs: {{id}}",
        "GET http://a/\n[Options]\nmax-time: {{id}}",
        "GET http://a/\n[Options]\ncompressed: {{id}}",
        "GET http://a/\n[Options]\nheader: A: {{id}}",
        "GET http://a/\n[Options]\nuser: {{id}}",
        "GET http://a/\nHTTP 200\nA: {{id}}",
        "GET http://a/\nHTTP 200\n[\"{{id}}\"]",
    ];
    let queries = [
        "header \"{{id}}\"",
        "cookie \"{{id}}\"",
        "jsonpath \"{{id}}\"",
        "regex \"{{id}}\"",
        "body jsonpath \"{{id}}\"",
        "body regex \"{{id}}\"",
        "body nth {{id}}",
        "body replace \"{{id}}\" \"a\"",
        "body replace \"a\" \"{{id}}\"",
        "body replaceRegex \"{{id}}\" \"a\"",
        "body replaceRegex /a/ \"{{id}}\"",
        "body split \"{{id}}\"",
        "body toDate \"{{id}}\"",
        "body dateFormat \"{{id}}\"",
        "body urlQueryParam \"{{id}}\"",
    ];
    let predicates = [
        "== {{id}}",
        "!= \"{{id}}\"",
        "> {{id}}",
        ">= {{id}}",
        "< {{id}}",
        "<= {{id}}",
        "startsWith \"{{id}}\"",
        "endsWith \"{{id}}\"",
        "contains {{id}}",
        "includes {{id}}",
        "matches \"{{id}}\"",
    ];
    let response = "GET http://a/\nHTTP 200\n";
    let captures = queries.map(|query| format!("{response}[Captures]\na: {query}"));
    let asserts = queries.map(|query| format!("{response}[Asserts]\n{query} exists"));
    let compared = predicates.map(|predicate| format!("{response}[Asserts]\nbody {predicate}"));
    let texts =
        places.map(str::to_owned).into_iter().chain(captures).chain(asserts).chain(compared);
    for text in texts {
        let problem = read(&text).map(|_| ()).unwrap_err();
        assert!(problem.text.starts_with("'id' is not set"), "{text}: {problem}");
    }
}
