//! gRPC calls of the services that `serve` has without a schema.

use std::fs;
use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use drumfire::clock::now;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::serve::client::{Reply, call, call_with};
use crate::support::servers::serve;

const UNARY: &str = "/drumfire.v1.Echo/Unary";
const TOKENS: &str = "/drumfire.v1.Echo/Tokens";
const COLLECT: &str = "/drumfire.v1.Echo/Collect";
const CONVERSE: &str = "/drumfire.v1.Echo/Converse";
const CHECK: &str = "/grpc.health.v1.Health/Check";

/// EchoRequest: text "hi", count 3.
const HI: &[u8] = b"\x0a\x02hi\x10\x03";
/// EchoRequest: text "yo", payload "p".
const YO: &[u8] = b"\x0a\x02yo\x1a\x01p";

/// Compares status and messages.
#[track_caller]
fn check(reply: &Reply, status: u8, message: &str, messages: &[&[u8]]) {
    let expected: Vec<_> = messages.iter().map(|message| Bytes::copy_from_slice(message)).collect();
    let found = (reply.status, reply.message.as_str(), &reply.messages);
    assert_eq!(found, (status, message, &expected));
    // A response without a message has its status in the head.
    assert_eq!(reply.trailers.is_none(), messages.is_empty());
}

#[test]
fn the_echo_has_all_four_types_of_calls() {
    let server = serve(&[]);
    // EchoResponse: text, index, payload, received.
    let first = b"\x0a\x02hi\x20\x01";
    check(&call(&server, UNARY, &[], &[HI]), 0, "", &[first]);
    let tokens: [&[u8]; 3] = [first, b"\x0a\x02hi\x10\x01\x20\x01", b"\x0a\x02hi\x10\x02\x20\x01"];
    check(&call(&server, TOKENS, &[], &[HI]), 0, "", &tokens);
    assert_eq!(call(&server, TOKENS, &[], &[YO]).messages.len(), 10);
    check(&call(&server, COLLECT, &[], &[HI, YO]), 0, "", &[b"\x0a\x02yo\x1a\x01p\x20\x02"]);
    check(&call(&server, COLLECT, &[], &[]), 0, "", &[b""]);
    let both: [&[u8]; 2] = [first, b"\x0a\x02yo\x10\x01\x1a\x01p\x20\x02"];
    check(&call(&server, CONVERSE, &[], &[HI, YO]), 0, "", &both);
    assert!(call(&server, CONVERSE, &[], &[]).messages.is_empty());
}

#[test]
fn unknown_methods_have_the_texts_of_grpc_go() {
    let server = serve(&[]);
    let table = [
        ("/kernel.v1.Kernel/Submit", "unknown service kernel.v1.Kernel"),
        ("/drumfire.v1.Echo/Other", "unknown method Other for service drumfire.v1.Echo"),
        ("/other", "malformed method name: \"/other\""),
    ];
    for (path, text) in table {
        check(&call(&server, path, &[], &[HI]), 12, text, &[]);
    }
}

#[test]
fn requests_that_break_the_protocol_are_refused() {
    let server = serve(&[]);
    let none = "cardinality violation: received no request message from non-client-streaming RPC";
    check(&call(&server, UNARY, &[], &[]), 13, none, &[]);
    let several = "cardinality violation: received multiple request messages for \
                   non-client-streaming RPC";
    check(&call(&server, UNARY, &[], &[HI, HI]), 13, several, &[]);
    let large = "grpc: received message larger than max (4194305 vs. 4194304)";
    check(&call_with(&server, UNARY, &[], b"\0\0\x40\0\x01".to_vec()), 8, large, &[]);
    check(&call_with(&server, UNARY, &[], b"\0\0\0\0\x05hi".to_vec()), 13, "unexpected EOF", &[]);
    let reply = call(&server, UNARY, &[("grpc-encoding", "snappy")], &[HI]);
    let unsupported = "grpc: Decompressor is not installed for grpc-encoding \"snappy\"";
    check(&reply, 12, unsupported, &[]);
    assert_eq!(reply.headers["grpc-accept-encoding"], "gzip");
    let timeout = call(&server, UNARY, &[("grpc-timeout", "1 s")], &[HI]);
    check(&timeout, 13, "malformed grpc-timeout: \"1 s\"", &[]);
    let damaged = call(&server, UNARY, &[], &[b"\x0a\x05x"]);
    assert_eq!(damaged.status, 13);
    assert!(damaged.message.starts_with("grpc: error unmarshalling request: "), "{damaged:?}");
}

#[test]
fn compressed_requests_get_compressed_responses() {
    let server = serve(&[]);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(HI).unwrap();
    let zipped = encoder.finish().unwrap();
    let length = u32::try_from(zipped.len()).unwrap().to_be_bytes();
    let body = [&[1], &length[..], &zipped[..]].concat();
    let both = [("grpc-encoding", "gzip"), ("grpc-accept-encoding", "identity, gzip")];
    let reply = call_with(&server, UNARY, &both, body.clone());
    check(&reply, 0, "", &[b"\x0a\x02hi\x20\x01"]);
    assert_eq!(reply.headers.get("grpc-encoding").map(String::as_str), Some("gzip"));
    let reply = call_with(&server, UNARY, &both[..1], body);
    check(&reply, 0, "", &[b"\x0a\x02hi\x20\x01"]);
    assert_eq!(reply.headers.get("grpc-encoding"), None);
}

#[test]
fn the_timeout_of_the_client_ends_a_delayed_call() {
    let server = serve(&["-latency=1h"]);
    for path in [UNARY, TOKENS, COLLECT] {
        let reply = call(&server, path, &[("grpc-timeout", "20m")], &[HI]);
        check(&reply, 4, "context deadline exceeded", &[]);
    }
    let reply = call(&server, CONVERSE, &[("grpc-timeout", "20m")], &[HI]);
    assert_eq!((reply.status, reply.trailers.is_some()), (4, true));
}

#[test]
fn latency_and_errors_apply_to_the_echo_but_not_to_health() {
    let server = serve(&["-latency=30ms", "-errors=100%"]);
    for path in [UNARY, TOKENS, COLLECT, CONVERSE] {
        let start = now();
        check(&call(&server, path, &[], &[HI]), 13, "internal server error", &[]);
        assert!(now() - start >= Duration::from_millis(30), "{path}");
    }
    check(&call(&server, CHECK, &[], &[b""]), 0, "", &[b"\x08\x01"]);
}

#[test]
fn a_delayed_stream_answers_its_requests_together() {
    let server = serve(&["-latency=300ms"]);
    let requests = [HI; 100];
    let reply = call(&server, CONVERSE, &[("grpc-timeout", "20S")], &requests);
    // One after the other, the responses would take 30 s.
    assert_eq!((reply.status, reply.messages.len()), (0, 100));
}

#[test]
fn every_service_is_healthy() {
    let server = serve(&[]);
    for service in ["", "drumfire.v1.Echo", "grpc.health.v1.Health"] {
        let request = [&[10, u8::try_from(service.len()).unwrap()], service.as_bytes()].concat();
        check(&call(&server, CHECK, &[], &[&request]), 0, "", &[b"\x08\x01"]);
    }
    check(&call(&server, CHECK, &[], &[b"\x0a\x01x"]), 5, "unknown service", &[]);
    let timeout = [("grpc-timeout", "50m")];
    let watch =
        |request: &[u8]| call(&server, "/grpc.health.v1.Health/Watch", &timeout, &[request]);
    check(&watch(b""), 4, "context deadline exceeded", &[b"\x08\x01"]);
    check(&watch(b"\x0a\x01x"), 4, "context deadline exceeded", &[b"\x08\x03"]);
    let list = call(&server, "/grpc.health.v1.Health/List", &[], &[b""]);
    assert_eq!((list.status, list.messages.len()), (0, 1));
}

#[test]
fn the_arrivals_log_has_calls_with_their_status() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("arrivals.csv");
    let server = serve(&["-latency=1ms", "-arrivals", log.to_str().unwrap()]);
    call(&server, UNARY, &[("x-drumfire-seq", "7")], &[HI]);
    call(&server, "/a.B/C", &[], &[HI]);
    call(&server, TOKENS, &[("x-drumfire-seq", "8")], &[HI, HI]);
    server.interrupt();
    let log = fs::read_to_string(log).unwrap();
    let fields = |line: &str| {
        let fields: Vec<_> = line.split(',').collect();
        (fields[0].to_owned(), fields[3..7].join(" "))
    };
    let lines: Vec<_> = log.lines().skip(1).map(fields).collect();
    let expected = [
        ("7", "GRPC /drumfire.v1.Echo/Unary  0"),
        ("", "GRPC /a.B/C  12"),
        ("8", "GRPC /drumfire.v1.Echo/Tokens  13"),
    ];
    assert_eq!(lines, expected.map(|(seq, rest)| (seq.to_owned(), rest.to_owned())));
}
