//! `attack -lazy`: targets are read when they are needed.

use std::fs;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::harness::{Output, drumfire};
use crate::support::results::records;
use crate::support::servers::{Serve, serve};

/// Returns a list with one target per path, each followed by a blank line.
fn list(server: &Serve, paths: &[&str]) -> String {
    paths.iter().map(|path| format!("GET {}{path}\n\n", server.url)).collect()
}

/// Compares exit code, standard error and the paths of the hits in the order of their numbers. The
/// stream must be complete.
#[track_caller]
fn check(output: &Output, server: &Serve, status: i32, stderr: &str, paths: &[&str]) {
    assert_eq!((output.status, output.messages().as_str()), (Some(status), stderr));
    let mut hits = records(&output.stdout);
    hits.sort_by_key(|hit| hit.seq);
    let hit_paths: Vec<_> =
        hits.iter().map(|hit| hit.url.strip_prefix(&server.url).unwrap()).collect();
    assert_eq!(hit_paths, paths);
    assert!(hits.iter().all(|hit| hit.code == 200));
}

#[test]
fn each_target_is_hit_once_in_order_and_the_attack_ends_with_the_list() {
    let server = serve(&[]);
    let paths: Vec<_> = (0..200).map(|k| format!("/{k}")).collect();
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    let list = list(&server, &paths);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("targets.txt");
    fs::write(&file, &list).unwrap();
    for rate in ["-rate=1000", "-rate=0 -max-workers=7", "-rate=20000"] {
        let attack = drumfire("attack -quiet -lazy").args(rate.split(' '));
        check(&attack.stdin(list.as_str()).run(), &server, 0, "", &paths);
    }
    let output = drumfire("attack -quiet -lazy -rate=1000 -duration=1h -targets").arg(&file).run();
    check(&output, &server, 0, "", &paths);
}

#[test]
fn an_attack_may_end_before_its_list() {
    let server = serve(&[]);
    let mut attack = drumfire("attack -quiet -lazy -rate=1000 -requests=2").spawn();
    attack.feed(list(&server, &["/a", "/b", "/c"]));
    check(&attack.wait(), &server, 0, "", &["/a", "/b"]);
}

#[test]
fn waiting_for_a_target_counts_as_lag() {
    let server = serve(&[]);
    let mut attack = drumfire("attack -quiet -lazy -rate=1000").spawn();
    attack.feed(list(&server, &["/a"]));
    attack.await_stdout(A_BATCH);
    // Records are written 100 ms after the start, and the second hit was due after 1 ms.
    attack.feed(list(&server, &["/b"]));
    attack.end_input();
    let output = attack.wait();
    check(&output, &server, 0, "", &["/a", "/b"]);
    let late = records(&output.stdout).remove(1);
    assert!(late.lag.unwrap() > Duration::from_millis(50), "{late:?}");
}

/// More bytes than the head of a stream, fewer than the head and a batch of one record.
const A_BATCH: usize = 3_000;

#[test]
fn a_bad_target_ends_the_attack_after_the_hits_before_it() {
    let server = serve(&[]);
    let list = list(&server, &["/a", "/b"]) + "nope\n\nGET http://x/\n";
    let output = drumfire("attack -lazy -rate=1000").stdin(list).run();
    let problem = "drumfire attack: stdin: line 5: bad method '***': \
                   expected upper-case letters, as in 'GET http://…'\n";
    check(&output, &server, 1, problem, &["/a", "/b"]);
}

#[test]
fn a_list_without_targets_leaves_an_empty_stream_and_a_message() {
    let server = serve(&[]);
    let output = drumfire("attack -lazy -format=json").run();
    let problem = "drumfire attack: stdin: no targets to attack: \
                   expected a line like 'GET http://127.0.0.1:8080/'\n";
    check(&output, &server, 1, problem, &[]);
}

#[test]
fn an_interrupt_ends_the_wait_for_a_silent_list() {
    let server = serve(&[]);
    let mut attack = drumfire("attack -quiet -lazy -rate=1000").spawn();
    attack.feed(list(&server, &["/a"]));
    attack.await_stdout(A_BATCH);
    attack.signal(Signal::INT);
    check(&attack.wait(), &server, 0, "", &["/a"]);
}
