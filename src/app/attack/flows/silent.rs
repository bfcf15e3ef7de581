//! Remembers why a flow failed that is run without output.

use drumfire::attack::{Asked, Watcher};
use drumfire::client::Outcome;
use drumfire::flow::{Checks, Found, Observer, Value};

/// Remembers the first step that failed.
#[derive(Debug, Default)]
pub struct Silent {
    /// The step that is made: its number and name.
    current: String,
    /// Line of the check or capture that failed. None if none did.
    line: Option<usize>,
    /// The step that failed, and why. None if none did.
    problem: Option<String>,
}

impl Silent {
    /// Returns the step that failed, and why.
    pub fn problem(self) -> String {
        self.problem.unwrap_or_default()
    }
}

impl Observer for Silent {
    fn captured(&mut self, _: usize, _: &str, _: &Value, _: bool) {}

    fn checked(&mut self, line: usize, _: &str, held: bool, _: Found<'_>) {
        if !held {
            self.line.get_or_insert(line);
        }
    }

    fn missed(&mut self, line: usize, _: &str, _: &str) {
        self.line.get_or_insert(line);
    }
}

impl Watcher for Silent {
    fn sending(&mut self, step: u16, name: &str, _: u16, _: Option<Asked<'_>>) {
        self.current = format!("step {step} ({name})");
        self.line = None;
    }

    fn refused(&mut self, line: usize, _: &str) {
        self.line = Some(line);
    }

    fn answered(&mut self, _: &Outcome) {}

    fn done(&mut self, _: &Checks, error: Option<&str>) {
        let Some(error) = error.filter(|_| self.problem.is_none()) else { return };
        let line = self.line.map_or(String::new(), |line| format!(", line {line}"));
        self.problem = Some(format!("{}{line}: {error}", self.current));
    }
}
