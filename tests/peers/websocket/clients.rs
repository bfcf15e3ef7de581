//! websockets, a library for Python, and ws, one for Node.js, as clients of `serve`.

use std::fs;
use std::path::Path;

use crate::servers::nginx::nginx;
use crate::setup::installed::{installed, python, websocket};
use crate::support::harness::program;
use crate::support::servers::{Serve, free_port, serve};

/// Checks sockets of all kinds.
const WEBSOCKETS: &str = include_str!("client.py");
const WS: &str = include_str!("client.js");

const PASSED: &str = "all checks passed\n";

#[track_caller]
fn websockets_passes(arguments: &[&str]) {
    let output = program(python()).args(["-c", WEBSOCKETS]).args(arguments).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    assert_eq!(output.text(), PASSED);
}

fn address(server: &Serve) -> &str {
    server.url.trim_start_matches("http://")
}

#[test]
fn websockets_uses_sockets_of_all_kinds() {
    websockets_passes(&[address(&serve(&["-latency=1ms"]))]);
}

#[test]
fn nginx_forwards_sockets_of_all_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("arrivals.csv");
    let (server, port) = (serve(&["-arrivals", log.to_str().unwrap()]), free_port());
    let forward = format!(
        "server {{
            listen 127.0.0.1:{port};
            location / {{
                proxy_pass {};
                proxy_http_version 1.1;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection upgrade;
            }}
        }}",
        server.url
    );
    let nginx = nginx(&forward);
    websockets_passes(&[&format!("127.0.0.1:{port}"), "proxied"]);
    drop(nginx);
    server.interrupt();
    // Each socket has one line for its handshake and one for its end.
    let log = fs::read_to_string(log).unwrap();
    let count = |method: &str| log.lines().filter(|line| line.contains(method)).count();
    assert!(count(",WS,") >= 5);
    assert_eq!(count(",101,"), count(",CLOSE,"));
}

#[test]
fn ws_uses_sockets_of_all_kinds() {
    let server = serve(&["-latency=1ms"]);
    let folder: &Path = &websocket();
    let script = ["--input-type=module", "-e", WS, address(&server)];
    // The package is found from the current directory.
    let output = program(installed("node")).args(script).dir(folder).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    assert_eq!(output.text(), PASSED);
}
