//! gRPC calls as steps of flows.

use std::io::Cursor;

use drumfire::codec::decoder;
use drumfire::record::{Columns, Kind};

use super::Place;
use crate::support::harness::Output;

/// A flow with calls between requests.
const MIXED: &str = r#"# @flow mixed
# @name login
POST {{base}}/login
HTTP 200
[Captures]
token: jsonpath "$.token"

# @name echo
CALL {{base}}/drumfire.v1.Echo/Unary
authorization: Bearer {{token}}
[Options]
skip: true
{
  "text": "<{{token}}>"
}
HTTP 200
[Captures]
text: jsonpath "$.text"
[Asserts]
jsonpath "$.received" == 1
version == "2"

# @name tokens
CALL {{base}}/drumfire.v1.Echo/Tokens
[Options]
skip: true
{ "text": "{{text}}", "count": 3 }
HTTP 200
[Asserts]
jsonpath "$" count == 3
jsonpath "$[2].text" == "<abc>"

# @name after
GET {{base}}/echo/{{token}}
HTTP 200
"#;

const HEALTH: &str = "CALL {{base}}/grpc.health.v1.Health/Check\n[Options]\nskip: true\n\
                      {\"service\": \"none\"}\n";

/// Returns name, method, kind, gRPC status, messages received, and error of each record.
#[track_caller]
fn records(place: &Place, flags: &str) -> Vec<String> {
    let Output { status, stdout, stderr, .. } = place.attack(flags).run();
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    let mut decoder = decoder(Cursor::new(stdout), Columns::All).unwrap();
    let mut records = Vec::new();
    while let Some(batch) = decoder.next_batch().unwrap() {
        for record in batch.records() {
            let flow = record.flow.unwrap();
            let call = record.messaging.map_or("-".to_owned(), |it| {
                assert_eq!(it.kind, Kind::Call);
                format!("{:?} {}", it.grpc_status, it.messages_in)
            });
            let (name, method) = (record.name, record.method);
            let outcome = record.error.unwrap_or(if record.is_success() { "ok" } else { "failed" });
            let line = format!("{name} {method} {call} {outcome}");
            records.push(((flow.flow_seq, flow.flow_hit), line));
        }
    }
    records.sort();
    records.into_iter().map(|(_, line)| line).collect()
}

#[test]
fn calls_and_requests_use_each_others_captures() {
    let place = Place::new(&[("a.hurl", MIXED)]);
    let expected =
        ["login POST - ok", "echo GRPC Some(0) 1 ok", "tokens GRPC Some(0) 3 ok", "after GET - ok"];
    let found = records(&place, "-flow=a.hurl -rate=100 -flow-count=2");
    assert_eq!(found, [expected, expected].concat());
}

#[test]
fn another_status_fails_a_call_unless_a_check_expects_it() {
    let table = [
        ("HTTP 200\n[Asserts]\nheader \"grpc-status\" == \"5\"\n", "ok"),
        ("HTTP 200\n", "check: header \"grpc-status\" == \"0\""),
    ];
    for (lines, outcome) in table {
        let place = Place::new(&[("a.hurl", &format!("{HEALTH}{lines}"))]);
        let found = records(&place, "-flow=a.hurl -rate=100 -flow-count=1");
        let expected = format!("CALL /grpc.health.v1.Health/Check GRPC Some(5) 0 {outcome}");
        assert_eq!(found, [expected]);
    }
    let place = Place::new(&[("a.hurl", &format!("{HEALTH}\nGET {{{{base}}}}/\n"))]);
    let found = records(&place, "-flow=a.hurl -rate=100 -flow-count=1");
    assert!(found[0].contains("rpc error: code = NotFound"), "{found:?}");
    assert_eq!(found.len(), 2);
}

#[test]
fn a_call_is_tried_like_a_request() {
    let place = Place::new(&[("a.hurl", MIXED), ("b.hurl", &format!("{HEALTH}HTTP 200\n"))]);
    let output = place.attack("-try -flow=a.hurl").run();
    let lines: Vec<_> = output.text().lines().map(str::trim).collect();
    let base = place.server.url.replace("http://", "grpc://");
    let call = format!("2 echo: CALL {base}/drumfire.v1.Echo/Unary");
    let at = lines.iter().position(|line| *line == call).unwrap_or_else(|| panic!("{lines:?}"));
    assert!(lines[at + 1].starts_with("OK, "), "{lines:?}");
    assert_eq!(lines[at + 2], "line 16   ok       status 200");
    assert_eq!(lines[at + 3], "line 16   ok       header \"grpc-status\" == \"0\"");
    assert_eq!(lines[at + 4], "line 18   capture  text: \"<abc>\"");
    assert_eq!(output.status, Some(0));

    let failed = place.attack("-try -flow=b.hurl").run();
    let text = String::from_utf8(failed.stdout).unwrap();
    assert!(text.contains("\n    NotFound, 0 bytes in "), "{text}");
    let check = "line 5    FAILED   header \"grpc-status\" == \"0\": found \"5\"";
    assert!(text.contains(check), "{text}");
    assert_eq!(failed.status, Some(1));
}

#[test]
fn what_does_not_fit_the_schema_is_reported_before_the_attack() {
    let start = "\nCALL {{base}}/drumfire.v1.Echo/Unary\n[Options]\nskip: true\n";
    let table = [
        (start.replace("Unary", "Unarry"), "2: bad method 'drumfire.v1.Echo/Unarry': "),
        (format!("{start}{{\n\"cuont\": 1}}\n"), "6: "),
        (
            "GET {{base}}/\nHTTP 200\n[Captures]\nhost: body\n\n\
             CALL grpc://{{host}}:1/drumfire.v1.Echo/Unary\n[Options]\nskip: true\n"
                .to_owned(),
            "6: the server of the call is known only during the flow",
        ),
    ];
    for (text, expected) in table {
        let place = Place::new(&[("a.hurl", &text)]);
        for flags in ["-try -flow=a.hurl", "-flow=a.hurl -rate=1 -flow-count=1"] {
            let output = place.attack(flags).run();
            let problem = format!("drumfire attack: a.hurl:{expected}");
            assert!(output.stderr.starts_with(&problem), "{}", output.stderr);
            assert_eq!((output.status, output.stdout.len()), (Some(1), 0));
        }
    }
}
