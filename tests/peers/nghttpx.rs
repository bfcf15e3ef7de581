//! nghttpx as the target, with nginx behind it: HTTP/2 as nghttp2 speaks it.

use std::collections::{BTreeMap, BTreeSet};

use rustix::process::Signal;

use crate::certified::Certified;
use crate::harness::{Running, program};
use crate::installed::installed;
use crate::nginx::{Nginx, nginx_at};
use crate::peer::{N_REQUESTS, attack, check_success, free_port, hits};

/// An nghttpx that asks an nginx, and notes what it is asked.
struct Nghttpx {
    running: Running,
    nginx: Nginx,
    port: u16,
}

/// A request as nghttpx saw it.
#[derive(Debug)]
struct Seen {
    seq: u64,
    /// Protocol, name given to TLS and status.
    way: String,
    /// The client's port.
    from: u16,
}

/// What begins the line of a request.
const MARK: &str = "seen|";

/// Starts nghttpx with a parameter of its frontend and further arguments, and waits until it listens.
fn nghttpx(parameter: &str, arguments: &[String]) -> Nghttpx {
    let nginx = nginx_at(&["127.0.0.1:PORT"], "", "$server_protocol $http_via");
    let port = free_port();
    let mut running = program(installed("nghttpx"))
        .args(["--conf=/dev/null", "--log-level=NOTICE", "--errorlog-file=/dev/stdout"])
        .args(["--accesslog-file=/dev/stdout", "--accesslog-format"])
        .arg(format!("{MARK}$http_x_drumfire_seq|$alpn $tls_sni $status|$remote_port"))
        .arg(format!("--frontend=127.0.0.1,{port}{parameter}"))
        .arg(format!("--backend=127.0.0.1,{}", nginx.port))
        .args(arguments)
        .spawn();
    while !running.line("").contains("Created worker thread") {}
    Nghttpx { running, nginx, port }
}

impl Nghttpx {
    /// Ends both servers; checks that each of them saw each hit once, all in the same way.
    #[track_caller]
    fn check(self, way: &str) -> Vec<Seen> {
        self.running.signal(Signal::QUIT);
        let output = self.running.wait();
        assert_eq!(output.status, Some(0), "{output:?}");
        let mut seen: Vec<_> =
            output.text().lines().filter_map(|line| line.strip_prefix(MARK)).map(parse).collect();
        seen.sort_by_key(|seen| seen.seq);
        let seqs: Vec<_> = seen.iter().map(|seen| seen.seq).collect();
        assert_eq!(seqs, (0..N_REQUESTS as u64).collect::<Vec<_>>());
        let mut ways = BTreeMap::new();
        seen.iter().for_each(|seen| *ways.entry(seen.way.as_str()).or_insert(0) += 1);
        assert_eq!(ways, BTreeMap::from([(way, N_REQUESTS)]));
        self.nginx.check(&[("HTTP/1.1 2 nghttpx", N_REQUESTS)]);
        seen
    }
}

fn parse(line: &str) -> Seen {
    let [seq, way, from] = line.split('|').collect::<Vec<_>>().try_into().unwrap();
    Seen { seq: seq.parse().unwrap(), way: way.to_owned(), from: from.parse().unwrap() }
}

/// Returns how many connections the requests came on.
fn n_connections(seen: &[Seen]) -> usize {
    seen.iter().map(|seen| seen.from).collect::<BTreeSet<_>>().len()
}

#[test]
fn http2_without_tls_is_spoken_on_one_connection() {
    let nghttpx = nghttpx(";no-tls", &[]);
    let url = format!("http://127.0.0.1:{}/x", nghttpx.port);
    hits(&url, &["-h2c", "-max-connections=1"]);
    assert_eq!(n_connections(&nghttpx.check("h2c - 200")), 1);
}

#[test]
fn http2_is_agreed_on_by_tls() {
    let certified = Certified::new("a.test");
    let nghttpx = nghttpx("", &["server.pem.key", "server.pem"].map(|name| certified.path(name)));
    let detour = format!("-connect-to=a.test:443:127.0.0.1:{}", nghttpx.port);
    hits("https://a.test/x", &[&certified.authority.trust(), &detour]);
    nghttpx.check("h2 a.test 200");
}

#[test]
fn a_server_that_says_goodbye_in_the_midst_costs_no_hit() {
    let nghttpx = nghttpx(";no-tls", &[]);
    let target = format!("GET http://127.0.0.1:{}/x", nghttpx.port);
    let mut attack = attack(&target, &["-h2c", "-max-connections=1"]).spawn();
    // More than the head of the stream: some hits have been answered.
    attack.await_stdout(4_000);
    // A new worker takes the place of the old one, which sends GOAWAY to its clients.
    nghttpx.running.signal(Signal::HUP);
    check_success(attack);
    assert_eq!(n_connections(&nghttpx.check("h2c - 200")), 2);
}
