//! Flags for thresholds, and the check of the target names that they mention.

use std::collections::BTreeSet;
use std::io::Read as _;

use anyhow::Context as _;
use drumfire::error::Error;
use drumfire::markup::redact::shown;
use drumfire::metrics::{By, GroupName};
use drumfire::plan::Plan;
use drumfire::threshold::{Scope, Threshold, parse_thresholds};

use crate::app::exit::Usage;
use crate::app::input::files::Input;
use crate::app::suggestion::nearest;

/// Maximum number of target names that an error lists.
const MAX_LISTED: usize = 10;

/// Returns the thresholds of the files in their order, followed by those of the flags.
///
/// # Errors
///
/// [`Usage`] if a line of a file is not a threshold, or a file has none; another error if a file
/// cannot be read.
pub fn read(files: &[String], given: &[Threshold]) -> anyhow::Result<Vec<Threshold>> {
    let mut thresholds = Vec::new();
    for file in files {
        thresholds.extend(listed(file)?);
    }
    thresholds.extend_from_slice(given);
    Ok(thresholds)
}

/// Returns the thresholds of a file.
///
/// # Errors
///
/// As for [`read`].
fn listed(file: &str) -> anyhow::Result<Vec<Threshold>> {
    let Input { name, mut file } = Input::open(file)?;
    let mut text = String::new();
    file.read_to_string(&mut text).with_context(|| format!("read {name}"))?;
    let problem = |error: Error| Usage(format!("{name}: {error}"));
    Ok(parse_thresholds(&text).map_err(problem)?)
}

/// Returns how requests must be grouped to evaluate thresholds: as the user asks, or by name if a
/// threshold names a target. None if no grouping is needed.
pub fn grouping(by: Option<By>, thresholds: &[Threshold]) -> Option<By> {
    let is_named = thresholds.iter().any(|threshold| threshold.scope != Scope::Whole);
    by.or(is_named.then_some(By::Name))
}

/// The names of the targets and of the flows of all inputs, as far as their plans record them.
#[derive(Debug, Default)]
pub struct TargetNames {
    names: BTreeSet<String>,
    flows: BTreeSet<String>,
    /// Number of plans that list their names.
    n_lists: usize,
}

impl TargetNames {
    /// Adds the names of a plan, if the plan lists them.
    pub fn add(&mut self, plan: &Plan) {
        self.n_lists += usize::from(plan.names.is_some());
        // As in the names of groups and in thresholds.
        self.names.extend(plan.names.iter().flatten().map(|name| shown(name)));
        self.flows.extend(plan.flows.iter().flatten().map(|flow| shown(&flow.name)));
    }

    /// Checks that every name in a threshold is the name of a target or of a flow, for a metric of
    /// flows that of a flow. Checks nothing unless the plans of all `n_inputs` inputs list their
    /// names.
    ///
    /// # Errors
    ///
    /// [`Usage`] if a threshold names a target or flow that does not exist.
    pub fn check(&self, n_inputs: usize, thresholds: &[Threshold]) -> Result<(), Usage> {
        if self.n_lists < n_inputs {
            return Ok(());
        }
        thresholds.iter().try_for_each(|threshold| match &threshold.scope {
            Scope::Named(name) if !self.has(threshold) => Err(self.unknown(threshold, name)),
            _ => Ok(()),
        })
    }

    fn has(&self, threshold: &Threshold) -> bool {
        // Targets without a name form a group too.
        let unnamed = Some(GroupName::UNNAMED).filter(|_| !threshold.metric.is_of_flows());
        self.known(threshold).chain(unnamed).any(|name| threshold.scope.covers(name))
    }

    /// Returns the names that a threshold may mention.
    fn known(&self, threshold: &Threshold) -> impl Iterator<Item = &str> + Clone {
        let targets = Some(&self.names).filter(|_| !threshold.metric.is_of_flows());
        targets.into_iter().chain([&self.flows]).flatten().map(String::as_str)
    }

    fn unknown(&self, threshold: &Threshold, name: &str) -> Usage {
        let expr = &threshold.expr;
        let is_of_flows = threshold.metric.is_of_flows();
        let known = self.known(threshold);
        let hint = match (nearest(name, known.clone()), known.clone().count()) {
            (Some(near), _) => format!("did you mean {near}?"),
            (None, 0) if is_of_flows => "the attack has no flows".to_owned(),
            (None, 0) => "none has a name: add '# @name' lines".to_owned(),
            (None, n) => {
                let more = if n > MAX_LISTED { ", …" } else { "" };
                let listed = known.take(MAX_LISTED).collect::<Vec<_>>().join(", ");
                format!("the names are {listed}{more}")
            }
        };
        let what = match (is_of_flows, self.flows.is_empty()) {
            (true, _) => "flow",
            (false, true) => "target",
            (false, false) => "step or flow",
        };
        Usage(format!("bad threshold '{expr}': no {what} is named '{name}' ({hint})"))
    }
}
