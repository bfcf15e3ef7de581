//! `[[grpc]]` routes: which call gets which response, and which files are refused.

use std::fs;
use std::path::Path;
use std::time::Duration;

use drumfire::clock::now;

use crate::serve::client::call;
use crate::support::harness::drumfire;
use crate::support::servers::{Serve, serve};

const PROTO: &str = r#"
syntax = "proto3";
package kernel.v1;
service Kernel {
  rpc Submit(Task) returns (Result);
  rpc Follow(Task) returns (stream Result);
  rpc Upload(stream Task) returns (Result);
  rpc Chat(stream Task) returns (stream Result);
}
message Task { string task = 1; int32 n = 2; }
message Result { string id = 1; int64 n = 2; }
"#;

const ROUTES: &str = r#"
[[grpc]]
method = "kernel.v1.Kernel/Submit"
body = '{"id": "{{$body./task}}", "n": {{$body./n}}}'
headers = { X-Shard = 3 }
trailers = { X-Cost = "7" }

[[grpc]]
method = "kernel.v1.Kernel/Follow"
body = '{"id": "a"}'
messages = 3
interval = "20ms"

[[grpc]]
method = "kernel.v1.Kernel/Upload"
status = { OK = "50%", UNAVAILABLE = 0.3, 4 = "20%" }

[[grpc]]
method = "kernel.v1.Kernel/*"
body = '{"id": "{{$header.x-user}} {{$body./task}}"}'

[[grpc]]
method = "*/Unary"
status = "PermissionDenied"
latency = "30ms"
"#;

/// Starts a server with the schema, routes and further flags.
fn serve_routes(folder: &Path, routes: &str, flags: &[&str]) -> Serve {
    let (file, proto) = (folder.join("routes.toml"), folder.join("kernel.proto"));
    fs::write(&file, routes).unwrap();
    fs::write(&proto, PROTO).unwrap();
    let [routes, proto] = [&file, &proto].map(|path| path.to_str().unwrap());
    serve(&[&["-routes", routes, "-proto", proto], flags].concat())
}

#[test]
fn each_call_gets_the_response_of_the_first_matching_route() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve_routes(folder.path(), ROUTES, &[]);
    // Task: task "t", n 300.
    let task: &[u8] = b"\x0a\x01t\x10\xac\x02";
    let reply = call(&server, "/kernel.v1.Kernel/Submit", &[], &[task]);
    assert_eq!((reply.status, &reply.messages[0][..]), (0, &b"\x0a\x01t\x10\xac\x02"[..]));
    assert_eq!(reply.headers["x-shard"], "3");
    assert_eq!(reply.trailers.unwrap()["x-cost"], "7");
    // Fields with their default values have these values.
    let reply = call(&server, "/kernel.v1.Kernel/Submit", &[], &[b""]);
    assert_eq!((reply.status, &reply.messages[0][..]), (0, &b""[..]));

    let start = now();
    let reply = call(&server, "/kernel.v1.Kernel/Follow", &[], &[task]);
    assert_eq!((reply.status, reply.messages), (0, vec![b"\x0a\x01a"[..].into(); 3]));
    assert!(now() - start >= Duration::from_millis(40));

    let user = [("x-user", "\"u\"")];
    let reply = call(&server, "/kernel.v1.Kernel/Chat", &user, &[task, task]);
    assert_eq!((reply.status, reply.messages), (0, vec![b"\x0a\x05\"u\" t"[..].into(); 2]));

    let start = now();
    let reply = call(&server, "/drumfire.v1.Echo/Unary", &[], &[b""]);
    let text = "drawn for the route */Unary";
    assert_eq!((reply.status, reply.message.as_str()), (7, text));
    assert!(now() - start >= Duration::from_millis(30));
    assert_eq!(call(&server, "/drumfire.v1.Echo/Collect", &[], &[b""]).status, 0);
}

#[test]
fn statuses_occur_in_their_shares() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve_routes(folder.path(), ROUTES, &[]);
    let mut counts = [0; 17];
    for _ in 0..100 {
        counts[usize::from(call(&server, "/kernel.v1.Kernel/Upload", &[], &[]).status)] += 1;
    }
    assert_eq!(counts[0] + counts[14] + counts[4], 100);
    assert!((30..=70).contains(&counts[0]) && counts[14] >= 12 && counts[4] >= 5, "{counts:?}");
}

#[test]
fn without_routes_for_calls_all_methods_return_empty_messages() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve_routes(folder.path(), "[[route]]\npath = '/x'\n", &["-latency=1ms"]);
    let reply = call(&server, "/kernel.v1.Kernel/Follow", &[], &[b""]);
    assert_eq!((reply.status, reply.messages), (0, vec![b""[..].into(); 10]));

    let routes = "[[grpc]]\nmethod = 'kernel.v1.Kernel/Submit'\n";
    let server = serve_routes(folder.path(), routes, &[]);
    assert_eq!(call(&server, "/kernel.v1.Kernel/Submit", &[], &[b""]).status, 0);
    let reply = call(&server, "/kernel.v1.Kernel/Follow", &[], &[b""]);
    let text = "unknown method Follow for service kernel.v1.Kernel";
    assert_eq!((reply.status, reply.message.as_str()), (12, text));
}

#[test]
fn an_invalid_schema_or_route_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let (routes, proto) = (folder.path().join("routes.toml"), folder.path().join("kernel.proto"));
    fs::write(&proto, PROTO).unwrap();
    let statuses = "the name of a gRPC status such as UNAVAILABLE, or a number from 0 to 16";
    let table = [
        ("method = 'kernel'", "line 2: bad method 'kernel': expected package.Service/Method, with '*' for any service or any method".to_owned()),
        (
            "method = 'kernel.v1.Kernel/Submt'",
            "line 2: bad method 'kernel.v1.Kernel/Submt': expected 'kernel.v1.Kernel/Submit'; -proto and -protoset add others".to_owned(),
        ),
        (
            "method = 'kernel.v2.Kernel/*'",
            "line 2: no method matches 'kernel.v2.Kernel/*': expected a method of kernel.v1.Kernel, drumfire.v1.Echo, grpc.health.v1.Health, grpc.reflection.v1.ServerReflection, grpc.reflection.v1alpha.ServerReflection; -proto and -protoset add others".to_owned(),
        ),
        ("method = '*/Submit'\nstatus = 'BUSY'", format!("line 3: bad status 'BUSY': expected {statuses}")),
        (
            "method = '*/Submit'\nstatus = { OK = '90%', 17 = '10%' }",
            format!("line 3: bad status '17': expected {statuses}"),
        ),
        ("latency = '1ms'", "line 1: missing field 'method'".to_owned()),
    ];
    let check = |keys: &str, problem: &str| {
        fs::write(&routes, format!("[[grpc]]\n{keys}\n")).unwrap();
        let output = drumfire("serve -listen=127.0.0.1:0 -routes")
            .arg(&routes)
            .arg("-proto")
            .arg(&proto)
            .run();
        let expected = format!("drumfire serve: {}: {problem}", routes.display());
        assert_eq!(output.status, Some(1), "{keys}");
        assert!(output.stderr.starts_with(&expected), "{}", output.stderr);
    };
    table.iter().for_each(|(keys, problem)| check(keys, problem));
    check(
        "method = '*/Submit'\nbody = '{\"idd\": 1}'",
        "line 3: bad body for kernel.v1.Kernel/Submit: ",
    );
    let output = drumfire("serve -listen=127.0.0.1:0 -proto=/none/x.proto").run();
    let expected = "drumfire serve: no file '/none/x.proto'\n";
    assert_eq!((output.status, output.stderr.as_str()), (Some(1), expected));
}
