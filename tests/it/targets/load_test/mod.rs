//! scripts/load-test.sh: its variables, its runs, and what is left of them.

mod runs;
mod variables;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::harness::{Output, Run, files, program};

/// Variables of the script, which the environment of a test must not set.
const VARIABLES: [&str; 13] = [
    "SUITE",
    "PROFILE",
    "FLOW",
    "HOST",
    "SCALE",
    "RATE",
    "USERS",
    "SPAWN_RATE",
    "DURATION",
    "FLAGS",
    "TARGETS",
    "ROUTES",
    "BASELINE",
];

/// A directory that looks like the repository to the script, and receives its results.
pub struct Place(TempDir);

impl Place {
    /// Creates the directory, without results.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["scripts", "targets", "feeds"] {
            symlink(fs::canonicalize(name).unwrap(), folder.path().join(name)).unwrap();
        }
        Self(folder)
    }

    /// Writes a file and returns its path.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs the script with some of its variables.
    pub fn load_test(&self, variables: &[(&str, &str)]) -> Output {
        self.script(program("bash"), variables).run()
    }

    /// Returns the flags of the attack with some variables, separated by spaces; starts nothing.
    #[track_caller]
    fn planned_flags(&self, variables: &[(&str, &str)]) -> String {
        let output = self.script(program("bash"), variables).arg("check").run();
        assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""), "{variables:?}");
        output.text().lines().collect::<Vec<_>>().join(" ")
    }

    /// Returns a run of the script by a program, with some of its variables.
    fn script(&self, shell: Run, variables: &[(&str, &str)]) -> Run {
        let script = shell.arg("scripts/load-test.sh").dir(&self.0);
        let script = script.env("DRUMFIRE", env!("CARGO_BIN_EXE_drumfire"));
        let script = VARIABLES.iter().fold(script, |script, name| script.env(name, ""));
        variables.iter().fold(script, |script, (name, value)| script.env(name, value))
    }

    /// Returns the path of the directory.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Returns the directory of the only run.
    pub fn results(&self) -> PathBuf {
        let reports = self.0.path().join("reports");
        let [run] = &files(&reports)[..] else { panic!("there is no single run") };
        reports.join(run)
    }
}
