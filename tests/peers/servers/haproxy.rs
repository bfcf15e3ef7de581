//! HAProxy as the target: its HTTP/2, with limits and GOAWAY.

use std::fs;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::setup::attacks::{N_REQUESTS, check_success, hits};
use crate::setup::certificates::Certified;
use crate::setup::installed::installed;
use crate::setup::request_log::{self, MARK};
use crate::support::harness::{Running, drumfire, program};
use crate::support::servers::free_port;

/// A HAProxy that responds to every request with 200 and logs it.
struct Haproxy {
    running: Running,
    port: u16,
    /// Its configuration, which it reads again on a reload, and its log.
    dir: TempDir,
}

/// Lines for the `frontend` section that delay each response.
const DELAYED: [&str; 2] =
    ["tcp-request inspect-delay 20ms", "tcp-request content accept if WAIT_END"];

/// Starts HAProxy with a line for its `global` section, parameters of its socket and lines for its
/// `frontend` section, and waits until it listens.
fn haproxy(global: &str, socket: &str, frontend: &[&str]) -> Haproxy {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let config = dir.path().join("haproxy.cfg");
    let frontend = frontend.join("\n    ");
    let lines = format!(
        "global
    log stdout format raw local0
    {global}
defaults
    mode http
    log global
    option dontlognull
    timeout client 30s
    timeout connect 30s
    timeout server 30s
frontend target
    bind 127.0.0.1:{port} {socket}
    {frontend}
    http-request capture req.hdr(X-Drumfire-Seq) len 10
    log-format \"{MARK}%[capture.req.hdr(0)]|%HV %[ssl_fc_alpn] %[ssl_fc_sni] %HPO %ST %ci|%cp\"
    http-request return status 200 content-type text/plain string hello
"
    );
    fs::write(&config, lines).unwrap();
    // A master process, which replaces its worker on demand. Its own output goes where the log
    // would go, so the log is a file.
    let running = program("sh")
        .args(["-c", "exec \"$0\" -W -f haproxy.cfg 2>&1 >log"])
        .arg(installed("haproxy"))
        .dir(dir.path())
        .spawn();
    let mut haproxy = Haproxy { running, port, dir };
    haproxy.await_worker();
    haproxy
}

impl Haproxy {
    /// Waits until a new worker listens.
    fn await_worker(&mut self) {
        while !self.running.line("[NOTICE]").contains("Loading success") {}
    }

    /// Ends the server; checks that it responded to each hit once, all in the same way. Returns the
    /// number of connections, and of streams it refused.
    #[track_caller]
    fn check(self, way: &str) -> (usize, usize) {
        self.running.signal(Signal::TERM);
        let output = self.running.wait();
        assert_eq!(output.status, Some(0), "{output:?}");
        let log = fs::read_to_string(self.dir.path().join("log")).unwrap();
        // The log has no headers of a stream that was refused.
        let refused = format!("{MARK}-|<BADREQ> ");
        let (refused, answered): (Vec<_>, Vec<_>) =
            log.lines().partition(|line| line.starts_with(&refused));
        let n_connections =
            request_log::check(&answered.join("\n"), &format!("{way} /x 200 127.0.0.1"));
        (n_connections, refused.len())
    }
}

#[test]
fn both_versions_of_http_are_negotiated_by_alpn() {
    let certified = Certified::new("a.test");
    let socket = format!("ssl crt {} alpn h2,http/1.1", certified.path("server.pem"));
    for (flag, way) in [("-http2", "HTTP/2.0 h2"), ("-http2=false", "HTTP/1.1 -")] {
        let haproxy = haproxy("", &socket, &[]);
        let detour = format!("-connect-to=a.test:443:127.0.0.1:{}", haproxy.port);
        hits("https://a.test/x", &[flag, &certified.authority.trust(), &detour]);
        let (_, n_refused) = haproxy.check(&format!("{way} a.test"));
        assert_eq!(n_refused, 0);
    }
}

#[test]
fn streams_above_the_limit_are_sent_on_further_connections() {
    let haproxy = haproxy("tune.h2.max-concurrent-streams 4", "proto h2", &DELAYED);
    let url = format!("http://127.0.0.1:{}/x", haproxy.port);
    // The connections have room for 12 of the 20 hits in flight. A connection carries one request
    // until the server has announced the limit, so no stream is ever refused. Immediate responses
    // could end all hits before a third connection is open.
    let hits = hits(&url, &["-h2c", "-rate=0", "-max-workers=20", "-max-connections=3"]);
    assert!(hits.iter().all(|hit| hit.retries == 0));
    assert_eq!(haproxy.check("HTTP/2.0 - -"), (3, 0));
}

#[test]
fn a_reload_during_the_attack_fails_no_hit() {
    let mut haproxy = haproxy("", "proto h2", &[]);
    let third = format!("GET http://127.0.0.1:{}/x\n\n", haproxy.port).repeat(N_REQUESTS / 3);
    let mut attack = drumfire("attack -lazy -rate=500 -h2c -max-connections=1").spawn();
    attack.feed(&third);
    // More bytes than the head of the stream: some hits have finished.
    attack.await_stdout(4_000);
    // The old worker sends GOAWAY to its clients, and ends after they have left.
    haproxy.running.signal(Signal::USR2);
    attack.feed(&third);
    haproxy.await_worker();
    attack.feed(&third);
    attack.end_input();
    check_success(attack);
    assert_eq!(haproxy.check("HTTP/2.0 - -"), (2, 0));
}
