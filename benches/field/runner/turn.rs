//! One turn of a measure: each tool runs once.

use std::collections::BTreeMap;

use crate::others::Usage;
use crate::results::samples::{Mishap, Sample, Samples};
use crate::runner::stage::Stage;
use crate::runner::tools::Tool;

/// The result of one run: the command, and the values.
pub struct Run {
    /// As [`Sample::command`].
    pub command: String,
    /// As [`Sample::figures`].
    pub figures: BTreeMap<&'static str, f64>,
}

impl Run {
    /// Returns a run with its values.
    pub fn new<const N: usize>(command: String, figures: [(&'static str, f64); N]) -> Self {
        Self { command, figures: figures.into() }
    }
}

/// One turn.
pub struct Turn<'a> {
    /// The environment of the runs.
    pub stage: &'a Stage,
    /// Where their values go.
    pub samples: &'a mut Samples,
    /// Number of the turn, from 1.
    pub number: usize,
}

impl Turn<'_> {
    /// Runs each installed tool once. A run of None is a tool that is not measured in this way. A
    /// failure is printed and kept as a mishap, and the next tool runs.
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
                    print_progress(&format!("turn {}: {measure} {setting} {tool}", self.number));
                    let turn = self.number;
                    let others = others_since(before);
                    let sample = Sample { measure, setting, tool, turn, command, figures, others };
                    self.samples.samples.push(sample);
                }
                Err(problem) => {
                    let problem = format!("{problem:#}");
                    print_progress(&format!(
                        "turn {}: {measure} {setting} {tool}: {problem}",
                        self.number
                    ));
                    self.samples.mishaps.push(Mishap { measure, setting, tool, problem });
                }
            }
        }
    }
}

/// Returns the share of one core that others took since an earlier instant; None if unknown.
pub fn others_since(then: Option<Usage>) -> Option<f64> {
    Some(Usage::now()?.taken_by_others_since(then?))
}

/// Prints the progress of the bench.
#[allow(clippy::print_stderr, reason = "a bench prints its progress")]
pub fn print_progress(line: &str) {
    eprintln!("{line}");
}
