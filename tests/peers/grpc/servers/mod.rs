//! Servers of others, as the target of gRPC calls. What they log is compared with the records.

mod connections;
mod contents;
mod schemas;
mod statuses;
mod times;
mod types;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use drumfire::record::{Kind, Messaging};
use serde::Deserialize;
use tempfile::TempDir;

use crate::grpc::sorted;
use crate::setup::installed::{installed, python};
use crate::support::harness::{Output, Run, Running, drumfire, program};
use crate::support::results::Kept;

/// The service of all servers.
pub const PROTO: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/grpc/servers/calls.proto");
/// Serves it with grpcio.
const GRPCIO: &str = include_str!("server.py");
/// Serves it with grpc-js.
const GRPC_JS: &str = include_str!("server.js");

/// A library of gRPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    Grpcio,
    GrpcJs,
    /// tonic, which takes minutes to compile: `make conformance` does so, and names the program in
    /// an environment variable.
    Tonic,
}

pub const METHODS: [&str; 4] = ["Unary", "Tokens", "Collect", "Converse"];

/// The environment variable with the path of the program in `tests/peers/grpc/tonic`.
const TONIC: &str = "DRUMFIRE_TONIC";

/// Returns the libraries that are installed.
fn peers() -> Vec<Peer> {
    let tonic = env::var_os(TONIC).map(|_| Peer::Tonic);
    [Peer::Grpcio, Peer::GrpcJs].into_iter().chain(tonic).collect()
}

/// A server, which ends with its test.
pub struct Server {
    running: Running,
    pub port: u16,
    /// Its log and its compiled schema.
    folder: TempDir,
}

/// A call as the server saw it.
#[derive(Debug, Deserialize)]
pub struct Seen {
    method: String,
    /// The bytes of each message in hex.
    requests: Vec<String>,
    responses: Vec<String>,
    status: u8,
    /// Values of names that end in `-bin` are in hex.
    metadata: BTreeMap<String, String>,
    /// The name in the certificate of the client, or else its address.
    client: String,
    /// Time to the deadline at the start of the call, in s. None without a deadline.
    remaining: Option<f64>,
    /// Time from the start of the call to the moment before each response was sent, in s.
    times: Vec<f64>,
}

/// Starts a server and waits until it listens.
pub fn server(peer: Peer) -> Server {
    match peer {
        Peer::Grpcio => grpcio(&[]),
        Peer::GrpcJs => {
            let script = ["--input-type=module", "-e", GRPC_JS];
            // The packages are found from the current directory.
            listening(program(installed("node")).args(script).dir(packages()))
        }
        Peer::Tonic => listening(program(env::var_os(TONIC).unwrap())),
    }
}

/// Starts grpcio with variables of the environment and waits until it listens.
pub fn grpcio(variables: &[(&str, &str)]) -> Server {
    let run = program(python()).args(["-c", GRPCIO]);
    listening(variables.iter().fold(run, |run, (name, value)| run.env(name, value)))
}

/// Returns where npm has installed the packages in `tests/peers/grpc/package.json`.
#[track_caller]
fn packages() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/grpc");
    let is_installed = folder.join("node_modules/@grpc/grpc-js").is_dir();
    assert!(is_installed, "grpc-js is not installed: run 'make peers'");
    folder
}

fn listening(run: Run) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let [log, protoset] = ["log", "protoset"].map(|name| folder.path().join(name));
    let run = run.env("LOG", log).env("PROTO", PROTO).env("PROTOSET", protoset);
    let mut running = run.spawn();
    let port = running.line("").trim().parse().unwrap();
    Server { running, port, folder }
}

impl Server {
    /// Runs an attack on a list in which `HOST` is the server.
    fn attack(&self, list: &str, flags: &[&str]) -> Output {
        let list = list.replace("HOST", &format!("127.0.0.1:{}", self.port));
        drumfire("attack -quiet -rate=200").args(flags).stdin(list).run()
    }

    /// Returns the records of an attack, sorted by number.
    #[track_caller]
    pub fn rows(&self, list: &str, flags: &[&str]) -> Vec<Kept> {
        let output = self.attack(list, flags);
        assert_eq!((output.status, output.messages().as_str()), (Some(0), ""));
        sorted(&output.stdout)
    }

    /// Attacks; checks that records and log have the same calls, and that they agree on each of
    /// them. Returns both, sorted by number.
    #[track_caller]
    pub fn calls(&self, list: &str, flags: &[&str]) -> Vec<(Kept, Seen)> {
        fs::write(self.folder.path().join("log"), "").unwrap();
        let (rows, seen) = (self.rows(list, flags), self.seen());
        let of_rows: Vec<_> = rows.iter().map(|row| row.seq).collect();
        let of_seen: Vec<_> = seen.iter().map(Seen::seq).collect();
        assert_eq!(of_rows, of_seen);
        let calls: Vec<_> = rows.into_iter().zip(seen).collect();
        calls.iter().for_each(|(row, seen)| check_agreement(row, seen));
        calls
    }

    /// Returns the calls in the log, sorted by number.
    pub fn seen(&self) -> Vec<Seen> {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
        let mut seen: Vec<Seen> =
            log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        seen.sort_by_key(Seen::seq);
        seen
    }
}

impl Seen {
    /// Returns the number of the hit.
    pub fn seq(&self) -> u64 {
        self.metadata["x-drumfire-seq"].parse().unwrap()
    }
}

/// Checks that a record has the status, the messages and the bytes that the server logged.
#[track_caller]
fn check_agreement(row: &Kept, seen: &Seen) {
    let Messaging { kind, grpc_status, messages_in, messages_out, .. } = row.messaging.unwrap();
    assert_eq!((kind, row.code, grpc_status), (Kind::Call, 200, Some(seen.status)), "{seen:?}");
    let found = [(messages_out, row.bytes_out), (messages_in, row.bytes_in)];
    assert_eq!(found, [&seen.requests, &seen.responses].map(|messages| size(messages)), "{seen:?}");
    let last = seen.responses.last().map(String::as_str);
    assert_eq!(hex(&row.body), last.unwrap_or_default());
}

/// Returns the number of messages and of their bytes.
fn size(messages: &[String]) -> (u32, u64) {
    let n_digits: usize = messages.iter().map(String::len).sum();
    (messages.len() as u32, n_digits as u64 / 2)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
