//! A server that stops reading.

use crate::grpc::scripted::{attack, scripted};

/// The server stalls for at least 1 s.
const STALL_NS: i64 = 1_000_000_000;
/// Two clocks of the same machine may differ by this.
const CLOCKS_NS: i64 = 1_000_000;

#[test]
fn a_reader_that_stalls_makes_sent_grow_and_delays_no_other_call() {
    let server = scripted();
    // More than the 64 KiB that the server has room for.
    let large = format!("{{\"text\": \"{}\"}}", "x".repeat(200_000));
    let list = server.target("Stall", &large) + &server.target("Fine", "{}");
    // The server reads on after 20 calls of Fine have ended: a lag that grew with the stall would
    // be a stall without end.
    let rows = attack(list, &["-rate=100", "-requests=40"]);
    let seen = server.taken();
    assert_eq!((rows.len(), seen.len()), (40, 40));
    let first_end = seen.iter().flat_map(|call| &call.times).min().unwrap();
    for row in &rows {
        assert_eq!((row.error.as_str(), row.messaging.unwrap().grpc_status), ("", Some(0)));
        assert!(
            row.timestamp_ns < first_end + CLOCKS_NS,
            "it was released before the end of a stall: {row:?}"
        );
        let Some(call) = seen.iter().find(|call| call.seq == row.seq && call.method == "Stall")
        else {
            continue;
        };
        let sent = row.messaging.unwrap().sent.unwrap().as_nanos() as i64;
        let stalled = call.times[0] - row.timestamp_ns;
        assert!(stalled >= STALL_NS - CLOCKS_NS, "{row:?} {call:?}");
        assert!(sent >= stalled - CLOCKS_NS, "{row:?} {call:?}");
        assert!(row.latency.as_nanos() as i64 >= sent, "{row:?}");
    }
}
