//! Statuses of servers, and deadlines of both sides.

use std::time::Duration;

use rustix::process::Signal;

use crate::grpc::servers::{METHODS, PROTO, peers, server};
use crate::support::results::Kept;

/// All statuses by number, as grpc-go names them.
const NAMES: [&str; 17] = [
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
];

/// The error of a call whose deadline the client has noticed first.
const OURS: &str = "rpc error: code = DeadlineExceeded desc = context deadline exceeded";
/// The error of a call whose deadline the server has noticed first, in lower case.
const THEIRS: &str = "rpc error: code = deadlineexceeded desc = deadline exceeded";

/// A call that takes longer than its timeout.
const SLOW: &str = "{\"waits\": [3000]}";
const TIMEOUT: Duration = Duration::from_millis(150);

#[test]
fn each_status_arrives_with_its_message() {
    for peer in peers() {
        let server = server(peer);
        for method in METHODS {
            let calls = server.calls(&targets(method), &["-requests=17"]);
            let mut found: Vec<_> =
                calls.iter().map(|(_, seen)| usize::from(seen.status)).collect();
            found.sort_unstable();
            assert_eq!(found, (0..NAMES.len()).collect::<Vec<_>>(), "{peer:?} {method}");
            for (row, seen) in &calls {
                let expected = match usize::from(seen.status) {
                    0 => String::new(),
                    code => format!("rpc error: code = {} desc = {}", NAMES[code], details(code)),
                };
                assert_eq!(row.error, expected, "{peer:?} {method}");
            }
        }
    }
}

/// Returns a list with a call for each status.
fn targets(method: &str) -> String {
    let target = |code: usize| {
        let body = format!("{{\"status\": {code}, \"details\": \"{}\"}}", details(code));
        format!("GRPC HOST/peer.v1.Calls/{method}\n# @body\n{body}\n\n")
    };
    (0..NAMES.len()).map(target).collect()
}

/// Returns a text with characters that have to be encoded in headers.
fn details(code: usize) -> String {
    format!("why 100%41 {code}: ü")
}

#[test]
fn the_timeout_is_the_deadline_of_the_server() {
    for peer in peers() {
        let server = server(peer);
        for method in METHODS {
            let list = format!("GRPC HOST/peer.v1.Calls/{method}\n# @body\n{{}}\n");
            for (_, seen) in server.calls(&list, &["-requests=10", "-timeout=60s"]) {
                let remaining = seen.remaining.unwrap();
                // A busy machine may take long until the server handles the call.
                assert!((20.0..60.001).contains(&remaining), "{peer:?} {method}: {remaining}");
            }
        }
    }
}

#[test]
fn a_deadline_that_the_server_notices_first_has_its_status() {
    for peer in peers() {
        let server = server(peer);
        for method in ["Unary", "Tokens"] {
            let list = format!("GRPC HOST/peer.v1.Calls/{method}\n# @body\n{SLOW}\n");
            let rows = server.rows(&list, &["-requests=20", "-timeout=150ms"]);
            assert_eq!(rows.len(), 20);
            for row in &rows {
                // Both sides notice it at about the same time.
                match row.messaging.unwrap().grpc_status {
                    Some(4) => assert_eq!(row.error.to_lowercase(), THEIRS, "{peer:?} {method}"),
                    _ => check_ours(row),
                }
            }
        }
    }
}

#[test]
fn a_deadline_that_the_client_notices_first_has_no_status() {
    for peer in peers() {
        let server = server(peer);
        // A server that has stopped notices nothing.
        server.running.signal(Signal::STOP);
        let list = format!("GRPC HOST/peer.v1.Calls/Unary\n# @body\n{SLOW}\n");
        let proto = format!("-proto={PROTO}");
        let rows = server.rows(&list, &["-requests=20", "-timeout=150ms", &proto]);
        assert_eq!(rows.len(), 20);
        rows.iter().for_each(check_ours);
    }
}

/// Checks that the client ended a call, not before its deadline.
#[track_caller]
fn check_ours(row: &Kept) {
    assert_eq!((row.messaging.unwrap().grpc_status, row.error.as_str()), (None, OURS), "{row:?}");
    assert!(row.latency >= TIMEOUT, "{row:?}");
}
