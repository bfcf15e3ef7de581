//! Schemas of all sources.

use crate::grpc::servers::{PROTO, Peer, Server, grpcio, peers, server};

const UNARY: &str = "GRPC HOST/peer.v1.Calls/Unary\n# @body\n{\"text\": \"hi\", \"payload\": \"AAE=\", \
                     \"waits\": [5, 1], \"details\": \"ä\"}\n";
/// Its message on the wire, in hex.
const BYTES: &str = "0a026869120200011a0205012a02c3a4";

const TOKEN: &str = "Bearer s3cret";

/// Checks which message arrives if the schema comes from a certain source.
#[track_caller]
fn check(server: &Server, source: &[&str]) {
    let calls = server.calls(UNARY, &[source, &["-requests=5"]].concat());
    assert_eq!(calls.len(), 5, "{source:?}");
    for (row, seen) in calls {
        assert_eq!((row.error.as_str(), seen.requests), ("", vec![BYTES.to_owned()]), "{source:?}");
        // What is meant for reflection stays there.
        assert_eq!(seen.metadata.get("authorization"), None, "{source:?}");
    }
}

#[test]
fn the_bytes_of_a_message_are_the_same_with_a_schema_of_any_source() {
    // grpcio has reflection v1alpha alone, others v1 as well.
    let js = server(Peer::GrpcJs);
    let guarded = grpcio(&[("TOKEN", TOKEN)]);
    let proto = format!("-proto={PROTO}");
    let protoset = format!("-protoset={}", guarded.folder.path().join("protoset").display());
    let header = format!("-reflect-header=authorization: {TOKEN}");
    check(&guarded, &[&proto]);
    check(&guarded, &[&protoset]);
    check(&guarded, &[&header]);
    check(&js, &[&proto]);
    check(&js, &[&protoset]);
    peers().into_iter().for_each(|peer| check(&server(peer), &[]));
}

#[test]
fn reflection_that_requires_a_token_is_refused_without_it() {
    let server = grpcio(&[("TOKEN", TOKEN)]);
    let expected = format!(
        "drumfire attack: stdin: the server at grpc://127.0.0.1:{} refuses reflection: rpc error: \
         code = Unauthenticated desc = reflection needs a token: give credentials with \
         -reflect-header, or the schema with -proto or -protoset\n",
        server.port
    );
    let table: [&[&str]; 2] = [&[], &["-reflect-header=authorization: Bearer other"]];
    for flags in table {
        let output = server.attack(UNARY, &[flags, &["-requests=5"]].concat());
        assert_eq!((output.status, output.stderr), (Some(1), expected.clone()), "{flags:?}");
        assert!(output.stdout.is_empty() && server.seen().is_empty(), "{flags:?}");
    }
}
