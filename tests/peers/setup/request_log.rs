//! Requests in the log of an HTTP/2 server, among other lines.

use std::collections::{BTreeMap, BTreeSet};

use crate::setup::attacks::N_REQUESTS;

/// Start of the line of a request. After it come, separated by `|`, the number of the hit, what
/// else the test asked the server to log, and the client's port.
pub const MARK: &str = "seen|";

/// A request as the server received it.
#[derive(Debug)]
struct Seen<'a> {
    seq: u64,
    way: &'a str,
    from: u16,
}

/// Checks that a log contains each hit once, all in the same way; returns the number of
/// connections.
#[track_caller]
pub fn check(log: &str, way: &str) -> usize {
    let mut seen: Vec<_> =
        log.lines().filter_map(|line| line.strip_prefix(MARK)).map(parse).collect();
    seen.sort_by_key(|seen| seen.seq);
    let seqs: Vec<_> = seen.iter().map(|seen| seen.seq).collect();
    assert_eq!(seqs, (0..N_REQUESTS as u64).collect::<Vec<_>>());
    let mut ways = BTreeMap::new();
    seen.iter().for_each(|seen| *ways.entry(seen.way).or_insert(0) += 1);
    assert_eq!(ways, BTreeMap::from([(way, N_REQUESTS)]));
    seen.iter().map(|seen| seen.from).collect::<BTreeSet<_>>().len()
}

fn parse(line: &str) -> Seen<'_> {
    let [seq, way, from] = line.split('|').collect::<Vec<_>>().try_into().unwrap();
    if seq.parse::<u64>().is_err() || from.parse::<u16>().is_err() {
        panic!("{line:?}")
    }
    Seen { seq: seq.parse().unwrap(), way, from: from.parse().unwrap() }
}
