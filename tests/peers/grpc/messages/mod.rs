//! Messages in JSON, whose bytes are compared with those of protobuf for Python and of grpcurl.

use rustix::process::Signal;

use crate::setup::installed::{grpcurl, python};
use crate::support::harness::{drumfire, program};

/// The messages, and their schema.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/grpc");
/// Compares what it receives.
const SERVER: &str = include_str!("server.py");

#[test]
fn messages_are_those_that_protobuf_makes_of_the_same_json() {
    let run = program(python()).args(["-c", SERVER, FOLDER]).arg(grpcurl());
    let mut server = run.spawn();
    let port = server.line("").trim().to_owned();
    let targets = |file: &str, method: &str| -> String {
        let rows = std::fs::read_to_string(format!("{FOLDER}/{file}")).unwrap();
        let url = format!("127.0.0.1:{port}/golden.v1.Golden/{method}");
        rows.lines().map(|row| format!("GRPC {url}\n# @body\n{row}\n\n")).collect()
    };
    let list = targets("messages.jsonl", "Send") + &targets("legacy.jsonl", "SendLegacy");
    let n_rows = list.matches("GRPC ").count();
    let attack = drumfire("attack -quiet -rate=400").arg(format!("-requests={n_rows}"));
    let proto = format!("-proto={FOLDER}/all_types.proto");
    let output = attack.args([proto, format!("-import-path={FOLDER}")]).stdin(list).run();
    assert_eq!((output.status, output.messages().as_str()), (Some(0), ""));
    server.signal(Signal::TERM);
    let output = server.wait();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    let expected = "drumfire: 78 of 78 equal, 71 with the same bytes\ngrpcurl: 60 of 60 equal\n";
    assert_eq!(output.text(), expected);
}
