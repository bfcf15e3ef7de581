//! What every run of every tool left behind: the raw data.

use std::collections::BTreeMap;

use serde::Serialize;

use super::figures::Spread;
use super::tools::Tool;

/// One run of one tool.
#[derive(Debug, Serialize)]
pub struct Sample {
    /// What was measured: `rated`, `closed` and so on.
    pub measure: &'static str,
    /// Under which circumstances: `1000/s`, `stall 200ms`; empty where there is but one.
    pub setting: String,
    /// Who sent the requests.
    pub tool: Tool,
    /// Which turn it was, from 1.
    pub turn: usize,
    /// How the tool was called.
    pub command: String,
    /// What came of it; the names carry the units.
    pub figures: BTreeMap<&'static str, f64>,
    /// Share of one core that other processes and the host took meanwhile; None where unknown.
    pub others: Option<f64>,
}

/// A run that came to nothing.
#[derive(Debug, Serialize)]
pub struct Mishap {
    /// As [`Sample::measure`].
    pub measure: &'static str,
    /// As [`Sample::setting`].
    pub setting: String,
    /// As [`Sample::tool`].
    pub tool: Tool,
    /// Why.
    pub problem: String,
}

/// All runs.
#[derive(Debug, Default, Serialize)]
pub struct Samples {
    /// Those that gave figures.
    pub samples: Vec<Sample>,
    /// Those that did not.
    pub mishaps: Vec<Mishap>,
}

/// One figure of one measure under one setting.
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
    /// Returns the spread of a figure over the turns of a tool; None where the tool has none.
    pub fn spread(&self, key: Key, tool: Tool) -> Option<Spread> {
        let of_tool = |sample: &&Sample| {
            (sample.measure, sample.setting.as_str(), sample.tool)
                == (key.measure, key.setting, tool)
        };
        let figure = |sample: &Sample| sample.figures.get(key.figure).copied();
        Spread::of(self.samples.iter().filter(of_tool).filter_map(figure).collect())
    }

    /// Returns the spreads of a figure of all tools that are not drumfire.
    pub fn peers(&self, key: Key) -> Vec<(Tool, Spread)> {
        let peers = Tool::ALL.into_iter().filter(|tool| !tool.is_drumfire());
        peers.filter_map(|tool| self.spread(key, tool).map(|spread| (tool, spread))).collect()
    }
}
