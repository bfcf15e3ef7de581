//! tinyproxy and microsocks in front of nginx.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::servers::nginx::{Nginx, n_connections, nginx_at};
use crate::setup::attacks::{N_REQUESTS, attack, await_port, check_success};
use crate::setup::certificates::Certified;
use crate::setup::installed::installed;
use crate::support::harness::{Run, Running, program};
use crate::support::servers::free_port;

/// A proxy on a free port.
struct Proxy {
    running: Running,
    port: u16,
    /// Its configuration and its standard output, which may be more than a pipe holds.
    dir: TempDir,
}

fn tinyproxy() -> Proxy {
    start(|dir, port| {
        let config = dir.join("tinyproxy.conf");
        let lines = format!(
            "Port {port}\nListen 127.0.0.1\nMaxClients 200\nLogLevel Connect\n\
             BasicAuth me secret\nViaProxyName \"tinyproxy\"\n"
        );
        fs::write(&config, lines).unwrap();
        program(installed("tinyproxy")).args(["-d", "-c"]).arg(&config)
    })
}

fn microsocks() -> Proxy {
    start(|_, port| {
        program(installed("microsocks"))
            .args(["-i", "127.0.0.1", "-u", "me", "-P", "secret", "-p"])
            .arg(port.to_string())
    })
}

/// Starts what `run` returns for a directory and a port, and waits until it listens.
fn start(run: impl Fn(&Path, u16) -> Run) -> Proxy {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let log = File::create(dir.path().join("log")).unwrap();
    let mut running = run(dir.path(), port).stdout(log).spawn();
    await_port(&mut running, port);
    Proxy { running, port, dir }
}

impl Proxy {
    /// Attacks an nginx through the proxy. No proxy is used for `localhost` and loopback addresses,
    /// but one is used for 0.0.0.0, which is this machine, too.
    #[track_caller]
    fn attack(&self, nginx: &Nginx, schemes: [&str; 2], flags: &[&str]) {
        let [target, proxy] = schemes;
        let target = format!("GET {target}://0.0.0.0:{}/x", nginx.port);
        let proxy = format!("{proxy}://me:secret@127.0.0.1:{}", self.port);
        check_success(attack(&target, flags).env("ALL_PROXY", proxy).spawn());
    }

    /// Ends the proxy; returns its log.
    fn stop(self) -> String {
        self.running.signal(Signal::TERM);
        let log = self.running.wait().stderr;
        log + &fs::read_to_string(self.dir.path().join("log")).unwrap()
    }
}

/// Returns how often each text follows a mark, up to the end of the line.
fn count<'a>(log: &'a str, mark: &str) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    let logged = log.lines().filter_map(|line| Some(line.split_once(mark)?.1));
    logged.for_each(|text| *counts.entry(text).or_insert(0) += 1);
    counts
}

/// Starts an nginx with TLS at 0.0.0.0 that logs the version of HTTP and whether a proxy was used;
/// also returns the authority to trust.
fn secure_nginx() -> (Nginx, Certified) {
    let certified = Certified::new("0.0.0.0");
    let way = "$server_protocol $http_via";
    (nginx_at(&["127.0.0.1:PORT ssl http2"], &certified.directives(), way), certified)
}

#[test]
fn tinyproxy_forwards_plain_requests() {
    // The version of the proxy, which the header contains, is unknown to the test.
    let through = "map $http_via $through { default none; \"~ tinyproxy \" tinyproxy; }";
    let (proxy, nginx) = (tinyproxy(), nginx_at(&["127.0.0.1:PORT"], through, "$through"));
    proxy.attack(&nginx, ["http", "http"], &[]);
    let asked = format!("GET http://0.0.0.0:{}/x HTTP/1.1", nginx.port);
    let log = proxy.stop();
    assert_eq!(count(&log, "): GET "), BTreeMap::from([(&asked["GET ".len()..], N_REQUESTS)]));
    nginx.check(&[("tinyproxy", N_REQUESTS)]);
}

#[test]
fn tinyproxy_tunnels_both_versions_of_http_to_an_https_target() {
    for (flag, version) in [("-http2", "2.0"), ("-http2=false", "1.1")] {
        let (nginx, certified) = secure_nginx();
        let trust = certified.authority.trust();
        let proxy = tinyproxy();
        proxy.attack(&nginx, ["https", "http"], &[&trust, flag, "-max-connections=1"]);
        let asked = format!("0.0.0.0:{} HTTP/1.1", nginx.port);
        let log = proxy.stop();
        let seen = nginx.check(&[(&format!("HTTP/{version} -"), N_REQUESTS)]);
        assert_eq!(n_connections(&seen), 1);
        assert_eq!(count(&log, "): CONNECT "), BTreeMap::from([(&*asked, 1)]));
    }
}

#[test]
fn microsocks_connects_to_plain_and_https_targets() {
    for scheme in ["socks5", "socks5h"] {
        let (proxy, nginx) = (microsocks(), nginx_at(&["127.0.0.1:PORT"], "", "$server_protocol"));
        proxy.attack(&nginx, ["http", scheme], &["-keepalive=false"]);
        let target = format!("0.0.0.0:{}", nginx.port);
        let log = proxy.stop();
        assert_eq!(count(&log, ": connected to "), BTreeMap::from([(&*target, N_REQUESTS)]));
        nginx.check(&[("HTTP/1.1", N_REQUESTS)]);
    }
    let (nginx, certified) = secure_nginx();
    let trust = certified.authority.trust();
    let proxy = microsocks();
    proxy.attack(&nginx, ["https", "socks5"], &[&trust, "-max-connections=1"]);
    let target = format!("0.0.0.0:{}", nginx.port);
    let log = proxy.stop();
    let seen = nginx.check(&[("HTTP/2.0 -", N_REQUESTS)]);
    assert_eq!(n_connections(&seen), 1);
    assert_eq!(count(&log, ": connected to "), BTreeMap::from([(&*target, 1)]));
}
