//! Runs of the script: what they save, and how they end.

use std::fs;
use std::net::TcpStream;

use rustix::process::Signal;

use super::Place;
use crate::support::harness::{files, program};
use crate::support::results::records;
use crate::support::servers::{hello, refusing, scripted, serve};
use crate::support::waiting::wait_until;

/// What a run without a baseline saves.
const SAVED: [&str; 6] =
    ["failures.csv", "latency.svg", "report.html", "report.json", "results.arrow", "stats.csv"];

/// More bytes than the head of a stream: at least one batch of records.
const A_BATCH: u64 = 4_000;

#[test]
fn a_run_is_compared_with_an_earlier_one() {
    let place = Place::new();
    let first = [("RATE", "100"), ("DURATION", "1s")];
    assert_eq!(place.load_test(&first).status, Some(0));
    let baseline = place.results();
    let second =
        [first[0], first[1], ("PROFILE", "light"), ("BASELINE", baseline.to_str().unwrap())];
    let output = place.load_test(&second);
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    let reports = place.0.path().join("reports");
    let run = files(&reports).into_iter().find(|name| name.starts_with("light_")).unwrap();
    let [comparison, page] = ["compare.txt", "compare.html"]
        .map(|name| fs::read_to_string(reports.join(&run).join(name)).unwrap());
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    assert!(comparison.contains("p99") && output.text().ends_with(&comparison), "{comparison}");
}

#[test]
fn the_stream_of_an_earlier_run_is_a_baseline_too() {
    let place = Place::new();
    let server = serve(&[]);
    let run = [("RATE", "100"), ("DURATION", "100ms"), ("HOST", server.url.as_str())];
    assert_eq!(place.load_test(&run).status, Some(0));
    let baseline = place.results().join("results.arrow");
    let variables = [&run[..], &[("BASELINE", baseline.to_str().unwrap())]].concat();
    let output = place.load_test(&variables);
    assert!(output.status == Some(0) && output.text().contains("\nthroughput "), "{output:?}");
    // Two runs within a second have separate folders.
    assert_eq!(files(&place.0.path().join("reports")).len(), 2);
}

#[test]
fn a_baseline_without_results_is_refused_before_the_server_starts() {
    let place = Place::new();
    let path = place.write("cut.arrow", "");
    fs::write(&path, [255, 255, 255, 255, 8]).unwrap();
    let output = place.load_test(&[("BASELINE", path.as_str())]);
    let line = format!(
        "make load-test: BASELINE '{path}' has no results: expected the folder of an earlier run\n"
    );
    assert_eq!((output.status, output.stderr), (Some(2), line));
    assert!(!place.0.path().join("reports").exists());
}

#[test]
fn a_run_in_which_every_request_failed_fails_and_keeps_its_results() {
    let place = Place::new();
    let host = format!("http://{}", refusing());
    let output = place.load_test(&[("RATE", "100"), ("DURATION", "100ms"), ("HOST", &host)]);
    let line = "make load-test: every request failed (10 of 10): see Error Set above\n";
    assert!(output.status == Some(1) && output.stderr.contains(line), "{}", output.stderr);
    assert_eq!(files(&place.results()), SAVED);
    // A missed threshold has priority.
    let place = Place::new();
    let output = place.load_test(&[("SUITE", "bursts"), ("FLAGS", "-requests=4"), ("HOST", &host)]);
    let line = "make load-test: every request failed (4 of 4): see Error Set above\n";
    assert!(output.status == Some(99) && output.stderr.contains(line), "{}", output.stderr);
}

#[test]
fn routes_that_cannot_be_read_end_the_run_with_the_servers_message_alone() {
    let place = Place::new();
    let routes = place.write("routes.toml", "[[route\n");
    let output = place.load_test(&[("ROUTES", &routes)]);
    let line = format!("drumfire serve: {routes}: line 1: unclosed array table, expected ']]'\n");
    assert_eq!((output.status, output.stderr), (Some(1), line));
    assert_eq!(files(&place.0.path().join("reports")), [""; 0]);
}

#[test]
fn values_of_headers_and_passwords_are_not_printed() {
    let place = Place::new();
    let server = scripted(|_| hello());
    let host = server.url("/").replace("//", "//me:secret@");
    let flags = "-header='X-Key: secret' -requests=1";
    let output = place.load_test(&[("HOST", &host), ("FLAGS", flags)]);
    let printed = output.stderr.clone() + output.text();
    assert!(output.status == Some(0) && !printed.contains("secret"), "{printed}");
    let start = format!("attacking {}", host.replace("me:secret", "***"));
    assert!(output.stderr.starts_with(&start), "{printed}");
    assert!(server.seen()[0].contains("X-Key: secret\n"));
}

/// Sends a signal during a run, to the script alone or to its whole process group as a terminal
/// does. Checks that the results are reported, and that the local server has ended.
fn check_ended_by(signal: Signal, to_group: bool) {
    let place = Place::new();
    // The script leads a new process group.
    let script =
        place.script(program("setsid").arg("bash"), &[("RATE", "100"), ("DURATION", "1h")]);
    let running = script.spawn();
    let results = || place.results().join("results.arrow");
    wait_until("a batch of records is written", || {
        let reports = place.0.path().join("reports");
        reports.is_dir()
            && !files(&reports).is_empty()
            && fs::metadata(results()).is_ok_and(|file| file.len() >= A_BATCH)
    });
    let log = fs::read_to_string(place.results().join("serve.log")).unwrap();
    if to_group {
        running.signal_group(signal)
    } else {
        running.signal(signal)
    };
    let output = running.wait();
    assert_eq!(output.status, Some(0), "{signal:?} {}", output.stderr);
    assert_eq!(files(&place.results()), SAVED);
    let n_records = records(&fs::read(results()).unwrap()).len();
    let total = format!("(total)  {n_records} ");
    assert!(output.text().contains(&total), "{total}: {}", output.text());
    let address = log.trim().rsplit("http://").next().unwrap().to_owned();
    // The script does not wait for the end of the server, whose port is then closed.
    wait_until("the server has ended", || TcpStream::connect(&address).is_err());
}

#[test]
fn an_interrupt_ends_the_attack_and_its_results_are_reported() {
    check_ended_by(Signal::INT, true);
}

#[test]
fn a_termination_ends_the_attack_and_its_results_are_reported() {
    check_ended_by(Signal::TERM, false);
}
