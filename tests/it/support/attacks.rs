//! Attacks with one hit at a time, and checks of their records.

use crate::support::harness::{Run, drumfire};
use crate::support::results::{Kept, records};

/// Returns an attack on a list of targets with `requests` hits, one after the other.
pub fn attack(list: impl Into<Vec<u8>>, requests: u64, flags: &[&str]) -> Run {
    drumfire("attack -rate=0 -max-workers=1")
        .arg(format!("-requests={requests}"))
        .args(flags)
        .stdin(list)
}

/// Runs an attack that must succeed without a message; returns its records, sorted by number.
#[track_caller]
pub fn hits_of(attack: Run) -> Vec<Kept> {
    let output = attack.run();
    assert_eq!((output.status, output.messages().as_str()), (Some(0), ""));
    let mut records = records(&output.stdout);
    records.sort_by_key(|record| record.seq);
    records
}

/// Returns an attack that opens a new connection for each hit.
pub fn attack_on_new_connections(list: &str, requests: u64, flags: &[&str]) -> Run {
    attack(list, requests, flags).arg("-keepalive=false")
}

/// Attacks one URL on new connections, and returns the records.
#[track_caller]
pub fn hits(url: &str, requests: u64, flags: &[&str]) -> Vec<Kept> {
    hits_of(attack_on_new_connections(&format!("GET {url}\n"), requests, flags))
}

/// Sends one hit; checks its code and, with the URL in place of `URL`, its error.
#[track_caller]
pub fn check_hit(url: &str, flags: &[&str], code: u16, error: &str) {
    let hit = hits(url, 1, flags).remove(0);
    assert_eq!((hit.code, hit.error), (code, error.replace("URL", url)));
}

/// Checks that flags are refused.
#[track_caller]
pub fn check_refused(flags: &[&str], problem: &str) {
    let output = attack("GET http://a.test/\n", 1, flags).run();
    let expected = format!("drumfire attack: {problem}\nsee 'drumfire attack -h'\n");
    assert_eq!((output.status, output.stderr), (Some(2), expected), "{flags:?}");
}

/// Checks that all hits have status 200 and the body `hello`.
#[track_caller]
pub fn check_success(hits: &[Kept]) {
    for hit in hits {
        let found = (hit.code, hit.error.as_str(), hit.body.as_slice());
        assert_eq!(found, (200, "", b"hello".as_slice()));
    }
}

/// Checks that all hits on a URL failed without a response, for this reason.
#[track_caller]
pub fn check_failure(hits: &[Kept], url: &str, cause: &str) {
    for hit in hits {
        let error = format!("Get \"{url}\": {cause}");
        assert_eq!((hit.code, hit.error.as_str()), (0, error.as_str()));
    }
}

/// Returns the number of hits that a dry run of a command line prints.
#[track_caller]
pub fn planned_hits(command: &str) -> u64 {
    let line = command.strip_prefix("drumfire ").unwrap();
    let output = drumfire(line).arg("-dry-run").run();
    assert_eq!(output.stderr, "", "{command}");
    let hits = output.text().lines().find_map(|line| line.strip_prefix("Hits "));
    hits.and_then(|hits| hits.trim().parse().ok()).unwrap_or_else(|| panic!("{command}"))
}
