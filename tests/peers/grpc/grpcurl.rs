//! grpcurl as a client of `serve`, with the schema by reflection.

use std::fs;

use crate::setup::installed::grpcurl;
use crate::support::harness::{Output, program};
use crate::support::servers::{Serve, serve};

/// Runs grpcurl, with requests in JSON for a call.
fn run(server: &Serve, flags: &[&str], requests: &str, rest: &[&str]) -> Output {
    let address = server.url.trim_start_matches("http://");
    let data: &[&str] = if requests.is_empty() { &[] } else { &["-d", "@"] };
    let run = program(grpcurl()).arg("-plaintext").args(flags).args(data).arg(address);
    run.args(rest).stdin(requests).run()
}

/// Checks what grpcurl prints.
#[track_caller]
fn check(server: &Serve, flags: &[&str], requests: &str, rest: &[&str], expected: &str) {
    let output = run(server, flags, requests, rest);
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""), "{rest:?}");
    assert_eq!(output.text(), expected, "{rest:?}");
}

#[test]
fn grpcurl_lists_and_describes_the_services_by_reflection() {
    let server = serve(&[]);
    let services = "drumfire.v1.Echo\ngrpc.health.v1.Health\ngrpc.reflection.v1.ServerReflection\n\
                    grpc.reflection.v1alpha.ServerReflection\n";
    check(&server, &[], "", &["list"], services);
    let methods = "drumfire.v1.Echo.Collect\ndrumfire.v1.Echo.Converse\ndrumfire.v1.Echo.Tokens\n\
                   drumfire.v1.Echo.Unary\n";
    check(&server, &[], "", &["list", "drumfire.v1.Echo"], methods);
    let message = "drumfire.v1.EchoRequest is a message:\nmessage EchoRequest {\n  string text = 1;\n  \
                   // Number of responses of Tokens; 0 means the number that serve was started \
                   with.\n  int32 count = 2;\n  bytes payload = 3;\n}\n";
    check(&server, &[], "", &["describe", "drumfire.v1.EchoRequest"], message);
    let output = run(&server, &[], "", &["describe", "other.v1.Other"]);
    assert!(output.stderr.contains("Symbol not found: other.v1.Other"), "{}", output.stderr);
}

#[test]
fn grpcurl_calls_methods_of_all_four_types() {
    let server = serve(&["-latency=1ms..5ms"]);
    let one = r#"{"text": "a", "count": 2}"#;
    let first = "{\n  \"text\": \"a\",\n  \"received\": 1\n}\n";
    check(&server, &[], one, &["drumfire.v1.Echo/Unary"], first);
    let tokens = format!("{first}{{\n  \"text\": \"a\",\n  \"index\": 1,\n  \"received\": 1\n}}\n");
    check(&server, &[], one, &["drumfire.v1.Echo/Tokens"], &tokens);
    let two = r#"{"text": "a"} {"text": "b", "payload": "aGk="}"#;
    let last = "{\n  \"text\": \"b\",\n  \"payload\": \"aGk=\",\n  \"received\": 2\n}\n";
    check(&server, &[], two, &["drumfire.v1.Echo/Collect"], last);
    let second =
        "{\n  \"text\": \"b\",\n  \"index\": 1,\n  \"payload\": \"aGk=\",\n  \"received\": 2\n}\n";
    check(&server, &[], two, &["drumfire.v1.Echo/Converse"], &format!("{first}{second}"));
    let health = "{\n  \"status\": \"SERVING\"\n}\n";
    check(&server, &[], "{}", &["grpc.health.v1.Health/Check"], health);
}

#[test]
fn grpcurl_gets_the_status_and_the_metadata_of_a_route() {
    let folder = tempfile::tempdir().unwrap();
    let routes = folder.path().join("routes.toml");
    let text = "[[grpc]]\nmethod = '*/Unary'\nstatus = 'UNAVAILABLE'\nheaders = { x-one = '1' }\n\
                trailers = { x-two = '2' }\n";
    fs::write(&routes, text).unwrap();
    let server = serve(&["-routes", routes.to_str().unwrap()]);
    let output = run(&server, &["-v"], "{}", &["drumfire.v1.Echo/Unary"]);
    // grpcurl adds 64 to the number of the status.
    assert_eq!(output.status, Some(64 + 14));
    for expected in ["Code: Unavailable", "Message: drawn for the route */Unary"] {
        assert!(output.stderr.contains(expected), "{}", output.stderr);
    }
    for expected in ["x-one: 1", "x-two: 2"] {
        assert!(output.text().contains(expected), "{}", output.text());
    }
}

#[test]
fn grpcurl_finds_the_schema_of_the_user() {
    let folder = tempfile::tempdir().unwrap();
    let proto = folder.path().join("kernel.proto");
    let text = "syntax = \"proto3\"; package kernel.v1; import \"google/protobuf/duration.proto\";\n\
                message Task { google.protobuf.Duration length = 1; }\n\
                service Kernel { rpc Submit(Task) returns (Task); }\n";
    fs::write(&proto, text).unwrap();
    let routes = folder.path().join("routes.toml");
    let body = r#"body = '{"length": "{{$body./length}}"}'"#;
    fs::write(&routes, format!("[[grpc]]\nmethod = 'kernel.v1.Kernel/*'\n{body}\n")).unwrap();
    let [proto, routes] = [&proto, &routes].map(|path| path.to_str().unwrap());
    let server = serve(&["-proto", proto, "-routes", routes]);
    let request = r#"{"length": "1.500s"}"#;
    let response = "{\n  \"length\": \"1.500s\"\n}\n";
    check(&server, &[], request, &["kernel.v1.Kernel/Submit"], response);
}
