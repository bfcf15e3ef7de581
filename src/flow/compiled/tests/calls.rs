//! gRPC calls, and the schemas that they need.

use super::*;
use crate::protobuf::Schema;

const START: &str = "CALL grpc://a:1/drumfire.v1.Echo/Unary\n[Options]\nskip: true\n";

/// Checks what is wrong with a file that is read with the schema of the echo service.
#[track_caller]
fn check_uncompiled(text: &str, expected: &str) {
    let mut flow = read(text).unwrap_or_else(|problem| panic!("{text}\n{problem}"));
    let found = flow.compile_calls(|_| Ok(Some(Schema::builtin())));
    let problem = found.unwrap_err().to_string();
    assert!(problem.starts_with(&format!("x.hurl:{expected}")), "{text}\n{problem}");
}

#[test]
fn what_does_not_fit_the_schema_is_refused_with_its_line() {
    let table = [
        ("\nCALL grpc://a:1/drumfire.v1.Ecco/Unary\n[Options]\nskip: true\n", "2: "),
        ("CALL grpc://a:1/drumfire.v1.Echo/Unarry\n[Options]\nskip: true\n", "1: "),
        (&format!("{START}{{\n\"text\": \"a\",\n\"cuont\": 1}}\n"), "6: "),
        (&format!("{START}```json\n{{\"text\": 1}}\n```\n"), "5: "),
        (&format!("{START}{{\"text\": \"{{{{base}}}}\", \"cuont\": 1}}\n"), "4: "),
        (&format!("{START}file,Cargo.toml;\n"), "4: line 1 of the file: "),
        (
            &format!("{START}[{{}}, {{}}]\n"),
            "4: 2 messages for /drumfire.v1.Echo/Unary: expected one, since it takes no stream",
        ),
    ];
    for (text, expected) in table {
        check_uncompiled(text, expected);
    }
}

#[test]
fn a_missing_schema_is_a_problem_of_the_line() {
    let mut flow = read(&format!("GET {{{{base}}}}/\n\n{START}")).unwrap();
    let problem = flow.compile_calls(|_| Err("no schema".to_owned())).unwrap_err();
    assert_eq!(problem.to_string(), "x.hurl:3: no schema");
    assert_eq!(flow.compile_calls(|_| Ok(None)), Ok(()));
}

#[test]
fn the_server_of_a_call_is_known_from_variables() {
    let text = "GET http://a/\nHTTP 200\n[Captures]\nhost: body\ntoken: body\n\n\
                CALL {{base}}:1/a.B/C\nA: {{base}}\nAuthorization: {{token}}\n[Options]\n\
                skip: true\n\nCALL grpc://{{host}}:2/D.E\n[Options]\nskip: true\n";
    let flow = read(text).unwrap();
    assert!(flow.has_calls());
    let sites = flow.call_sites().unwrap();
    let [known, unknown] = sites.as_slice() else { panic!("{sites:?}") };
    assert_eq!((&*known.service, &*unknown.service), ("a.B", "D"));
    let server = known.server.as_ref().unwrap();
    let names: Vec<_> = server.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((server.address.as_str(), &*names), ("http://a:1/", &["a"][..]));
    assert!(unknown.server.is_none());
    assert!(!read("GET http://a/\n").unwrap().has_calls());
}

#[test]
fn a_value_that_makes_no_server_is_refused() {
    let text = "CALL grpc://{{base}}/a.B/C\n[Options]\nskip: true\n";
    let problem = read(text).unwrap().call_sites().unwrap_err().to_string();
    assert!(problem.starts_with("x.hurl:1: bad URL: "), "{problem}");
}

#[test]
fn calls_are_requests_of_a_flow() {
    let flow = read(&format!("{START}HTTP 200\n")).unwrap();
    assert_eq!(flow.estimate().requests, Some(1.0));
    assert_eq!(flow.step_names().collect::<Vec<_>>(), ["CALL /drumfire.v1.Echo/Unary"]);
    let raw = "7: rawbytes in a gRPC call: expected bytes, the messages as JSON";
    check_refused(
        &format!("{START}HTTP 200\n[Asserts]\nstatus == 200\nrawbytes count == 5\n"),
        raw,
    );
}
