//! One attack on one server, seen from both sides.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use drumfire::codec::decoder;
use drumfire::record::{Columns, Record};

use crate::arrivals::{self, Arrival};
use crate::server::{DRUMFIRE, Server, on_core};

/// Cores of the two sides.
pub const SERVER_CORE: usize = 0;
pub const GENERATOR_CORE: usize = 1;

/// The setting of a run.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Flags of attack, in addition to those below; empty for the defaults.
    pub flags: &'static [&'static str],
    /// Requests per second.
    pub rate: u64,
    /// Delay of the server's responses, as for `serve -latency`.
    pub latency: &'static str,
}

impl Setting {
    /// Returns the first cells of a table row.
    pub fn words(&self) -> [String; 3] {
        let latency = if self.latency == "0" { "at once" } else { self.latency };
        [self.generator(), format!("{}/s", self.rate), latency.to_owned()]
    }

    /// Returns the flags of the generator.
    pub fn generator(&self) -> String {
        if self.flags.is_empty() { "default".to_owned() } else { self.flags.join(" ") }
    }

    fn file_name(&self) -> String {
        let name = self.words().join("_");
        name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-")
    }
}

/// What the generator recorded of one hit.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
    /// When it was due, in ns since 1970 UTC.
    pub slot_ns: i64,
    /// When it was released, in ns since 1970 UTC.
    pub released_ns: i64,
    /// Its latency in ns.
    pub latency_ns: i64,
}

/// What both sides saw of a run.
#[derive(Debug)]
pub struct Seen {
    /// Requests that were planned.
    pub planned: u64,
    /// What the generator recorded, by number.
    pub hits: HashMap<u64, Hit>,
    /// What the server logged, sorted by time.
    pub arrivals: Vec<Arrival>,
}

/// Runs an attack. The stream and the arrivals log stay in a folder.
///
/// # Errors
///
/// A program or a hit fails: then there is nothing to audit.
pub fn run(setting: &Setting, length: Duration, folder: &Path) -> anyhow::Result<Seen> {
    fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let file = |ending: &str| folder.join(format!("{}.{ending}", setting.file_name()));
    let (log, stream) = (file("arrivals.csv"), file("results.arrow"));
    let latency = format!("-latency={}", setting.latency);
    let server = Server::start(SERVER_CORE, &[&latency, &format!("-arrivals={}", log.display())])?;
    attack(setting, length, &server.url, &stream)?;
    server.stop()?;
    let planned = (length.as_nanos() * u128::from(setting.rate)).div_ceil(1_000_000_000) as u64;
    Ok(Seen { planned, hits: read_hits(&stream)?, arrivals: arrivals::read(&log)? })
}

fn attack(setting: &Setting, length: Duration, url: &str, stream: &Path) -> anyhow::Result<()> {
    let mut command = on_core(GENERATOR_CORE, DRUMFIRE);
    command.arg("attack").args(setting.flags).args([
        format!("-rate={}", setting.rate),
        format!("-duration={}ms", length.as_millis()),
        format!("-output={}", stream.display()),
    ]);
    let mut attack = command.stdin(Stdio::piped()).spawn().context("start drumfire attack")?;
    let mut targets = attack.stdin.take().expect("stdin is piped");
    let listed = writeln!(targets, "GET {url}/");
    drop(targets);
    let status = attack.wait().context("wait for drumfire attack")?;
    ensure!(status.success(), "drumfire attack ended with {status}");
    listed.context("give drumfire attack its target")
}

fn read_hits(stream: &Path) -> anyhow::Result<HashMap<u64, Hit>> {
    let context = || format!("read records from {}", stream.display());
    let input = BufReader::new(File::open(stream).with_context(context)?);
    let mut decoder = decoder(input, Columns::Figures).with_context(context)?;
    let mut hits = HashMap::new();
    while let Some(batch) = decoder.next_batch().with_context(context)? {
        for record in batch.records() {
            hits.insert(record.seq, hit(&record)?);
        }
    }
    Ok(hits)
}

fn hit(record: &Record) -> anyhow::Result<Hit> {
    let seq = record.seq;
    ensure!(record.is_success(), "hit {seq} failed: {}", record.error.unwrap_or("no success"));
    ensure!(record.retries == 0, "hit {seq} was sent more than once");
    let lag = record.lag.with_context(|| format!("hit {seq} has no lag"))?;
    Ok(Hit {
        slot_ns: record.timestamp_ns - lag.as_nanos() as i64,
        released_ns: record.timestamp_ns,
        latency_ns: record.latency.as_nanos() as i64,
    })
}
