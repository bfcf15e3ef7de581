//! A compiled flow.

mod reader;
mod calls;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::flow::program::{Estimate, Program};
use crate::flow::tree::assert::Expected;
use crate::flow::tree::request::{Entry, SocketStep};
use crate::flow::tree::template::Slot;
use crate::flow::value::Value;

pub use calls::CallSite;

/// One file of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name of the file, for messages; `file,` is relative to its folder.
    pub path: PathBuf,
    /// The bytes of the file. They must be UTF-8; a byte order mark and CRLF are accepted.
    pub content: Vec<u8>,
}

/// The variables that are set before a flow begins. A variable hides a column of its name.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Columns of the feed, in the order of its cells. Empty without a feed.
    pub columns: Vec<String>,
    /// Variables with the same value in all flows. The last of a name counts.
    pub variables: Vec<(String, Value)>,
}

/// Where a variable has its first value from.
#[derive(Clone, Debug)]
pub enum Initial {
    /// The cell of a column, by its index.
    Column(usize),
    /// The same value in all flows.
    Fixed(Value),
}

/// A compiled flow: what each of its users does.
#[derive(Debug)]
pub struct Flow {
    pub(crate) name: Box<str>,
    pub(crate) weight: u32,
    /// The files, in order.
    pub(crate) files: Box<[PathBuf]>,
    /// Names of the variables, by slot.
    pub(crate) names: Box<[Box<str>]>,
    /// Variables that are set before the flow begins.
    pub(crate) initial: Vec<(Slot, Initial)>,
    /// Variables that captures and options set.
    pub(crate) set: Vec<Slot>,
    pub(crate) program: Program,
    pub(crate) estimate: Estimate,
    pub(crate) endless_loop: Option<usize>,
    pub(crate) is_random: bool,
}

impl Flow {
    /// Returns the name: that of the first `# @flow`, or else of the first file, without its
    /// ending.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the share of the flow among all flows, >= 1; 1 if its file gives none.
    pub fn weight(&self) -> u32 {
        self.weight
    }

    /// Returns the names of the steps that are made, in the order of the files, with repeats.
    pub fn step_names(&self) -> impl Iterator<Item = &str> {
        self.program.steps.iter().map(|step| &*step.entry.name)
    }

    /// Returns the names of the steps that check their responses, in the order of the files, with
    /// repeats.
    pub fn checked_steps(&self) -> impl Iterator<Item = &str> {
        let has_checks = |entry: &Entry| entry.expected.as_ref().is_some_and(Expected::has_checks);
        let entries = self.program.steps.iter().map(|step| &step.entry);
        entries.filter(move |entry| has_checks(entry)).map(|entry| &*entry.name)
    }

    /// Returns the name of the step with a number, from 1, as in [`crate::flow::Step::number`].
    /// Empty if there is none.
    pub fn step_name(&self, number: u16) -> &str {
        let step = self.program.steps.iter().find(|step| step.entry.number == number);
        step.map_or("", |step| &step.entry.name)
    }

    /// Returns the file and the line of the step with a number, from 1. None if there is none.
    pub fn step_place(&self, number: u16) -> Option<(&Path, usize)> {
        let step = self.program.steps.iter().find(|step| step.entry.number == number)?;
        self.files.get(step.file).map(|file| (&**file, step.entry.line))
    }

    /// Returns the files of the flow, in order.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|file| &**file)
    }

    /// Returns the number of variables. A session has a value for each.
    pub fn n_slots(&self) -> usize {
        self.names.len()
    }

    /// Returns the columns and variables of the scope that the flow uses, in no special order.
    pub fn used_columns(&self) -> impl Iterator<Item = &str> {
        self.initial
            .iter()
            .filter_map(|(slot, _)| self.names.get(usize::from(slot.0)))
            .map(|name| &**name)
    }

    /// Returns the variables that captures and options set, each once.
    pub fn captured(&self) -> impl Iterator<Item = &str> {
        self.set.iter().filter_map(|slot| self.names.get(usize::from(slot.0))).map(|name| &**name)
    }

    /// Returns the line of the first loop without an end, from 1. None if there is none.
    pub fn endless_loop(&self) -> Option<usize> {
        self.endless_loop
    }

    /// Returns whether two flows with different random numbers may differ.
    pub fn is_random(&self) -> bool {
        self.is_random
    }

    /// Returns whether the flow uses WebSockets.
    pub fn has_sockets(&self) -> bool {
        self.program.steps.iter().any(|step| step.entry.socket.is_some())
    }

    /// Returns whether a step waits for a message that may have arrived before it.
    pub fn has_receives(&self) -> bool {
        self.program.steps.iter().any(|step| step.entry.socket == Some(SocketStep::Receive))
    }

    /// Returns what the flow is expected to send.
    pub fn estimate(&self) -> Estimate {
        self.estimate
    }
}

/// Returns the name of a flow whose file gives none.
pub fn name_of_file(path: &Path) -> Box<str> {
    path.file_stem().map_or_else(|| "flow".into(), |stem| stem.to_string_lossy().into())
}
