//! Each fault of a server has its record, and no other call suffers.

use std::collections::BTreeMap;

use crate::grpc::scripted::{Scripted, Seen, attack, scripted};
use crate::grpc::servers::{PROTO, Peer, server};
use crate::support::results::Kept;

/// Number of calls of each target.
const N_CALLS: usize = 3;

/// What a method of the server leads to: HTTP status, gRPC status, messages received and error.
type Outcome = (&'static str, u16, Option<u8>, u32, &'static str);

const LATE: &str = "rpc error: code = DeadlineExceeded desc = context deadline exceeded";
const NO_STATUS: &str = "rpc error: the stream ended without a status";

const FAULTS: [Outcome; 21] = [
    ("TrailersOnly", 200, Some(5), 0, "rpc error: code = NotFound desc = no such thing"),
    ("NoStatus", 200, None, 1, NO_STATUS),
    ("NoTrailers", 200, None, 1, NO_STATUS),
    ("HeadAlone", 200, None, 0, NO_STATUS),
    ("OtherStatus", 200, Some(99), 1, "rpc error: code = Code(99) desc = odd"),
    (
        "WordAsStatus",
        200,
        None,
        1,
        "rpc error: code = Unknown desc = transport: malformed grpc-status: strconv.ParseInt: \
         parsing \"ok\": invalid syntax",
    ),
    ("ResetAtOnce", 0, None, 0, "URL: stream error: stream ID N; CANCEL; received from peer"),
    ("ResetLate", 200, None, 1, "stream error: stream ID N; CANCEL; received from peer"),
    (
        "RefusedForever",
        0,
        None,
        0,
        "URL: stream error: stream ID N; REFUSED_STREAM; received from peer",
    ),
    ("NoEnd", 200, None, 1, LATE),
    ("NoResponse", 0, None, 0, LATE),
    (
        "NoMessage",
        200,
        Some(0),
        0,
        "rpc error: code = Internal desc = cardinality violation: received no response message \
         from non-server-streaming RPC",
    ),
    (
        "TwoMessages",
        200,
        Some(0),
        2,
        "rpc error: code = Internal desc = cardinality violation: expected <EOF> for non \
         server-streaming RPCs, but received another message",
    ),
    ("CutOff", 200, None, 0, "rpc error: code = Internal desc = unexpected EOF"),
    (
        "TooLarge",
        200,
        None,
        0,
        "rpc error: code = ResourceExhausted desc = grpc: received message larger than max \
         (5242880 vs. 4194304)",
    ),
    (
        "Bomb",
        200,
        None,
        0,
        "rpc error: code = ResourceExhausted desc = grpc: received message after decompression \
         larger than max 4194304",
    ),
    (
        "BadGzip",
        200,
        None,
        0,
        "rpc error: code = Internal desc = grpc: failed to decompress the received message: \
         unexpected EOF",
    ),
    (
        "OtherCoding",
        200,
        None,
        0,
        "rpc error: code = Internal desc = grpc: Decompressor is not installed for grpc-encoding \
         \"br\"",
    ),
    (
        "Page",
        200,
        None,
        0,
        "rpc error: code = Unknown desc = unexpected HTTP status code received from server: 200 \
         (OK); transport: received unexpected content-type \"text/html\"",
    ),
    ("Http503", 503, None, 0, "503 Service Unavailable"),
    ("Fine", 200, Some(0), 1, ""),
];

#[test]
fn each_fault_has_its_record_and_no_other_call_suffers() {
    let (server, other) = (scripted(), server(Peer::Grpcio));
    let other_target =
        format!("# @name other\nGRPC 127.0.0.1:{}/peer.v1.Calls/Unary\n\n", other.port);
    let targets = FAULTS.map(|(method, ..)| server.target(method, "{}") + &other_target);
    let flag = format!("-requests={}", targets.len() * 2 * N_CALLS);
    let proto = format!("-proto={PROTO}");
    // The deadline of those that have no end is long enough for all others on a busy machine.
    let rows = attack(targets.concat(), &["-rate=200", "-timeout=6s", &flag, &proto]);
    let found = outcomes(&server, &rows);
    let mut expected: Outcomes<'_> = FAULTS
        .map(|(method, code, status, n_messages, error)| {
            ((method, code, status, n_messages, error.to_owned()), N_CALLS)
        })
        .into();
    expected.insert(("other", 200, Some(0), 1, String::new()), FAULTS.len() * N_CALLS);
    assert_eq!(found, expected);
    check_log(&server.taken(), &rows);
}

/// How often each outcome is there, by the name of its method.
type Outcomes<'a> = BTreeMap<(&'a str, u16, Option<u8>, u32, String), usize>;

/// Returns how often each outcome is there. Errors do not have the numbers of streams.
fn outcomes<'a>(server: &Scripted, rows: &'a [Kept]) -> Outcomes<'a> {
    let mut outcomes = BTreeMap::new();
    for row in rows {
        let messaging = row.messaging.unwrap();
        let url = format!("Grpc \"127.0.0.1:{}/scripted.v1.Scripted/{}\"", server.port, row.name);
        let error = without_number(&row.error.replace(&url, "URL"));
        let outcome =
            (row.name.as_str(), row.code, messaging.grpc_status, messaging.messages_in, error);
        *outcomes.entry(outcome).or_insert(0) += 1;
    }
    outcomes
}

/// Replaces the number of a stream, which depends on the calls before.
fn without_number(error: &str) -> String {
    let mark = "stream ID ";
    let Some((start, rest)) = error.split_once(mark) else {
        return error.to_owned();
    };
    format!("{start}{mark}N{}", rest.trim_start_matches(|byte: char| byte.is_ascii_digit()))
}

/// Checks that each call arrived once, or again if it was refused.
#[track_caller]
fn check_log(seen: &[Seen], rows: &[Kept]) {
    let mut arrivals = BTreeMap::new();
    seen.iter().for_each(|call| *arrivals.entry(call.seq).or_insert(0_u32) += 1);
    for row in rows.iter().filter(|row| row.name != "other") {
        let expected = if row.name == "RefusedForever" { u32::from(row.retries) + 1 } else { 1 };
        assert_eq!(arrivals.get(&row.seq).copied(), Some(expected), "{row:?}");
    }
}

#[test]
fn calls_go_on_after_each_goaway_and_none_is_made_twice() {
    let server = scripted();
    for method in ["Goaway", "Abrupt"] {
        // Four connections end in this way, so no call is sent again more often than the limit of 5.
        let list = server.target(method, "{}") + &server.target("Fine", "{}").repeat(9);
        let rows = attack(list, &["-rate=200", "-requests=40"]);
        let is_good =
            |row: &&Kept| row.error.is_empty() && row.messaging.unwrap().grpc_status == Some(0);
        let n_good = rows.iter().filter(is_good).count();
        assert_eq!((rows.len(), n_good), (40, 40), "{method}: {rows:?}");
        check_log(&server.taken(), &rows);
    }
}
