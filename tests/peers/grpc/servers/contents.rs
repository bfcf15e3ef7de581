//! Metadata and compression.

use crate::grpc::servers::{PROTO, grpcio, peers, server};
use crate::support::results::Kept;

/// Returns a value of the metadata of a response, or of its trailers.
fn value<'a>(row: &'a Kept, name: &str) -> Option<&'a str> {
    let mut headers = row.headers.iter().flatten();
    let found = headers.find(|(other, _)| other.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

#[test]
fn metadata_arrives_in_both_directions() {
    for peer in peers() {
        let server = server(peer);
        for method in ["Unary", "Tokens", "Collect", "Converse"] {
            let metadata = "One: 1 and {{$seq}}\nnumbers-bin: AAEC/w==";
            let list = format!(
                "GRPC HOST/peer.v1.Calls/{method}\n{metadata}\n# @body\n{{\"waits\": [0]}}\n"
            );
            let calls = server.calls(&list, &["-requests=10", "-header=Two: 2"]);
            for (row, seen) in &calls {
                let one = format!("1 and {}", row.seq);
                let expected = [("one", one.as_str()), ("two", "2"), ("numbers-bin", "000102ff")];
                for (name, text) in expected {
                    assert_eq!(seen.metadata.get(name).map(String::as_str), Some(text), "{seen:?}");
                }
                let found = ["answered", "ended"].map(|name| value(row, name));
                assert_eq!(found, [Some("yes"); 2], "{row:?}");
                // Base64 with or without padding.
                let binary = value(row, "answered-bin").unwrap();
                assert_eq!(binary.trim_end_matches('='), "AP4", "{row:?}");
            }
        }
    }
}

/// Returns a call with a message that compression makes shorter.
fn long() -> String {
    let payload = "A".repeat(40_000);
    format!("GRPC HOST/peer.v1.Calls/Unary\n# @body\n{{\"payload\": \"{payload}\"}}\n")
}

#[test]
fn compressed_messages_arrive_in_both_directions() {
    for peer in peers() {
        for (row, _) in server(peer).calls(&long(), &["-requests=10", "-compress=gzip"]) {
            // The numbers of bytes are those before compression.
            assert_eq!((row.error.as_str(), row.bytes_out), ("", 30_004), "{peer:?}");
        }
    }
    // grpc-js compresses no responses.
    for (row, _) in grpcio(&[]).calls(&long(), &["-requests=10"]) {
        assert_eq!((row.error.as_str(), value(&row, "grpc-encoding")), ("", Some("gzip")));
    }
}

#[test]
fn a_server_that_takes_no_compression_gets_none_unless_the_flag_is_set() {
    let server = grpcio(&[("IDENTITY", "1")]);
    let proto = format!("-proto={PROTO}");
    for (row, _) in server.calls(&long(), &["-requests=10", &proto]) {
        assert_eq!((row.error.as_str(), value(&row, "grpc-encoding")), ("", None));
    }
    let refused =
        "rpc error: code = Unimplemented desc = Compression algorithm 'gzip' is disabled.";
    let rows = server.rows(&long(), &["-requests=10", &proto, "-compress=gzip"]);
    for row in &rows {
        assert_eq!((row.messaging.unwrap().grpc_status, row.error.as_str()), (Some(12), refused));
    }
    assert_eq!((rows.len(), server.seen().len()), (10, 10));
}
