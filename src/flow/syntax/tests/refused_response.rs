//! Responses that are refused, with what was expected.

use super::*;

fn check_response(lines: &str, expected: &str) {
    check_refused(&format!("GET http://a/\n{lines}"), expected);
}

#[test]
fn status_lines() {
    let status = "2: bad status: expected three digits or *";
    let version = "2: bad version: expected HTTP, HTTP/1.0, HTTP/1.1, HTTP/2 or HTTP/3";
    let table = [
        ("HTTP", "2: no status: expected one, as in HTTP 200, or HTTP *"),
        ("HTTP abc", status),
        ("HTTP 20", status),
        ("HTTP 2000", status),
        ("HTTP 099", status),
        ("HTTP/1.2 200", version),
        ("HTTP/4 200", version),
        ("HTTPS 200", version),
        ("HTTP 200 OK", "2: text after the status: expected the end of the line"),
        ("HTTP 200\n[Query]\na: b", "3: [Query] in a response: expected it before the HTTP line"),
        ("HTTP 200\n[Assert]\n", "3: unknown section 'Assert': expected 'Asserts'"),
        ("HTTP 200\n[Checks]\n", "3: unknown section 'Checks': expected [Captures] or [Asserts]"),
        (
            "HTTP 200\n[Asserts]\n[Asserts]\n",
            "4: a section is there twice: expected one of each per response",
        ),
        (
            "HTTP 200\n# @think 1s\n[Asserts]\n",
            "3: '# @think' within a request: expected it before the method",
        ),
    ];
    for (lines, expected) in table {
        check_response(lines, expected);
    }
}

#[test]
fn captures() {
    let unexpected = "4: unexpected line: expected a request, as in GET http://example.com/, or a \
                      line of the section above";
    let table = [
        ("status == 200", unexpected),
        (": status", unexpected),
        ("a:", "4: no query: expected status, header, jsonpath, regex or another query"),
        ("a: jsonpth \"$\"", "4: unknown query 'jsonpth': expected 'jsonpath'"),
        (
            "a: status 200",
            "4: unknown filter '200': expected a filter, redact or the end of the line",
        ),
        ("a: body cuont", "4: unknown filter 'cuont': expected 'count'"),
        (
            "a: status == 200",
            "4: text after a capture: expected a filter, redact or the end of the line",
        ),
        ("{{a}}: status", "4: placeholder in the name of a capture: expected a fixed name"),
        ("newUuid: status", "4: 'newUuid' is a function of hurl: expected another name"),
        (
            "a: variable \"{{b}}\"",
            "4: placeholder in the name of a variable: expected a fixed name",
        ),
        ("a: header Location", "4: no text: expected one in double quotes"),
        ("a: header", "4: no argument: expected a blank and the argument"),
        ("a: body nth x", "4: bad argument of nth: expected a whole number"),
        ("a: body nth 1.5", "4: bad number: expected a whole number"),
        (
            "a: body charsetDecode \"cp437\"",
            "4: unsupported character set: expected \"utf-8\" or \"iso-8859-1\"",
        ),
        ("a: body replace \"b\"", "4: no argument of a filter: expected a text in double quotes"),
        (
            "a: cookie \"b[Size]\"",
            "4: unknown attribute of a cookie: expected Value, Expires, \
                                   Max-Age, Domain, Path, Secure, HttpOnly or SameSite",
        ),
        ("a: cookie \"b[Path\"", "4: an attribute of a cookie has no closing bracket: expected ]"),
        ("a: cookie \"b#c\"", "4: bad name of a cookie: expected one without \\ and #"),
        (
            "a: regex /(/",
            "4: bad regular expression: unclosed group: expected the syntax of the regex crate",
        ),
        (
            "a: regex \"(\"",
            "4: bad regular expression: unclosed group: expected the syntax of the regex crate",
        ),
        ("a: regex /a", "4: a regular expression has no end: expected / on the same line"),
    ];
    for (line, expected) in table {
        check_response(&format!("HTTP 200\n[Captures]\n{line}\n"), expected);
    }
}

#[test]
fn asserts() {
    let comparison = "4: bad value of a comparison: expected a number or a text";
    let value = "4: bad value: expected a text in double quotes, a number, true, false, null, /…/ \
                 or {{name}}";
    let table = [
        ("status", "4: no predicate: expected one, as in status == 200"),
        ("status = 200", "4: unknown comparison: expected ==, !=, <, <=, > or >="),
        (
            "status equals 200",
            "4: unknown predicate or filter 'equals': expected ==, contains, \
                               exists, isString or another predicate",
        ),
        ("body isstring", "4: unknown predicate or filter 'isstring': expected 'isString'"),
        (
            "status not not == 1",
            "4: unknown predicate or filter 'not': expected ==, contains, \
                                 exists, isString or another predicate",
        ),
        ("status ==", value),
        ("status == abc", value),
        ("status == 'a'", value),
        ("status > true", comparison),
        ("status > hex,00;", comparison),
        ("status > /a/", comparison),
        ("status == 1e3", "4: text after an assert: expected the end of the line"),
        ("status == 01", "4: bad number: expected digits, as in 12, -3 or 0.5"),
        ("status == 1.", "4: bad number: expected digits, as in 12, -3 or 0.5"),
        ("body == /a/", "4: a regular expression is no value: expected matches /…/"),
        ("body startsWith 1", "4: bad value of a predicate: expected a text in quotes, or bytes"),
        (
            "body startsWith {{a}}",
            "4: bad value of a predicate: expected a text in quotes, or bytes",
        ),
        ("body matches {{a}}", "4: bad value of matches: expected /…/ or a text in quotes"),
        ("body contains\"a\"", "4: no value of a predicate: expected a blank and a value"),
        ("body == \"a", "4: a text has no closing quote: expected \" on the same line"),
        ("body == \"a\tb\"", "4: control character in a text: expected \\t, \\b or \\f"),
        ("body == \"\\u{110000}\"", "4: bad escape sequence: expected a character as in \\u{e9}"),
        ("status == 200 201", "4: text after an assert: expected the end of the line"),
        ("jsonpath \"$.a\"count == 1", "4: no predicate: expected one, as in status == 200"),
    ];
    for (line, expected) in table {
        check_response(&format!("HTTP 200\n[Asserts]\n{line}\n"), expected);
    }
}

#[test]
fn what_is_not_evaluated() {
    let table = [
        (
            "xpath \"//a\" exists",
            "4: xpath is not evaluated under load: expected regex or jsonpath, \
                                  e.g. regex /name=\"_csrf\" value=\"([^\"]+)\"/",
        ),
        (
            "body xpath \"//a\" exists",
            "4: xpath is not evaluated under load: expected regex or jsonpath",
        ),
        (
            "certificate \"Subject\" exists",
            "4: certificate is not evaluated under load: expected a \
                                            test with hurl for certificates",
        ),
        ("md5 == hex,00;", "4: md5 is not evaluated under load: expected sha256"),
        (
            "header \"Date\" toDate \"%a\" daysAfterNow > 1",
            "4: a filter that depends on the day is not evaluated under load: expected toDate and a \
          fixed date, or isDate",
        ),
    ];
    for (line, expected) in table {
        check_response(&format!("HTTP 200\n[Asserts]\n{line}\n"), expected);
    }
}

#[test]
fn a_bad_json_path_is_refused_where_it_is() {
    let text = "GET http://a/\nHTTP 200\n[Asserts]\njsonpath \"$.[\" exists\n";
    let problem = items(text).unwrap_err().to_string();
    assert!(problem.starts_with("x.hurl:4: bad JSONPath at character "), "{problem}");
}
