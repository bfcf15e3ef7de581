//! Attacks with flows against a local server.

mod arrivals;
mod calls;
mod endings;
mod input;
mod secrets;
mod sockets;
mod steps;
mod users;

use std::fs;
use std::io::Cursor;

use drumfire::codec::decoder;
use drumfire::record::{Columns, FlowEnd};
use tempfile::TempDir;

use crate::support::harness::{Output, Run, drumfire};
use crate::support::servers::{Serve, serve};

/// Routes that the flows of these tests use.
const ROUTES: &str = r#"
[[route]]
method = "POST"
path = "/login"
headers = { Content-Type = "application/json", Set-Cookie = "sid=one; Path=/" }
body = '{"token": "abc", "user": {"id": 7}}'

[[route]]
path = "/old"
status = 302
headers = { Location = "/new", Set-Cookie = "moved=yes; Path=/" }

[[route]]
path = "/echo/**"
body = '{"path": "{{$path}}", "cookie": "{{$header.Cookie}}", "auth": "{{$header.Authorization}}"}'

[[route]]
path = "/new"
body = '{"cookie": "{{$header.Cookie}}"}'

[[route]]
path = "/jobs/*"
sequence = ['{"state": "queued"}', '{"state": "running"}', '{"state": "completed"}']

[[route]]
path = "/slow"
latency = "10m"

[[route]]
path = "/fails"
status = 500

[[route]]
path = "/**"
"#;

/// A directory with flows, and a server.
struct Place {
    folder: TempDir,
    server: Serve,
}

/// A record of a request of a flow.
#[derive(Debug)]
struct Step {
    seq: u64,
    code: u16,
    url: String,
    name: String,
    error: String,
    flow: String,
    flow_seq: u64,
    flow_hit: u32,
    step: u16,
    attempt: u16,
    checks: Option<(u16, u16)>,
    ended: Option<FlowEnd>,
    timestamp_ns: i64,
    lag_ns: u128,
    is_success: bool,
    body: Vec<u8>,
}

impl Place {
    /// Starts a server and writes flows into a new directory.
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("routes.toml", ROUTES);
        files.iter().for_each(|(name, text)| write(name, text));
        let routes = folder.path().join("routes.toml");
        let arrivals = folder.path().join("arrivals.csv");
        let [routes, arrivals] = [routes, arrivals].map(|path| path.to_str().unwrap().to_owned());
        let server = serve(&["-routes", &routes, "-arrivals", &arrivals]);
        Self { folder, server }
    }

    /// Returns an attack in the directory, whose flows know the server as `base`.
    fn attack(&self, flags: &str) -> Run {
        let base = format!("-variable=base={}", self.server.url);
        drumfire(&format!("attack -quiet {flags}")).arg(base).dir(self.folder.path())
    }

    /// Returns the records of an attack that ends well.
    #[track_caller]
    fn steps(&self, flags: &str) -> Vec<Step> {
        let Output { status, stdout, stderr, .. } = self.attack(flags).run();
        assert_eq!((status, stderr.as_str()), (Some(0), ""));
        steps(&stdout)
    }
}

/// Returns the records of a stream, in the order of flows and their requests.
#[track_caller]
fn steps(stream: &[u8]) -> Vec<Step> {
    let mut decoder = decoder(Cursor::new(stream.to_vec()), Columns::All).unwrap();
    let mut steps = Vec::new();
    while let Some(batch) = decoder.next_batch().unwrap() {
        for record in batch.records() {
            let flow = record.flow.unwrap();
            steps.push(Step {
                seq: record.seq,
                code: record.code,
                url: record.url.to_owned(),
                name: record.name.to_owned(),
                error: record.error.unwrap_or_default().to_owned(),
                flow: flow.flow.to_owned(),
                flow_seq: flow.flow_seq,
                flow_hit: flow.flow_hit,
                step: flow.step,
                attempt: flow.attempt,
                checks: flow.checks.zip(flow.checks_failed),
                ended: flow.ended,
                timestamp_ns: record.timestamp_ns,
                lag_ns: record.lag.unwrap().as_nanos(),
                is_success: record.is_success(),
                body: record.body.to_vec(),
            });
        }
    }
    steps.sort_by_key(|step| (step.flow_seq, step.flow_hit));
    steps
}
