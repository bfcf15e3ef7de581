//! Attacks on peers that must succeed, and ports for the peers.

use std::net::TcpStream;

use serde_json::Value;

use crate::support::harness::{Run, Running, drumfire};
use crate::support::results::{Kept, records};
use crate::support::waiting::wait_until;

/// Number of requests of an attack.
pub const N_REQUESTS: usize = 300;

/// Waits until a peer listens that does not report it.
#[track_caller]
pub fn await_port(peer: &mut Running, port: u16) {
    wait_until("the peer listens", || {
        assert_eq!(peer.status(), None, "the peer ended");
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
}

/// Returns an attack on a target that has not started.
pub fn attack(target: &str, flags: &[&str]) -> Run {
    let attack = drumfire("attack -quiet -rate=1000").arg(format!("-requests={N_REQUESTS}"));
    attack.args(flags).stdin(format!("{target}\n"))
}

/// Checks by records and by report that an attack succeeded; returns the records.
#[track_caller]
pub fn check_success(attack: Running) -> Vec<Kept> {
    let output = attack.wait();
    assert_eq!((output.status, output.messages().as_str()), (Some(0), ""));
    let hits = records(&output.stdout);
    let failed: Vec<_> =
        hits.iter().filter(|hit| hit.code != 200 || !hit.error.is_empty()).collect();
    assert!(failed.is_empty(), "{} failed, such as {:?}", failed.len(), failed[0]);
    let report = drumfire("report -type=json").stdin(output.stdout).run();
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let reported = (report["requests"].as_u64(), report["success"].as_f64());
    assert_eq!(reported, (Some(N_REQUESTS as u64), Some(1.0)));
    hits
}

/// Attacks a URL; all hits must succeed.
#[track_caller]
pub fn hits(url: &str, flags: &[&str]) -> Vec<Kept> {
    check_success(attack(&format!("GET {url}"), flags).spawn())
}
