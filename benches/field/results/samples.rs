//! The raw data: one sample per run of each tool.

use std::collections::BTreeMap;

use serde::Serialize;

use super::figures::Spread;
use super::tools::Tool;

/// One run of one tool.
#[derive(Debug, Serialize)]
pub struct Sample {
    /// Name of the measure: `rated`, `closed` and so on.
    pub measure: &'static str,
    /// The setting: `1000/s`, `stall 200ms`; empty if there is only one.
    pub setting: String,
    /// The tool that sent the requests.
    pub tool: Tool,
    /// Number of the turn, from 1.
    pub turn: usize,
    /// The command that was run.
    pub command: String,
    /// The measured values; their names contain the units.
    pub figures: BTreeMap<&'static str, f64>,
    /// Share of one core that other processes and the host took in the meantime; None if unknown.
    pub others: Option<f64>,
}

/// A run that failed.
#[derive(Debug, Serialize)]
pub struct Mishap {
    /// As [`Sample::measure`].
    pub measure: &'static str,
    /// As [`Sample::setting`].
    pub setting: String,
    /// As [`Sample::tool`].
    pub tool: Tool,
    /// The reason.
    pub problem: String,
}

/// All runs.
#[derive(Debug, Default, Serialize)]
pub struct Samples {
    /// Runs with values.
    pub samples: Vec<Sample>,
    /// Runs that failed.
    pub mishaps: Vec<Mishap>,
}

/// One value of one measure under one setting.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// As [`Sample::measure`].
    pub measure: &'a str,
    /// As [`Sample::setting`].
    pub setting: &'a str,
    /// Its name among [`Sample::figures`].
    pub figure: &'a str,
}

impl Samples {
    /// Returns the spread of a value over the turns of a tool; None if the tool has none.
    pub fn spread(&self, key: Key, tool: Tool) -> Option<Spread> {
        let of_tool = |sample: &&Sample| {
            (sample.measure, sample.setting.as_str(), sample.tool)
                == (key.measure, key.setting, tool)
        };
        let figure = |sample: &Sample| sample.figures.get(key.figure).copied();
        Spread::of(self.samples.iter().filter(of_tool).filter_map(figure).collect())
    }

    /// Returns the spreads of a value for all tools except drumfire.
    pub fn peers(&self, key: Key) -> Vec<(Tool, Spread)> {
        let peers = Tool::ALL.into_iter().filter(|tool| !tool.is_drumfire());
        peers.filter_map(|tool| self.spread(key, tool).map(|spread| (tool, spread))).collect()
    }
}
