//! Requests that are refused, with what was expected.

use super::*;

/// Lines below `GET http://a/`, and what is wrong: the line number counts from that line.
fn check_request(lines: &str, expected: &str) {
    check_refused(&format!("GET http://a/\n{lines}"), expected);
}

#[test]
fn a_file_must_be_text() {
    check_request("A: b\0c", "2: a NUL byte: expected a text file");
    let content = b"\xef\xbb\xbfGET http://a/\nA: \xff\n";
    let problem = read(Path::new("x.hurl"), content, Names::default(), 0).unwrap_err();
    let expected = "x.hurl:2: not UTF-8: expected a text file in UTF-8";
    assert_eq!(problem.to_string(), expected);
}

#[test]
fn request_lines() {
    let unexpected = "1: unexpected line: expected a request, as in GET http://example.com/, or a \
                      line of the section above";
    let relative = "1: relative URL: expected http:// or https:// at its start, or a variable, as \
                    in {{base}}/";
    let table = [
        ("get http://a/", unexpected),
        ("http://a/", unexpected),
        ("GET2 http://a/", unexpected),
        ("GET\n", "1: no URL: expected one after the method"),
        ("GET /a", relative),
        ("GET a{{b}}", relative),
        ("GET ftp://a/", "1: URL of another protocol: expected http:// or https://"),
        ("GET ftp://{{a}}/", "1: URL of another protocol: expected http:// or https://"),
        ("GET http://", "1: bad URL: empty host, expected http://HOST[:PORT][/PATH]"),
        (
            "GET https://a:99999/",
            "1: bad URL: invalid port number, expected http://HOST[:PORT][/PATH]",
        ),
        ("HTTP 200", relative),
        ("GET http://a/b c", "1: blank in a URL: expected %20 or [Query]"),
        (
            "GET http://a/\\d",
            "1: unknown escape sequence: expected \\\\, \\\", \\`, \\#, \\/, \\n, \\r, \
                              \\t, \\b, \\f or \\u{…}",
        ),
        ("GET http://a/\tb", "1: text after the URL: expected the end of the line"),
        ("GET ws://a/", "1: WebSocket step without 'skip: true': expected it under [Options]"),
        (
            "SEND ws://a/\n[Options]\nskip: {{a}}",
            "1: WebSocket step without 'skip: true': expected it under [Options]",
        ),
        (
            "GET ws://a/\n[Options]\nskip: true",
            "1: unknown method of a WebSocket: expected CONNECT, SEND, RECEIVE or CLOSE",
        ),
        ("CONNECT http://a/", "1: CONNECT of an HTTP URL: expected ws:// and skip: true"),
        (
            "[Query]\na: b",
            "1: section after a body or without a request: expected it above the body",
        ),
    ];
    for (text, expected) in table {
        check_refused(text, expected);
    }
}

#[test]
fn placeholders() {
    let bad = "1: bad placeholder: expected a variable as in {{name}}, {{newUuid}} or {{newDate}}";
    let no_function = "1: 'randomInt' is no function of hurl 8.0: expected a variable, such as a \
                       column of -feed";
    let table = [
        ("{{", bad),
        ("{{}}", bad),
        ("{{a", bad),
        ("{{a}", bad),
        ("{{a b}}", bad),
        ("{{{a}}}", bad),
        ("{{a.b}}", bad),
        ("{{randomInt 10 99}}", no_function),
        (
            "{{$uuid}}",
            "1: '{{$…}}' is not in the Hurl language: expected {{newUuid}}, {{newDate}} \
                       or a variable",
        ),
    ];
    for (text, expected) in table {
        check_refused(&format!("GET http://a/{text}"), expected);
    }
}

#[test]
fn sections_of_requests() {
    let table = [
        (
            "[Headers]\na: b",
            "2: unknown section 'Headers': expected [Options], [Query], [Form] or \
                             another section",
        ),
        ("[Cookie]\n", "2: unknown section 'Cookie': expected 'Cookies'"),
        ("[Asserts]\n", "2: [Asserts] in a request: expected a line like HTTP 200 before it"),
        (
            "[Query]\na: b\n[QueryStringParams]\nc: d",
            "4: a section is there twice: expected one of each per request",
        ),
        ("[Query] a\n", "2: text after the name of a section: expected the end of the line"),
        ("[Query\n", "2: a section has no closing bracket: expected ]"),
        (
            "[BasicAuth]\na: b\nc: d",
            "4: second line of [BasicAuth]: expected one, 'name: password'",
        ),
        (
            "[Form]\na: b\n[Multipart]\nc: d\n",
            "6: [Form] and [Multipart] in a request: expected one of them",
        ),
        ("[Form]\na: b\n{}", "4: second body: expected either [Form], [Multipart] or a body"),
        ("[Multipart]\na: file,x.txt", "3: bad file: expected file,NAME; and maybe a content type"),
        (
            "[Multipart]\na: file,clippy.toml; {{b}}",
            "3: placeholder in a content type: expected a fixed one",
        ),
        (
            "{}\n[Query]\na: b",
            "3: section after a body or without a request: expected it above the body",
        ),
        ("# @name a\nA: b", "2: '# @name' within a request: expected it before the method"),
        ("A: b # @name a", "2: '# @name' after other text: expected it on its own line"),
    ];
    for (lines, expected) in table {
        check_request(lines, expected);
    }
}

#[test]
fn options() {
    let count = "3: bad count: expected a whole number from 0 to 4294967295";
    let whole = "3: bad value of an option: expected a whole number or {{name}}";
    let duration = "3: bad duration: expected a whole number with ms, s, m or h, as in 500ms";
    let end = "3: bad value of an option: expected the end of the line after it";
    let table = [
        (
            "think: 1s",
            "3: unknown option 'think': expected delay, retry, repeat, location or another \
                       option",
        ),
        ("max_redirs: 1", "3: unknown option 'max_redirs': expected 'max-redirs'"),
        ("retry: -1", "3: 'retry: -1' has no end: expected a count"),
        ("repeat: -1", "3: 'repeat: -1' has no end: expected a count"),
        ("retry: -2", count),
        ("repeat: 4294967296", count),
        ("retry: many", whole),
        ("retry: {{newUuid}}", "3: a function gives no value of this option: expected a variable"),
        ("max-redirs: -2", "3: bad number of redirects: expected 0 or more, or -1 for any"),
        ("delay: 1d", duration),
        ("delay: 01s", duration),
        ("delay: -1s", duration),
        ("delay: 1 s", end),
        ("delay: 1.5s", end),
        ("skip: yes", "3: bad value of an option: expected true, false or {{name}}"),
        ("path-as-is: {{a}}", "3: placeholder in path-as-is: expected true or false"),
        ("verbosity: all", "3: bad verbosity: expected brief, verbose or debug"),
        ("header: a", "3: bad header: expected 'header: Name: value'"),
        ("variable: a", "3: bad variable: expected 'variable: name=value'"),
        ("variable: newDate=1", "3: bad name of a variable: expected letters, digits, _ and -"),
        ("variable: a=2026-01-31", end),
        (
            "retry: {{a}}\nvariable: a=1",
            "4: 'a' is set after an option that uses it: expected it above that option",
        ),
    ];
    for (line, expected) in table {
        check_request(&format!("[Options]\n{line}"), expected);
    }
}

#[test]
fn constant_text_that_cannot_be_sent() {
    let control = "control character in a header: expected text on one line";
    let name = "bad name of a header: expected letters, digits and hyphens";
    let cookie = "control character in a cookie: expected text on one line";
    let table = [
        ("X-A: 1\nX-B: a\\nb", format!("3: {control}")),
        ("X-A: a\\r\\nb", format!("2: {control}")),
        ("X-A: {{a}}\\u{7f}", format!("2: {control}")),
        ("a[1]: 1", format!("2: {name}")),
        ("\u{e9}: 1", format!("2: {name}")),
        ("[Options]\nheader: X-A: a\\nb", format!("3: {control}")),
        ("[Options]\nheader: X A: b", format!("3: {name}")),
        ("[Cookies]\na: 1\nb: c\\n", format!("4: {cookie}")),
    ];
    for (lines, expected) in table {
        check_request(lines, &expected);
    }
    for lines in ["X-A: a\\tb", "X-A: \u{e9}", "{{a}}[1]: 1", "[Cookies]\na: \u{e9}"] {
        assert!(items(&format!("GET http://a/\n{lines}\n")).is_ok(), "{lines}");
    }
}

#[test]
fn options_of_the_attack_and_of_logins() {
    let of_attack = [
        ("cacert", "-root-certs"),
        ("cert", "-cert"),
        ("key", "-key"),
        ("insecure", "-insecure"),
        ("connect-to", "-connect-to"),
        ("resolve", "-connect-to"),
        ("unix-socket", "-unix-socket"),
        ("proxy", "HTTP_PROXY in the environment"),
        ("http1.0", "-http2 or -h2c"),
        ("http3", "-http2 or -h2c"),
        ("ipv4", "an address of that kind in the URL"),
        ("connect-timeout", "-timeout"),
        ("limit-rate", "no such line"),
        ("pinnedpubkey", "-root-certs"),
    ];
    for (option, instead) in of_attack {
        let expected =
            format!("3: option '{option}' is the same for the whole attack: expected {instead}");
        check_request(&format!("[Options]\n{option}: true"), &expected);
    }
    let unsupported = [
        ("digest", "[BasicAuth] or an Authorization header"),
        ("ntlm", "[BasicAuth] or an Authorization header"),
        ("negotiate", "[BasicAuth] or an Authorization header"),
        ("aws-sigv4", "[BasicAuth] or an Authorization header"),
        ("netrc", "[BasicAuth] with a -secret"),
        ("netrc-file", "[BasicAuth] with a -secret"),
        ("netrc-optional", "[BasicAuth] with a -secret"),
        ("location-trusted", "'location', which sends no password to another host"),
        ("no-jsonpath-coercion", "an option of hurl 8.0"),
        ("fail-with-body", "an option of hurl 8.0"),
        ("no-header", "an option of hurl 8.0"),
    ];
    for (option, instead) in unsupported {
        let expected = format!("3: option '{option}' is not supported: expected {instead}");
        check_request(&format!("[Options]\n{option}: true"), &expected);
    }
}

#[test]
fn bodies() {
    let table = [
        ("{ 'a': 1 }", "2: bad JSON: expected a name in double quotes"),
        ("{ \"a\" 1 }", "2: bad JSON: expected a colon after a name"),
        ("{ \"a\": 1, }", "2: bad JSON: expected no comma before }"),
        ("{ \"a\": 1 \"b\" }", "2: bad JSON: expected a comma or }"),
        ("{\n\"a\": 1", "2: JSON has no end: expected a closing }"),
        ("[ 01 ]", "2: bad number in JSON: expected one as in 12, -3, 0.5 or 1e6"),
        (
            "[ nil ]",
            "2: bad JSON: expected a value: text in double quotes, a number, true, false, \
                     null, a list, an object or {{name}}",
        ),
        (
            "\"a\\x\"",
            "2: unknown escape sequence in JSON: expected \\\\, \\\", \\/, \\n, \\r, \\t, \
                      \\b, \\f or \\u00e9",
        ),
        (
            "\"\\ud800\"",
            "2: unknown escape sequence in JSON: expected \\\\, \\\", \\/, \\n, \\r, \
                         \\t, \\b, \\f or \\u00e9",
        ),
        ("\"a", "2: a string in JSON has no closing quote: expected \" on the same line"),
        ("\"\u{1}\"", "2: control character in JSON: expected \\t or \\u…"),
        ("{} {}", "2: text after the body: expected the end of the line"),
        (
            "<a>",
            "2: XML has no end: expected a closing tag of its first element, and no instructions <?…?>",
        ),
        (
            "<?xml version=\"1.0}\"?><a/>",
            "2: bad XML: expected <?xml version=\"1.0\" encoding=\"UTF-8\"?> or no declaration",
        ),
        (
            "<?xml version='1.0\"?><a/>",
            "2: bad XML: expected <?xml version=\"1.0\" encoding=\"UTF-8\"?> or no declaration",
        ),
        (
            "<a><?b c?></a>",
            "2: XML has no end: expected a closing tag of its first element, and no instructions \
             <?…?>",
        ),
        ("`a", "2: a text has no closing backtick: expected ` on the same line"),
        ("```\na", "2: a block has no end: expected a closing ```"),
        (
            "```hex\n00\n```",
            "2: unknown kind of a block: expected ```, ```json, ```xml, ```graphql \
                             or ```raw",
        ),
        ("```json a\n```", "2: text after the start of a block: expected the end of the line"),
        ("```graphql\na\nvariables x\n```", "4: bad variables of GraphQL: expected a JSON object"),
        (
            "```graphql\na\nvariables {} x```",
            "4: text after the variables of GraphQL: expected a closing ```",
        ),
        ("hex,0;", "2: bad hex: expected hex,…; with two digits per byte"),
        ("base64,AAAAA;", "2: bad base64: expected base64,…; with its letters and padding"),
        ("base64,A\u{e9};", "2: bad base64: expected base64,…; with its letters and padding"),
        ("file,;", "2: no name of a file: expected one, as in file,data.bin;"),
        (
            "file,{{a}};",
            "2: placeholder in the name of a file: expected a fixed name, as files are \
                         read once",
        ),
        (
            "file,no-such-file;",
            "2: cannot read 'no-such-file': no such file or directory: expected a file",
        ),
        ("file,../a;", "2: '../a' is outside of the folder of the flow: expected a file inside"),
        (
            "file,/etc/hosts;",
            "2: '/etc/hosts' is outside of the folder of the flow: expected a file inside",
        ),
    ];
    for (body, expected) in table {
        check_request(body, expected);
    }
}

#[test]
fn annotations() {
    let table = [
        ("# @thnik 1s\nGET http://a/", "1: unknown annotation '# @thnik': expected '# @think'"),
        (
            "# @skip\nGET http://a/",
            "1: unknown annotation '# @skip': expected # @flow, @name, @think, @loop, @end, @pace, \
          @pick, @weight, @chance, @on-failure, or no @ at the start of a comment",
        ),
        (
            "# @cookie_storage_clear\nGET http://a/",
            "1: hurl's '@cookie_storage_…' is not supported: expected a [Cookies] section",
        ),
        (
            "# a @cookie_storage_set: b\nGET http://a/",
            "1: hurl's '@cookie_storage_…' is not supported: expected a [Cookies] section",
        ),
    ];
    for (text, expected) in table {
        check_refused(text, expected);
    }
}
