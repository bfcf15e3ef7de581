//! Steps of WebSockets.

use super::*;
use crate::flow::tree::options::Setting;
use crate::flow::tree::request::SocketStep;

const SKIPPED: &str = "[Options]\nskip: true\n";

#[test]
fn a_step_of_a_web_socket_is_an_entry_that_is_made() {
    let send = |is_binary, awaits_reply| SocketStep::Send { is_binary, awaits_reply };
    let table = [
        ("CONNECT ws://a/b?c=d\nCookie: x\n", "HTTP 101\n", SocketStep::Connect),
        ("CONNECT WSS://{{host}}/\n", "HTTP *\n[Asserts]\nstatus == 101\n", SocketStep::Connect),
        ("CONNECT {{base}}/b\n", "", SocketStep::Connect),
        ("SEND ws://a/\n", "{\"a\": 1}\n", send(false, false)),
        ("SEND {{base}}/\n", "`hello`\nHTTP *\n[Captures]\nx: body\n", send(false, true)),
        ("SEND ws://a/\n", "```\nhello\n```\nHTTP *\n`pong`\n", send(false, true)),
        ("SEND ws://a/\n", "base64,AAE=;\n", send(true, false)),
        ("SEND ws://a/\n", "hex,00ff;\nHTTP *\n", send(true, true)),
        ("SEND ws://a/\n", "file,Cargo.toml;\n", send(false, false)),
        ("RECEIVE ws://a/\n", "HTTP *\n[Asserts]\njsonpath \"$.a\" == 1\n", SocketStep::Receive),
        ("CLOSE ws://a/\n", "", SocketStep::Close),
    ];
    for (start, rest, expected) in table {
        let (made, _) = entry(&format!("{start}{SKIPPED}{rest}"));
        assert_eq!(made.socket, Some(expected), "{start}{rest}");
        assert!(matches!(made.options.skip, Setting::Fixed(false)));
    }
    for text in ["GET http://a/\n", "SEND {{base}}/\n", "CLOSE http://a/\n[Options]\nskip: true\n"]
    {
        assert_eq!(entry(text).0.socket, None, "{text}");
    }
    let (named, _) = entry(&format!("CONNECT ws://a/b?c={{{{d}}}}\n{SKIPPED}"));
    assert_eq!(&*named.name, "CONNECT /b?c={{d}}");
}

#[test]
fn what_a_step_of_a_web_socket_cannot_have_is_refused() {
    let of_message = "check or capture of a response in a SEND, but messages have none of that: \
                      expected body, bytes, jsonpath, regex, sha256, duration, url or variable";
    let table = [
        ("SEND ws://a/\n", "", "1: SEND without a message: expected it as the body"),
        ("RECEIVE ws://a/\n", "`x`\n", "1: body in a RECEIVE: expected it in a SEND"),
        ("CONNECT ws://a/\n", "{}\n", "1: body in a CONNECT: expected it in a SEND"),
        ("CLOSE ws://a/\nA: b\n", "", "1: headers in a CLOSE: expected this in the CONNECT"),
        (
            "SEND ws://a/\n[Query]\na: b\n",
            "`x`\n",
            "1: [Query] in a SEND: expected this in the CONNECT",
        ),
        (
            "CONNECT ws://a/\n",
            "location: true\n",
            "1: option 'location' in a WebSocket step: expected this in HTTP requests only",
        ),
        (
            "CONNECT ws://a/\n[Form]\na: b\n",
            "",
            "1: [Form] in a WebSocket step: expected this in HTTP requests only",
        ),
        ("SEND ws://a/\n", "`x`\nHTTP 200\n", "5: status or version of a SEND: expected 'HTTP *'"),
        (
            "SEND ws://a/\n",
            "`x`\nHTTP/1.1 *\n",
            "5: status or version of a SEND: expected 'HTTP *'",
        ),
        ("SEND ws://a/\n", "`x`\nHTTP *\nA: b\n", &format!("5: {of_message}")),
        (
            "SEND ws://a/\n",
            "`x`\nHTTP *\n[Captures]\na: header \"b\"\n",
            &format!("5: {of_message}"),
        ),
        ("SEND ws://a/\n", "`x`\nHTTP *\n[Asserts]\nstatus == 101\n", &format!("5: {of_message}")),
    ];
    for (start, rest, expected) in table {
        check_refused(&format!("{start}{SKIPPED}{rest}"), expected);
    }
}
