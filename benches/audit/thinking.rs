//! Think times of flows, as the server sees them.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context, ensure};
use drumfire::codec::decoder;
use drumfire::record::Columns;

use crate::arrivals::{self, Arrival};
use crate::punctuality::micros;
use crate::quantile::quantile;
use crate::run::{GENERATOR_CORE, SERVER_CORE};
use crate::server::{DRUMFIRE, Server, on_core};
use crate::table::markdown;

/// Number of flows, and how many begin per second.
const N_FLOWS: u64 = 10_000;
const RATE: u64 = 1_000;

/// Think time between the two requests of a flow.
const THINK_NS: i64 = 1_000_000_000;

/// The errors of the think times.
#[derive(Debug)]
pub struct Thinking {
    /// Distance of each think time from the planned one, in ns, >= 0; sorted.
    errors_ns: Vec<i64>,
    /// Lag of the second request of each flow, in ns; sorted.
    lags_ns: Vec<i64>,
}

/// What the generator recorded of one flow.
#[derive(Clone, Copy, Debug, Default)]
struct Pair {
    /// Numbers of the two requests.
    seqs: [u64; 2],
    /// Latency of the first one, in ns.
    latency_ns: i64,
    /// Lag of the second one, in ns.
    lag_ns: i64,
}

/// Runs the attack. The stream and the arrivals log stay in a folder.
///
/// # Errors
///
/// A program or a request fails: then there is nothing to audit.
pub fn run(folder: &Path) -> anyhow::Result<Thinking> {
    fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let file = |name: &str| folder.join(format!("thinking.{name}"));
    let (log, stream, flow) = (file("arrivals.csv"), file("results.arrow"), file("hurl"));
    let server = Server::start(SERVER_CORE, &[&format!("-arrivals={}", log.display())])?;
    let url = &server.url;
    fs::write(&flow, format!("GET {url}/a\nHTTP 200\n# @think 1s\nGET {url}/b\nHTTP 200\n"))?;
    let attack = on_core(GENERATOR_CORE, DRUMFIRE)
        .arg("attack")
        .arg(format!("-flow={}", flow.display()))
        .arg(format!("-rate={RATE}"))
        .arg(format!("-flow-count={N_FLOWS}"))
        .arg(format!("-output={}", stream.display()))
        .status()
        .context("run drumfire attack")?;
    ensure!(attack.success(), "drumfire attack ended with {attack}");
    server.stop()?;
    Thinking::of(&read(&stream)?, &arrivals::read(&log)?)
}

/// Reads the flows of a stream.
fn read(stream: &Path) -> anyhow::Result<HashMap<u64, Pair>> {
    let context = || format!("read records from {}", stream.display());
    let input = BufReader::new(File::open(stream).with_context(context)?);
    let mut decoder = decoder(input, Columns::All).with_context(context)?;
    let mut flows = HashMap::<u64, Pair>::new();
    while let Some(batch) = decoder.next_batch().with_context(context)? {
        for record in batch.records() {
            let step = record.flow.context("a record without a flow")?;
            ensure!(record.is_success(), "a request of flow {} failed", step.flow_seq);
            let pair = flows.entry(step.flow_seq).or_default();
            match step.flow_hit {
                0 => (pair.seqs[0], pair.latency_ns) = (record.seq, nanos(record.latency)),
                _ => (pair.seqs[1], pair.lag_ns) = (record.seq, record.lag.map_or(0, nanos)),
            }
        }
    }
    Ok(flows)
}

fn nanos(duration: std::time::Duration) -> i64 {
    duration.as_nanos() as i64
}

impl Thinking {
    /// Compares the arrivals of flows with their plan. A think time begins when the response has
    /// arrived, so it is the time between both arrivals without the latency of the first request.
    /// What a request needs to reach the server cancels out.
    fn of(flows: &HashMap<u64, Pair>, arrivals: &[Arrival]) -> anyhow::Result<Self> {
        let times: HashMap<u64, i64> =
            arrivals.iter().filter_map(|it| Some((it.seq?, it.timestamp_ns))).collect();
        let time = |seq: u64| times.get(&seq).copied().context("a request did not arrive");
        let mut errors_ns = Vec::new();
        for pair in flows.values() {
            let between = time(pair.seqs[1])? - time(pair.seqs[0])?;
            errors_ns.push((between - pair.latency_ns - THINK_NS).abs());
        }
        ensure!(errors_ns.len() as u64 == N_FLOWS, "{} flows of {N_FLOWS}", errors_ns.len());
        let mut lags_ns: Vec<_> = flows.values().map(|pair| pair.lag_ns).collect();
        errors_ns.sort_unstable();
        lags_ns.sort_unstable();
        Ok(Self { errors_ns, lags_ns })
    }

    /// Returns the table of think times.
    pub fn table(&self) -> String {
        let names = ["flows", "think time", "off p50", "p90", "p99", "max", "lag p50", "lag p99"];
        let off = [0.5, 0.9, 0.99, 1.0].map(|q| micros(quantile(&self.errors_ns, q)));
        let lags = [0.5, 0.99].map(|q| micros(quantile(&self.lags_ns, q)));
        let first = [self.errors_ns.len().to_string(), "1s".to_owned()];
        let cells = first.into_iter().chain(off).chain(lags).collect();
        markdown(&names, 0, &[cells])
    }
}
