//! One turn through a measure: each tool runs once, and what came of it is kept.

use std::collections::BTreeMap;

use crate::others::Usage;
use crate::results::samples::{Mishap, Sample, Samples};
use crate::runner::stage::Stage;
use crate::runner::tools::Tool;

/// What one run gave: how the tool was called, and the figures.
pub struct Run {
    /// As [`Sample::command`].
    pub command: String,
    /// As [`Sample::figures`].
    pub figures: BTreeMap<&'static str, f64>,
}

impl Run {
    /// Returns a run with its figures.
    pub fn new<const N: usize>(command: String, figures: [(&'static str, f64); N]) -> Self {
        Self { command, figures: figures.into() }
    }
}

/// One turn.
pub struct Turn<'a> {
    /// Where runs happen.
    pub stage: &'a Stage,
    /// Where their figures go.
    pub samples: &'a mut Samples,
    /// Which turn it is, from 1.
    pub number: usize,
}

impl Turn<'_> {
    /// Lets each of the tools that the machine has run once. A run of None is a tool that is not
    /// measured so; one that fails is told, kept as a mishap, and the next has its turn.
    pub fn each(
        &mut self,
        measure: &'static str,
        setting: &str,
        tools: &[Tool],
        run: impl Fn(&Stage, Tool) -> anyhow::Result<Option<Run>>,
    ) {
        for tool in tools.iter().copied().filter(|tool| self.stage.field.has(*tool)) {
            let (setting, before) = (setting.to_owned(), Usage::now());
            match run(self.stage, tool) {
                Ok(None) => {}
                Ok(Some(Run { command, figures })) => {
                    tell(&format!("turn {}: {measure} {setting} {tool}", self.number));
                    let turn = self.number;
                    let others = others_since(before);
                    let sample = Sample { measure, setting, tool, turn, command, figures, others };
                    self.samples.samples.push(sample);
                }
                Err(problem) => {
                    let problem = format!("{problem:#}");
                    tell(&format!("turn {}: {measure} {setting} {tool}: {problem}", self.number));
                    self.samples.mishaps.push(Mishap { measure, setting, tool, problem });
                }
            }
        }
    }
}

/// Returns the share of one core that others took since an earlier moment; None where the system
/// does not tell.
pub fn others_since(then: Option<Usage>) -> Option<f64> {
    Some(Usage::now()?.taken_by_others_since(then?))
}

/// Says how far the bench is.
#[allow(clippy::print_stderr, reason = "a bench talks to whoever started it")]
pub fn tell(line: &str) {
    eprintln!("{line}");
}
