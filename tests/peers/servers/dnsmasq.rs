//! dnsmasq as the name server, whose log shows how often it was asked.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::ops::RangeInclusive;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::servers::nginx::{Nginx, nginx_at};
use crate::setup::attacks::{N_REQUESTS, await_port, hits};
use crate::setup::installed::installed;
use crate::support::harness::{Running, program};
use crate::support::results::Kept;
use crate::support::servers::free_port;

/// Enough addresses that the response does not fit into UDP.
const MANY: RangeInclusive<u8> = 1..=120;

/// A dnsmasq on a free port that knows one address of `a.test` and many of `many.test`.
struct Dnsmasq {
    running: Running,
    port: u16,
    /// Its log, which may be more than a pipe holds.
    dir: TempDir,
}

fn dnsmasq() -> Dnsmasq {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let log = dir.path().join("log");
    File::create(&log).unwrap();
    let mut running = program(installed("dnsmasq"))
        // It runs as the current user. The user name root exists everywhere.
        .args(["--keep-in-foreground", "--user=root", "--conf-file=/dev/null", "--pid-file="])
        .args(["--no-resolv", "--no-hosts", "--listen-address=127.0.0.1", "--bind-interfaces"])
        .args(["--local=/test/", "--host-record=a.test,127.0.0.1", "--log-queries=extra"])
        .args(MANY.map(|last| format!("--host-record=many.test,127.0.1.{last}")))
        .arg(format!("--port={port}"))
        .arg(format!("--log-facility={}", log.display()))
        .spawn();
    await_port(&mut running, port);
    Dnsmasq { running, port, dir }
}

impl Dnsmasq {
    /// Attacks an nginx by its host name, on a new connection each time; `ttl` is -dns-ttl. Returns
    /// the records.
    #[track_caller]
    fn attack(&self, nginx: &Nginx, name: &str, ttl: &str) -> Vec<Kept> {
        let resolver = format!("-resolvers=127.0.0.1:{}", self.port);
        let ttl = format!("-dns-ttl={ttl}");
        let url = format!("http://{name}:{}/x", nginx.port);
        // Hits at the same time would share a query.
        hits(&url, &["-rate=500", "-max-workers=1", "-keepalive=false", &resolver, &ttl])
    }

    /// Ends the server; returns the number of queries by name and type, and by protocol.
    fn stop(self) -> BTreeMap<String, usize> {
        self.running.signal(Signal::TERM);
        let output = self.running.wait();
        assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
        let log = fs::read_to_string(self.dir.path().join("log")).unwrap();
        // A separate process handles what comes over TCP.
        let of_udp = process(log.lines().next().unwrap());
        let mut questions = BTreeMap::new();
        for line in log.lines() {
            if let Some((_, question)) = line.split_once(" query") {
                let over = if process(line) == of_udp { "UDP" } else { "TCP" };
                *questions.entry(format!("{question} over {over}")).or_insert(0) += 1;
            }
        }
        questions
    }
}

/// Returns the process that wrote a line of the log.
fn process(line: &str) -> &str {
    line.split(['[', ']']).nth(1).unwrap()
}

/// Attacks `a.test`; returns the number of queries for it, which is the same for both families, and
/// how long the attack took, in ms.
#[track_caller]
fn questions(ttl: &str) -> (usize, usize) {
    let (dnsmasq, nginx) = (dnsmasq(), nginx_at(&["127.0.0.1:PORT"], "", "$host"));
    let hits = dnsmasq.attack(&nginx, "a.test", ttl);
    let times = || hits.iter().map(|hit| hit.timestamp_ns);
    let took_ms = (times().max().unwrap() - times().min().unwrap()) / 1_000_000;
    nginx.check(&[("a.test", N_REQUESTS)]);
    let questions = dnsmasq.stop();
    let [v4, v6] = ["A", "AAAA"].map(|family| format!("[{family}] a.test from 127.0.0.1 over UDP"));
    let n_questions = questions[&v4];
    let expected = [v4, v6].map(|question| (question, n_questions));
    assert_eq!(questions, BTreeMap::from(expected));
    (n_questions, took_ms as usize)
}

#[test]
fn a_name_is_asked_for_as_often_as_its_ttl_requires() {
    assert_eq!(questions("0").0, 1, "kept for ever");
    assert_eq!(questions("-1").0, N_REQUESTS, "never kept");
    // The attack takes 600 ms, and longer on a busy machine.
    let (n_questions, took_ms) = questions("100ms");
    let most = (took_ms / 100 + 2).min(N_REQUESTS);
    assert!((3..=most).contains(&n_questions), "{n_questions} in {took_ms} ms");
}

#[test]
fn a_response_too_long_for_udp_arrives_in_full() {
    // One address has a server, which a part of the response need not contain.
    let last = format!("127.0.1.{}:PORT", MANY.end());
    let (dnsmasq, nginx) = (dnsmasq(), nginx_at(&[&last], "", "$server_addr"));
    dnsmasq.attack(&nginx, "many.test", "0");
    nginx.check(&[(&format!("127.0.1.{}", MANY.end()), N_REQUESTS)]);
    let questions = dnsmasq.stop();
    let expected = [("A", "UDP"), ("A", "TCP"), ("AAAA", "UDP")]
        .map(|(family, over)| (format!("[{family}] many.test from 127.0.0.1 over {over}"), 1));
    assert_eq!(questions, BTreeMap::from(expected));
}
