//! What is wrong with a flow file.

use std::fmt;
use std::path::PathBuf;

/// What is wrong with a flow file, where, and what was expected. Printed as
/// `FILE:LINE: problem: expected …`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problem {
    /// The file, as the source gives it.
    pub path: PathBuf,
    /// Line in the file, from 1. None if the problem is no single line.
    pub line: Option<usize>,
    /// What is wrong, and what was expected. Has no value of a secret.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path.display(), self.text),
            None => write!(f, "{}: {}", self.path.display(), self.text),
        }
    }
}
