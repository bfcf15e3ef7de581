//! The results of a bench: a page with the table, and the raw data.

pub mod figures;
pub mod outcome;
pub mod samples;
pub mod schedule;
pub mod table;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use jiff::Timestamp;
use serde::Serialize;

use crate::arrivals;
use crate::markdown::markdown;
use crate::results::samples::Samples;
use crate::results::table::{COLUMNS, Row};
use crate::runner::machine::Machine;
use crate::runner::tools;

/// Parent folder of the results.
const RUNS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/runs");

/// All results of a bench.
#[derive(Debug, Serialize)]
pub struct Results {
    /// When it began, in UTC.
    pub began: Timestamp,
    /// Its duration, in seconds.
    pub seconds: f64,
    /// Number of turns.
    pub turns: usize,
    /// Whether the server was pinned to core 0 and the generator to core 1.
    pub pinned: bool,
    /// Share of one core that other processes and the host took from the first run to the last;
    /// None if unknown.
    pub others: Option<f64>,
    /// Remarks on single rows.
    pub remarks: Vec<String>,
    /// The machine.
    pub machine: Machine,
    /// The tools' versions.
    pub versions: BTreeMap<String, String>,
    /// The runs.
    #[serde(flatten)]
    pub runs: Samples,
}

impl Results {
    /// Returns the page.
    pub fn page(&self, rows: &[Row]) -> String {
        let mut page = String::new();
        let mut line = |text: &str| {
            page.push_str(text);
            page.push('\n');
        };
        line("# drumfire and its peers, side by side\n");
        line(&self.circumstances());
        let rows: Vec<_> = rows.iter().filter(|row| !row.is_empty()).map(Row::cells).collect();
        line(&markdown(&COLUMNS, COLUMNS.len(), &rows));
        line(
            "Medians, with the smallest and the greatest value of the turns in brackets. The ratio",
        );
        line(
            "is drumfire's median divided by the best peer's. A goal that names a peer is open (?)",
        );
        line("if that peer is not installed.\n");
        self.remarks.iter().for_each(|remark| line(&format!("{remark}\n")));
        line("## Versions\n");
        self.versions.iter().for_each(|(tool, version)| line(&format!("- {tool}: {version}")));
        line(
            "\n## Commands\n\nCommands of the first turn; samples.json has the values of all runs.\n",
        );
        line("```");
        self.commands().iter().for_each(|command| line(command));
        line("```");
        if !self.runs.mishaps.is_empty() {
            line("\n## Failed runs\n");
            for mishap in &self.runs.mishaps {
                let (measure, setting) = (mishap.measure, &mishap.setting);
                line(&format!("- {measure} {setting} {}: {}", mishap.tool, mishap.problem));
            }
        }
        page
    }

    fn circumstances(&self) -> String {
        let Machine { cpu, cores, kernel, virtual_machine, memory_kib, load } = &self.machine;
        let kind = if *virtual_machine { "a virtual machine" } else { "a machine" };
        let memory_gib = *memory_kib as f64 / f64::from(1 << 20);
        let pinned = if self.pinned {
            "The server ran on core 0, the generator on core 1, over loopback."
        } else {
            "Server and generator shared the cores, over loopback."
        };
        let others = self
            .others
            .map_or("an unknown share".to_owned(), |share| format!("{:.0} %", share * 100.0));
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{}, {} turns in {:.0} s, on {kind} with {cores} cores ({cpu}), {memory_gib:.0} GiB, \
             Linux {kernel}.\n{pinned} Load average before: {load}; other processes and the \
             host took {others} of a core in the meantime.",
            self.began.strftime("%Y-%m-%d %H:%M UTC"),
            self.turns,
            self.seconds,
        );
        text
    }

    fn commands(&self) -> Vec<&str> {
        let first = self.runs.samples.iter().filter(|sample| sample.turn == 1);
        first.map(|sample| sample.command.as_str()).collect()
    }

    /// Writes page and raw data into a new folder, and returns its path.
    ///
    /// # Errors
    ///
    /// The files cannot be written.
    pub fn save(&self, page: &str) -> anyhow::Result<PathBuf> {
        let name = self.began.strftime("%Y-%m-%d_%H-%M-%S").to_string();
        let folder = PathBuf::from(RUNS).join(name);
        let data = serde_json::to_string_pretty(self)?;
        let written = fs::create_dir_all(&folder)
            .and_then(|()| fs::write(folder.join("results.md"), page))
            .and_then(|()| fs::write(folder.join("samples.json"), data + "\n"));
        written.with_context(|| format!("write into {}", folder.display()))?;
        Ok(folder)
    }
}
