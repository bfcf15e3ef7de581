//! Gates: the limits that a run is held against, from the flags to the exit code.

use std::collections::BTreeSet;
use std::io::Read as _;

use anyhow::Context as _;
use drumfire::error::Error;
use drumfire::metrics::{By, GroupName};
use drumfire::plan::Plan;
use drumfire::threshold::{Scope, Threshold, parse_thresholds};

use crate::app::Usage;
use crate::app::args::go_flags::nearest;
use crate::app::input::files::Input;

/// Names of targets that a refusal lists, at most.
const SHOWN: usize = 10;

/// Returns the limits of a file, where one is named, and behind them those of the flags.
///
/// # Errors
///
/// Where the file cannot be read; [`Usage`] where a line of it is no limit, or it holds none.
pub fn read(file: Option<&str>, given: &[Threshold]) -> anyhow::Result<Vec<Threshold>> {
    let Some(file) = file else { return Ok(given.to_vec()) };
    let Input { name, mut file } = Input::open(file)?;
    let mut text = String::new();
    file.read_to_string(&mut text).with_context(|| format!("read {name}"))?;
    let problem = |error: Error| Usage(format!("{name}: {error}"));
    let listed = parse_thresholds(&text).map_err(problem)?;
    Ok([&listed, given].concat())
}

/// Returns what requests have to be told apart by: what the user asks for, else by name where a
/// limit has one.
pub fn key(by: Option<By>, thresholds: &[Threshold]) -> Option<By> {
    let is_named = thresholds.iter().any(|threshold| threshold.scope != Scope::Whole);
    by.or(is_named.then_some(By::Name))
}

/// The names of the targets of all inputs, as far as their plans tell.
#[derive(Debug, Default)]
pub struct Known {
    names: BTreeSet<String>,
    /// Plans that told names.
    n_lists: usize,
}

impl Known {
    /// Adds the names of a plan, where it has any list of them.
    pub fn add(&mut self, plan: &Plan) {
        self.n_lists += usize::from(plan.names.is_some());
        self.names.extend(plan.names.iter().flatten().cloned());
    }

    /// Looks for the names of limits among those of the targets, unless one of so many inputs has not
    /// told its own.
    ///
    /// # Errors
    ///
    /// [`Usage`] where no target has a name that a limit is for.
    pub fn check(&self, n_inputs: usize, thresholds: &[Threshold]) -> Result<(), Usage> {
        if self.n_lists < n_inputs {
            return Ok(());
        }
        thresholds.iter().try_for_each(|threshold| match &threshold.scope {
            Scope::Named(name) if !self.has(&threshold.scope) => Err(self.unknown(threshold, name)),
            _ => Ok(()),
        })
    }

    fn has(&self, scope: &Scope) -> bool {
        // Targets without a name are a group, too.
        let names = self.names.iter().map(String::as_str).chain([GroupName::UNNAMED]);
        names.into_iter().any(|name| scope.covers(name))
    }

    fn unknown(&self, threshold: &Threshold, name: &str) -> Usage {
        let expr = &threshold.expr;
        let known = self.names.iter().map(String::as_str);
        let hint = match (nearest(name, known.clone()), self.names.len()) {
            (Some(near), _) => format!("did you mean {near}?"),
            (None, 0) => "none has a name: see '# @name'".to_owned(),
            (None, n) => {
                let more = if n > SHOWN { ", …" } else { "" };
                format!("they are {}{more}", known.take(SHOWN).collect::<Vec<_>>().join(", "))
            }
        };
        Usage(format!("bad threshold '{expr}': no target is called '{name}' ({hint})"))
    }
}
