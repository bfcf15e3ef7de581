//! gRPC calls: their messages, and what is read of their responses.

use http::{HeaderMap, HeaderValue};

use super::*;
use crate::protobuf::{Method, Schema};

const SERVICE: &str = "grpc://127.0.0.1:1/drumfire.v1.Echo";

/// Begins a flow with a call of a method of the echo service.
fn user(method: &str, lines: &str) -> User {
    let text = format!("CALL {SERVICE}/{method}\n[Options]\nskip: true\n{lines}");
    let mut user = User::new(&text);
    user.flow.compile_calls(|_| Ok(Some(Schema::builtin()))).unwrap();
    assert!(user.go_to_request());
    user
}

fn method(name: &str) -> Method {
    Schema::builtin().method(&format!("drumfire.v1.Echo/{name}")).unwrap()
}

/// Returns the messages of a call as JSON, or why it cannot be made.
fn messages(name: &str, lines: &str) -> Result<Vec<String>, String> {
    let User { flow, mut session, .. } = user(name, lines);
    let step = session.request(&flow, 0).map_err(|refusal| refusal.to_string())?;
    let call = step.target.ready_call().unwrap();
    let shown = call.messages.iter().map(|wire| method(name).decode_request(wire).unwrap());
    Ok(shown.collect())
}

/// Answers a call with messages as JSON and a gRPC status. Returns the checks, and captures as
/// `name=value`.
fn answered(name: &str, lines: &str, sent: &[&str], status: Option<&str>) -> (Checks, String) {
    let mut framed = Vec::new();
    for json in sent {
        let wire = method(name).encode_response(json).unwrap();
        framed.push(0);
        framed.extend(u32::try_from(wire.len()).unwrap().to_be_bytes());
        framed.extend_from_slice(&wire);
    }
    answer_with(user(name, lines), &framed, status)
}

fn answer_with(user: User, body: &[u8], status: Option<&str>) -> (Checks, String) {
    let User { flow, mut session, .. } = user;
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/grpc"));
    if let Some(status) = status {
        headers.insert("grpc-status", status.parse().unwrap());
    }
    let url = session.request(&flow, 0).unwrap().target.url;
    let answer = Answer {
        code: 200,
        version: "2",
        url: &url,
        headers: &headers,
        body,
        is_truncated: false,
        is_undecodable: false,
        is_good: status == Some("0"),
        latency: Duration::from_millis(3),
        redirects: &[],
        ip: None,
        error: None,
    };
    let checks = session.answer(&flow, &answer, &mut ());
    let captures = session.captures(&flow);
    let shown: Vec<_> =
        captures.iter().map(|(name, value)| format!("{name}={}", value.to_json())).collect();
    (checks, shown.join(" "))
}

/// Returns checks of which the first that failed has this error.
fn checks(made: u16, failed: u16, error: Option<&str>) -> Checks {
    Checks { made: Some(made), failed, error: error.map(str::to_owned) }
}

#[test]
fn a_call_has_the_messages_of_its_body() {
    let table = [
        ("Unary", "", "{}"),
        ("Unary", "{\"text\": \"a\", \"count\": 3}\n", r#"{"text":"a","count":3}"#),
        (
            "Unary",
            "{\n\"text\": \"{{text}}-{{two}}\", \"count\": {{two}}}\n",
            r#"{"text":"a-2","count":2}"#,
        ),
        ("Unary", "`{\"text\": \"x\"}`\n", r#"{"text":"x"}"#),
        ("Unary", "```json\n{\"text\": \"{{text}}\"}\n```\n", r#"{"text":"a"}"#),
        ("Unary", "```json\n{\"count\": {{two}}}\n```\n", r#"{"count":2}"#),
        ("Unary", "```json\n{\"text\": {{quoted}}}\n```\n", r#"{"text":"a\"b"}"#),
        ("Collect", "[{\"text\": \"a\"}, {\"count\": 1}]\n", r#"{"text":"a"} {"count":1}"#),
    ];
    for (method, body, expected) in table {
        let lines = format!("variable: quoted=\"\\\"a\\\\\\\"b\\\"\"\n{body}");
        let found = messages(method, &lines).map(|messages| messages.join(" "));
        assert_eq!(found.as_deref(), Ok(expected), "{body}");
    }
}

#[test]
fn a_value_that_does_not_fit_is_not_shown() {
    let outside =
        "variable 'text' is a text outside of quotes in JSON: expected a number, boolean or null";
    assert_eq!(messages("Unary", "{\"count\": {{text}}}\n"), Err(outside.to_owned()));
    let of_block = messages("Unary", "```json\n{\"count\": {{text}}}\n```\n").unwrap_err();
    let expected = "bad body: with the values of its variables, it has no messages of \
                    /drumfire.v1.Echo/Unary";
    assert_eq!(of_block, expected);
}

#[test]
fn headers_are_metadata() {
    let User { flow, mut session, .. } = user("Unary", "header: x-b: {{two}}\nuser: a:b\n");
    let target = session.request(&flow, 0).unwrap().target;
    let names: Vec<_> = target.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["x-b", "authorization"]);
    let shown = (target.method.as_str(), target.address.as_str(), target.path.as_str());
    assert_eq!(shown, ("GRPC", "http://127.0.0.1:1/", "/drumfire.v1.Echo/Unary"));
    assert_eq!(target.url, format!("{SERVICE}/Unary"));
}

#[test]
fn the_host_may_be_that_of_requests() {
    let table = [
        ("http://a:1", "grpc://a:1/drumfire.v1.Echo.Unary", "http://a:1/"),
        ("https://a", "grpcs://a/drumfire.v1.Echo.Unary", "https://a/"),
        ("grpcs://a:1", "grpcs://a:1/drumfire.v1.Echo.Unary", "https://a:1/"),
    ];
    for (base, url, address) in table {
        let text = format!(
            "CALL {{{{base}}}}/drumfire.v1.Echo.Unary\n[Options]\nskip: true\nvariable: base={base}\n"
        );
        let mut user = User::new(&text);
        user.flow.compile_calls(|_| Ok(Some(Schema::builtin()))).unwrap();
        assert!(user.go_to_request());
        let target = user.session.request(&user.flow, 0).unwrap().target;
        assert_eq!((&*target.url, target.address.as_str()), (url, address));
        assert_eq!(target.path, "/drumfire.v1.Echo/Unary");
    }
}

#[test]
fn a_response_is_read_as_json() {
    let lines = "HTTP 200\n[Captures]\nt: jsonpath \"$.text\"\nb: body\n\
                 [Asserts]\nbytes count == 26\nduration == 3\nversion == \"2\"\n";
    let sent = [r#"{"text": "é", "received": 1}"#];
    let (checks_made, captures) = answered("Unary", lines, &sent, Some("0"));
    assert_eq!(checks_made, checks(5, 0, None));
    assert_eq!(captures, r#"t="é" b="{\"text\":\"é\",\"received\":1}""#);
}

#[test]
fn a_stream_is_read_as_a_list() {
    let lines = "HTTP 200\n[Captures]\nt: jsonpath \"$[*].text\"\nn: jsonpath \"$\" count\n";
    let sent = [r#"{"text": "a"}"#, r#"{"text": "b", "index": 1}"#];
    let (_, captures) = answered("Tokens", lines, &sent, Some("0"));
    assert_eq!(captures, r#"t=["a","b"] n=2"#);
    let (_, captures) = answered("Tokens", "HTTP 200\n[Captures]\nb: body\n", &[], Some("0"));
    assert_eq!(captures, r#"b="[]""#);
}

#[test]
fn the_status_must_be_ok_unless_it_is_checked() {
    let not_found = Some("5");
    let of_status = "HTTP 200\n[Asserts]\nheader \"grpc-status\" == \"5\"\n";
    let ok = Some(r#"check: header "grpc-status" == "0""#);
    let table = [
        ("HTTP 200\n", Some("0"), checks(2, 0, None)),
        ("HTTP 200\n[Captures]\na: jsonpath \"$.text\"\n", not_found, checks(2, 1, ok)),
        ("HTTP *\n", not_found, checks(1, 1, ok)),
        (
            "HTTP *\n",
            None,
            checks(1, 1, Some("check: header \"grpc-status\" == \"0\": no such header")),
        ),
        (of_status, not_found, checks(2, 0, None)),
        (of_status, Some("0"), checks(2, 1, Some(r#"check: header "grpc-status" == "5""#))),
        ("HTTP 200\ngrpc-status: 5\n", not_found, checks(2, 0, None)),
        ("", not_found, Checks::default()),
    ];
    for (lines, status, expected) in table {
        assert_eq!(answered("Unary", lines, &[], status).0, expected, "{lines} {status:?}");
    }
}

#[test]
fn what_is_no_message_fails_what_reads_it() {
    let reads = "HTTP 200\n[Captures]\na: jsonpath \"$.text\"\n";
    let problem = "capture: a: jsonpath \"$.text\": the body has no messages of the type that the \
                   method returns";
    for body in [&b"\x00\x00\x00\x00\x01\x10"[..], b"\x00\x00\x00\x00\x02\x10", b"\x00\x00"] {
        let (found, _) = answer_with(user("Unary", reads), body, Some("0"));
        assert_eq!(found, checks(2, 0, Some(problem)));
        let (found, _) = answer_with(user("Unary", "HTTP 200\n"), body, Some("0"));
        assert_eq!(found, checks(2, 0, None));
    }
}

#[test]
fn a_call_without_a_schema_cannot_be_made() {
    let text = format!("CALL {SERVICE}/Unary\n[Options]\nskip: true\n");
    let mut user = User::new(&text);
    user.run(None);
    assert_eq!(user.log(), "error: the schema of the call is not known end");
}
