//! squid in front of nginx: a proxy that receives host names and resolves them from its own file.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use crate::servers::nginx::{n_connections, nginx_at};
use crate::setup::attacks::{N_REQUESTS, attack, await_port, check_success};
use crate::setup::certificates::Certified;
use crate::setup::installed::installed;
use crate::support::harness::{Running, program};
use crate::support::servers::free_port;
use crate::support::waiting::wait_until;

/// A squid on a free port that knows the address of `a.test`.
pub struct Squid {
    running: Running,
    port: u16,
    /// Its configuration and its logs.
    dir: TempDir,
}

pub fn squid() -> Squid {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    // If started by root, it changes to another user, who writes the logs.
    fs::set_permissions(dir.path(), Permissions::from_mode(0o777)).unwrap();
    fs::write(dir.path().join("hosts"), "127.0.0.1 a.test\n").unwrap();
    let lines = "http_port 127.0.0.1:PORT
hosts_file DIR/hosts
http_access allow all
logformat seen %rm %ru HTTP/%rv %>Hs %{X-Trace}>h
access_log stdio:DIR/access.log seen
cache_log DIR/cache.log
cache deny all
coredump_dir DIR
pid_filename none
pinger_enable off
max_filedescriptors 4096
";
    let config = dir.path().join("squid.conf");
    let lines = lines.replace("PORT", &port.to_string());
    fs::write(&config, lines.replace("DIR", &dir.path().display().to_string())).unwrap();
    let mut running = program(installed("squid")).args(["-N", "-f"]).arg(&config).spawn();
    await_port(&mut running, port);
    Squid { running, port, dir }
}

impl Squid {
    /// Attacks a target through the proxy.
    #[track_caller]
    pub fn attack(&self, target: &str, flags: &[&str]) {
        let proxy = format!("http://127.0.0.1:{}", self.port);
        check_success(attack(target, flags).env("ALL_PROXY", proxy).spawn());
    }

    /// Waits until the proxy has received a request `n_times` times, and no other request; ends it.
    #[track_caller]
    pub fn check(mut self, asked: &str, n_times: usize) {
        // It logs a tunnel after both ends have closed.
        let mut log = String::new();
        wait_until("squid has logged all requests", || {
            assert_eq!(self.running.status(), None, "squid ended");
            log = fs::read_to_string(self.dir.path().join("access.log")).unwrap();
            log.lines().filter(|line| !was_silent(line)).count() >= n_times
        });
        let mut found = BTreeMap::new();
        let logged = log.lines().filter(|line| !was_silent(line));
        logged.for_each(|line| *found.entry(line).or_insert(0) += 1);
        assert_eq!(found, BTreeMap::from([(asked, n_times)]));
    }
}

/// Returns whether a line of the log is of a connection without a request: that of [`await_port`].
fn was_silent(line: &str) -> bool {
    line.starts_with("- error:transaction-end-before-headers ")
}

#[test]
fn requests_through_a_tunnel_are_the_same_as_without_a_proxy() {
    let certified = Certified::new("a.test");
    let trust = certified.authority.trust();
    for (scheme, flag, options, way) in [
        ("https", "-http2", "ssl http2", "HTTP/2.0 a.test"),
        ("https", "-http2=false", "ssl http2", "HTTP/1.1 a.test"),
        ("http", "-h2c", "http2", "HTTP/2.0 -"),
    ] {
        let socket = format!("127.0.0.1:PORT {options}");
        let logged = "$server_protocol $ssl_server_name $http_via";
        let nginx = nginx_at(&[&socket], &certified.directives(), logged);
        let squid = squid();
        let port = nginx.port;
        let flags = [flag, &trust, "-max-connections=1", "-proxy-header=X-Trace: 7"];
        squid.attack(&format!("GET {scheme}://a.test:{port}/x"), &flags);
        let seen = nginx.check(&[(&format!("{way} -"), N_REQUESTS)]);
        assert_eq!(n_connections(&seen), 1);
        squid.check(&format!("CONNECT a.test:{port} HTTP/1.1 200 7"), 1);
    }
}

#[test]
fn a_plain_request_to_squid_has_the_whole_url() {
    let (nginx, squid) = (nginx_at(&["127.0.0.1:PORT"], "", "$host"), squid());
    let url = format!("http://a.test:{}/x", nginx.port);
    squid.attack(&format!("GET {url}"), &["-proxy-header=X-Trace: 7", "-header=X-Trace: 8"]);
    nginx.check(&[("a.test", N_REQUESTS)]);
    squid.check(&format!("GET {url} HTTP/1.1 200 8"), N_REQUESTS);
}
