//! Compares arrivals with the plan, and latencies with the delays of the server.
//!
//! `make audit` runs it: attacks of some seconds on `drumfire serve`, each side on its own core. It
//! prints tables, and saves them with a chart, streams and logs in [`FOLDER`].

mod run;
mod punctuality;
mod bias;
mod thinking;
mod results;
mod chart;

#[path = "../support/arrivals.rs"]
mod arrivals;
#[path = "../support/others.rs"]
mod others;
#[path = "../support/quantile.rs"]
mod quantile;
#[path = "../support/server.rs"]
mod server;
#[path = "../support/table.rs"]
mod table;

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;

use bias::Bias;
use others::Usage;
use punctuality::Punctuality;
use run::{Setting, run};

/// Flags of each generator, in addition to rate, length and target.
const GENERATORS: [&[&str]; 1] = [&[]];

/// Requests per second and the delay of the server, for each generator.
const LOADS: [(u64, &str); 5] =
    [(1_000, "0"), (5_000, "0"), (10_000, "0"), (5_000, "5ms"), (5_000, "lognormal:5ms,0.5")];

/// Longest time for all attacks together, and for a single one.
const WHOLE: Duration = Duration::from_secs(50);
const LONGEST: Duration = Duration::from_secs(5);

/// Folder of the results.
const FOLDER: &str = "reports/audit";

/// One audited attack.
#[derive(Debug)]
pub struct Row {
    /// Its setting.
    pub setting: Setting,
    /// When its requests arrived.
    pub punctuality: Punctuality,
    /// How accurate its latencies are.
    pub bias: Bias,
    /// Share of a core that others took in the meantime; None if unknown.
    pub others: Option<f64>,
}

fn main() -> anyhow::Result<()> {
    let length = LONGEST.min(WHOLE / (GENERATORS.len() * LOADS.len()) as u32);
    let folder = Path::new(FOLDER);
    let mut rows = Vec::new();
    for flags in GENERATORS {
        for (rate, latency) in LOADS {
            let setting = Setting { flags, rate, latency };
            let row = audit(setting, length, folder);
            rows.push(row.with_context(|| setting.words().join(", "))?);
        }
    }
    let thinking = thinking::run(&folder.join("raw")).context("think times")?;
    let text = results::text(&rows, length, &thinking);
    write(&folder.join("results.md"), &text)?;
    write(&folder.join("audit.svg"), &results::chart(&rows)?)?;
    io::stdout().write_all(text.as_bytes())?;
    writeln!(io::stderr(), "results are in {FOLDER}")?;
    Ok(())
}

fn audit(setting: Setting, length: Duration, folder: &Path) -> anyhow::Result<Row> {
    let before = Usage::now();
    let seen = run(&setting, length, &folder.join("raw"))?;
    let others = Usage::now().zip(before).map(|(now, then)| now.taken_by_others_since(then));
    let punctuality = Punctuality::of(&setting, &seen);
    Ok(Row { setting, punctuality, bias: Bias::of(&seen)?, others })
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(file, text).with_context(|| format!("write {}", file.display()))
}
