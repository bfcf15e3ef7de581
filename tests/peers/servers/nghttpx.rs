//! nghttpx as the target, in front of nginx: HTTP/2 as nghttp2 implements it.

use rustix::process::Signal;

use crate::servers::nginx::{Nginx, nginx_at};
use crate::setup::attacks::{N_REQUESTS, attack, check_success, hits};
use crate::setup::certificates::Certified;
use crate::setup::installed::installed;
use crate::setup::request_log::{self, MARK};
use crate::support::harness::{Running, program};
use crate::support::servers::free_port;

/// An nghttpx that forwards requests to nginx, and logs them.
struct Nghttpx {
    running: Running,
    nginx: Nginx,
    port: u16,
}

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
    /// Ends both servers; checks that each of them received each hit once, all in the same way.
    /// Returns the number of connections.
    #[track_caller]
    fn check(self, way: &str) -> usize {
        self.running.signal(Signal::QUIT);
        let output = self.running.wait();
        assert_eq!(output.status, Some(0), "{output:?}");
        self.nginx.check(&[("HTTP/1.1 2 nghttpx", N_REQUESTS)]);
        request_log::check(output.text(), way)
    }
}

#[test]
fn http2_without_tls_uses_one_connection() {
    let nghttpx = nghttpx(";no-tls", &[]);
    let url = format!("http://127.0.0.1:{}/x", nghttpx.port);
    hits(&url, &["-h2c", "-max-connections=1"]);
    assert_eq!(nghttpx.check("h2c - 200"), 1);
}

#[test]
fn http2_is_negotiated_by_alpn() {
    let certified = Certified::new("a.test");
    let nghttpx = nghttpx("", &["server.pem.key", "server.pem"].map(|name| certified.path(name)));
    let detour = format!("-connect-to=a.test:443:127.0.0.1:{}", nghttpx.port);
    hits("https://a.test/x", &[&certified.authority.trust(), &detour]);
    nghttpx.check("h2 a.test 200");
}

#[test]
fn a_server_that_sends_goaway_during_the_attack_fails_no_hit() {
    let nghttpx = nghttpx(";no-tls", &[]);
    let target = format!("GET http://127.0.0.1:{}/x", nghttpx.port);
    let mut attack = attack(&target, &["-h2c", "-max-connections=1", "-rate=500"]).spawn();
    // More bytes than the head of the stream: some hits have finished.
    attack.await_stdout(4_000);
    // A new worker replaces the old one, which sends GOAWAY to its clients.
    nghttpx.running.signal(Signal::HUP);
    check_success(attack);
    assert_eq!(nghttpx.check("h2c - 200"), 2);
}
