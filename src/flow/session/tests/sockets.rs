//! Steps of WebSockets: what they send, and which message is the reply.

use super::*;
use crate::flow::SocketStep;

/// Begins a flow with one step.
fn user(text: &str) -> User {
    let mut user = User::new(text);
    assert!(user.go_to_request());
    user
}

/// Returns a message of a WebSocket as checks see it.
fn message<'a>(body: &'a str, headers: &'a HeaderMap) -> Answer<'a> {
    Answer {
        code: 0,
        version: "",
        url: "ws://a:1/",
        headers,
        body: body.as_bytes(),
        is_truncated: false,
        is_undecodable: false,
        is_good: true,
        latency: Duration::from_millis(3),
        redirects: &[],
        ip: None,
        error: None,
    }
}

#[test]
fn a_step_has_the_address_of_the_handshake_and_the_message() {
    let table = [
        ("CONNECT ws://a:1/b?c={{text}}\n", "", "ws://a:1/b?c=a http://a:1/b?c=a /b?c=a"),
        ("CONNECT wss://a\n[Query]\nt: x y\n", "", "wss://a?t=x%20y https://a/?t=x%20y /?t=x%20y"),
        ("SEND {{base}}/b\n", "`m{{two}}`\n", "wss://h/b https://h/b /b m2"),
        ("RECEIVE ws://a/b\n", "", "ws://a/b http://a/b /b"),
    ];
    for (start, rest, expected) in table {
        let options = "[Options]\nskip: true\nvariable: base=https://h\n";
        let User { flow, mut session, .. } = user(&format!("{start}{options}{rest}"));
        let step = session.request(&flow, 0).unwrap();
        let target = &step.target;
        let body = str::from_utf8(&target.body).unwrap();
        let shown = format!("{} {} {} {body}", target.url, target.address, target.path);
        assert_eq!(shown.trim_end(), expected);
        assert_eq!((target.method.as_str(), step.socket.is_some()), ("WS", true));
    }
    let text = "CONNECT ws://a/\n[Options]\nskip: true\n[Cookies]\nc: d\n[BasicAuth]\nme: x\n";
    let User { flow, mut session, .. } = user(text);
    let step = session.request(&flow, 0).unwrap();
    assert_eq!(step.socket, Some(SocketStep::Connect));
    let headers = step.target.headers.iter();
    let headers: Vec<_> = headers.map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let expected: [(_, &[u8]); 3] =
        [("accept", b"*/*"), ("cookie", b"c=d"), ("authorization", b"Basic bWU6eA==")];
    assert_eq!(headers, expected);
}

#[test]
fn a_url_that_is_none_of_a_web_socket_is_refused() {
    let text = "CONNECT {{base}}/\n[Options]\nskip: true\nvariable: base=ftp://a\n";
    let User { flow, mut session, .. } = user(text);
    let refusal = session.request(&flow, 0).unwrap_err();
    assert_eq!(refusal.line, 1);
    assert!(refusal.text.starts_with("bad URL: "), "{refusal}");
}

#[test]
fn the_reply_is_the_first_message_that_meets_all_checks() {
    let text = "SEND ws://a/\n[Options]\nskip: true\n`x`\nHTTP *\n[Captures]\n\
                id: jsonpath \"$.id\"\n[Asserts]\njsonpath \"$.type\" == \"reply\"\nduration < 5\n";
    let User { flow, mut session, .. } = user(text);
    session.request(&flow, 0).unwrap();
    let headers = HeaderMap::new();
    let table = [
        (r#"{"type": "typing", "id": 1}"#, false),
        (r#"{"type": "reply"}"#, false),
        ("no JSON", false),
        ("", false),
        (r#"{"type": "reply", "id": 7}"#, true),
    ];
    for (body, is_accepted) in table {
        assert_eq!(session.accepts(&flow, &message(body, &headers)), is_accepted, "{body}");
        assert!(session.captures(&flow).is_empty());
    }
    let slow = Answer { latency: Duration::from_millis(6), ..message(table[4].0, &headers) };
    assert!(!session.accepts(&flow, &slow));
    let checks = session.answer(&flow, &message(table[4].0, &headers), &mut ());
    assert_eq!(checks, Checks { made: Some(2), failed: 0, error: None });
    let captures = session.captures(&flow);
    assert_eq!(captures[0].1.to_json().to_string(), "7");
}
