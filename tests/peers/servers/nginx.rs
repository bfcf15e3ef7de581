//! nginx as the target, whose log is compared with the stream.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::setup::attacks::N_REQUESTS;
use crate::setup::installed::installed;
use crate::support::harness::{Output, Running, drumfire, program};
use crate::support::results::records;
use crate::support::servers::free_port;

/// An nginx that responds to every request with 200 and logs it.
pub struct Nginx {
    running: Running,
    dir: TempDir,
    /// The port of its TCP sockets.
    pub port: u16,
}

/// A request as nginx received it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    pub seq: u64,
    /// Method, path and status.
    pub request: String,
    /// nginx's number of the connection.
    pub connection: u64,
    /// What else the test asked nginx to log.
    pub way: String,
}

/// Starts nginx at a TCP socket with further directives for its `http` block, and waits until it
/// listens.
pub fn nginx(directives: &str) -> Nginx {
    nginx_at(&["127.0.0.1:PORT"], directives, "")
}

/// Starts nginx at sockets as `listen` takes them. `PORT` is replaced by a free port, and `DIR` by
/// its directory. For each request, nginx logs `way`, a text with nginx's variables.
pub fn nginx_at(sockets: &[&str], directives: &str, way: &str) -> Nginx {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let listens: String = sockets.iter().map(|socket| format!("listen {socket};\n")).collect();
    let config = config(&listens, directives, way)
        .replace("PORT", &port.to_string())
        .replace("DIR", &dir.path().display().to_string());
    fs::write(dir.path().join("nginx.conf"), config).unwrap();
    let mut running = program(installed("nginx"))
        .arg("-p")
        .arg(dir.path())
        .args(["-e", "/dev/stdout", "-c", "nginx.conf"])
        .spawn();
    // nginx logs its event method after it listens.
    while !running.line("").contains(" event method") {}
    Nginx { running, dir, port }
}

/// Returns a configuration that needs no privileges and writes only to its own directory.
fn config(listens: &str, directives: &str, way: &str) -> String {
    format!(
        "daemon off;
master_process off;
pid nginx.pid;
error_log /dev/stdout notice;
events {{}}
http {{
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    log_format seen '$http_x_drumfire_seq|$request_method $request_uri $status|$connection|{way}';
    access_log access.log seen;
    {directives}
    server {{
        {listens}
        location / {{ return 200 'hello'; }}
    }}
}}
"
    )
}

impl Nginx {
    /// Returns targets/api.txt for this server.
    pub fn targets(&self) -> String {
        let list = fs::read_to_string("targets/api.txt").unwrap();
        list.replace("127.0.0.1:8080", &format!("127.0.0.1:{}", self.port))
    }

    /// Returns the path of a file in its directory.
    pub fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    /// Ends the server; checks that it received each hit on `/x` once, and the number of hits for
    /// each `way`. Returns all requests, sorted by seq.
    #[track_caller]
    pub fn check(self, ways: &[(&str, usize)]) -> Vec<Seen> {
        let seen = self.stop();
        let seqs: Vec<_> = seen.iter().map(|seen| seen.seq).collect();
        assert_eq!(seqs, (0..N_REQUESTS as u64).collect::<Vec<_>>());
        let mut found = BTreeMap::new();
        for seen in &seen {
            assert!(seen.request.ends_with(" /x 200"), "{seen:?}");
            *found.entry(seen.way.as_str()).or_insert(0) += 1;
        }
        assert_eq!(found, ways.iter().copied().collect());
        seen
    }

    /// Ends the server and returns its requests, sorted by seq.
    fn stop(self) -> Vec<Seen> {
        self.running.signal(Signal::TERM);
        let output = self.running.wait();
        assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
        let log = fs::read_to_string(self.dir.path().join("access.log")).unwrap();
        let mut seen: Vec<_> = log.lines().map(parse).collect();
        seen.sort();
        seen
    }
}

fn parse(line: &str) -> Seen {
    let [seq, request, connection, way] = line.split('|').collect::<Vec<_>>().try_into().unwrap();
    Seen {
        seq: seq.parse().unwrap(),
        request: request.to_owned(),
        connection: connection.parse().unwrap(),
        way: way.to_owned(),
    }
}

/// Returns the number of connections of the requests.
pub fn n_connections(seen: &[Seen]) -> usize {
    seen.iter().map(|seen| seen.connection).collect::<BTreeSet<_>>().len()
}

/// Attacks for one second and returns the stream.
fn attack(nginx: &Nginx) -> Vec<u8> {
    let attack = drumfire("attack -quiet -rate=500 -duration=1s").stdin(nginx.targets());
    let Output { status, stdout, stderr } = attack.run();
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    stdout
}

/// Checks that nginx and the report agree on 500 hits on the five targets in turn.
#[track_caller]
fn check(seen: &[Seen], stream: Vec<u8>) {
    let requests = [
        "GET / 200",
        "GET /items?query=drum&limit=10 200",
        "GET /items/42 200",
        "POST /orders 200",
        "HEAD /health 200",
    ];
    let expected: Vec<_> = (0..500).zip(requests.into_iter().cycle()).collect();
    let found: Vec<_> = seen.iter().map(|seen| (seen.seq, seen.request.as_str())).collect();
    assert_eq!(found, expected);

    let report = drumfire("report").stdin(stream).run();
    let row = |name: &str| report.text().lines().find(|line| line.starts_with(name)).unwrap();
    let [total, _, _] = figures(row("Requests")).try_into().unwrap();
    assert_eq!(total, "500");
    assert_eq!(figures(row("Success")), ["100.00%"]);
    assert_eq!(figures(row("Status Codes")), ["200:500"]);
}

/// Returns the numbers in a row of the report.
fn figures(row: &str) -> Vec<&str> {
    let (_, figures) = row.split_once(']').unwrap();
    figures.split([' ', ',']).filter(|figure| !figure.is_empty()).collect()
}

#[test]
fn each_hit_reaches_nginx_once_and_as_its_target_says() {
    let nginx = nginx("");
    let stream = attack(&nginx);
    check(&nginx.stop(), stream);
}

#[test]
fn a_server_that_keeps_closing_connections_fails_no_hit() {
    let nginx = nginx("keepalive_requests 10;");
    let stream = attack(&nginx);
    assert!(records(&stream).iter().all(|hit| hit.retries == 0));
    let seen = nginx.stop();
    assert!(n_connections(&seen) >= 50, "{}", n_connections(&seen));
    check(&seen, stream);
}

#[test]
fn a_server_that_ends_during_the_attack_leaves_a_complete_stream() {
    let nginx = nginx("");
    let half = format!("GET http://127.0.0.1:{}/x\n\n", nginx.port).repeat(250);
    let mut attack = drumfire("attack -quiet -lazy -rate=500").spawn();
    attack.feed(&half);
    // More bytes than the head of the stream: some hits have finished.
    attack.await_stdout(4_000);
    let port = nginx.port;
    let seen = nginx.stop();
    attack.feed(&half);
    attack.end_input();
    let output = attack.wait();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    let hits = records(&output.stdout);
    assert_eq!(hits.len(), 500);
    let (answered, failed): (Vec<_>, Vec<_>) = hits.iter().partition(|hit| hit.code == 200);
    let seen: BTreeSet<_> = seen.iter().map(|seen| seen.seq).collect();
    assert!(!answered.is_empty() && answered.iter().all(|hit| seen.contains(&hit.seq)));
    let refused = format!("dial tcp 127.0.0.1:{port}: connect: connection refused");
    for hit in &failed {
        let cause = hit.error.rsplit("\": ").next().unwrap();
        let known = [refused.as_str(), "EOF", "read: connection reset by peer"].contains(&cause);
        assert!(hit.code == 0 && known, "{hit:?}");
    }
    assert!(failed.iter().any(|hit| hit.error.ends_with(&refused)));
}
