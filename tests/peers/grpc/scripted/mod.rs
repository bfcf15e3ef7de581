//! A server of HTTP/2 that does to gRPC what no library of gRPC does.

mod faults;
mod stalls;
mod times;

use std::fs;

use serde::Deserialize;
use tempfile::TempDir;

use crate::grpc::sorted;
use crate::setup::installed::python;
use crate::support::harness::{Running, drumfire, program};
use crate::support::results::Kept;

/// The schema of the server, by its flag.
const PROTO: &str =
    concat!("-proto=", env!("CARGO_MANIFEST_DIR"), "/tests/peers/grpc/scripted/scripted.proto");
const SERVER: &str = include_str!("server.py");

/// A server, which ends with its test.
struct Scripted {
    _running: Running,
    port: u16,
    /// Its log.
    folder: TempDir,
}

/// A call as the server saw it.
#[derive(Debug, Deserialize)]
struct Seen {
    method: String,
    seq: u64,
    /// In ns since 1970.
    times: Vec<i64>,
}

/// Starts a server and waits until it listens.
fn scripted() -> Scripted {
    let folder = tempfile::tempdir().unwrap();
    let run = program(python()).args(["-c", SERVER]).env("LOG", folder.path().join("log"));
    let mut running = run.spawn();
    let port = running.line("").trim().parse().unwrap();
    Scripted { _running: running, port, folder }
}

impl Scripted {
    /// Returns a target.
    fn target(&self, method: &str, message: &str) -> String {
        let url = format!("127.0.0.1:{}/scripted.v1.Scripted/{method}", self.port);
        format!("# @name {method}\nGRPC {url}\n# @body\n{message}\n\n")
    }

    /// Takes the calls from the log.
    fn taken(&self) -> Vec<Seen> {
        let path = self.folder.path().join("log");
        let log = fs::read_to_string(&path).unwrap();
        fs::write(path, "").unwrap();
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Attacks a list; returns the records, sorted by number.
#[track_caller]
fn attack(list: String, flags: &[&str]) -> Vec<Kept> {
    let output = drumfire("attack -quiet").arg(PROTO).args(flags).stdin(list).run();
    assert_eq!((output.status, output.messages().as_str()), (Some(0), ""));
    sorted(&output.stdout)
}
