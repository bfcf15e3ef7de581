//! What a command prints to standard output and standard error besides its results.

use std::io::{self, Write};
use std::sync::OnceLock;

use anyhow::Context as _;
use drumfire::markup::redact::{HIDDEN_USER, without_users};

/// The name by which the command was called, for lines of other threads.
static NAME: OnceLock<String> = OnceLock::new();

/// Prints remarks and warnings of a command to standard error.
#[derive(Debug)]
pub struct Console {
    /// The command's name, which begins every line.
    name: String,
    is_quiet: bool,
}

impl Console {
    /// Returns the console of a command that was called by a name, such as `drumfire attack`.
    pub fn new(name: &str) -> Self {
        // A process runs one command.
        let _ = NAME.set(name.to_owned());
        Self { name: name.to_owned(), is_quiet: false }
    }

    /// Returns a console that prints nothing if `is_quiet`.
    pub fn quiet_if(self, is_quiet: bool) -> Self {
        Self { is_quiet, ..self }
    }

    /// Prints a line, without passwords of URLs.
    pub fn print(&self, line: &str) {
        if !self.is_quiet {
            write_stderr(&format!("{}: {}\n", self.name, without_users(line, HIDDEN_USER)));
        }
    }

    /// Prints each of several lines, or an optional one.
    pub fn print_all<'a>(&self, lines: impl IntoIterator<Item = &'a String>) {
        lines.into_iter().for_each(|line| self.print(line));
    }
}

/// Returns the name by which the command was called, such as `drumfire attack`.
pub fn command_name() -> &'static str {
    NAME.get().map_or("drumfire", String::as_str)
}

/// Writes a text to standard error.
pub fn write_stderr(text: &str) {
    // If standard error accepts nothing either, only the exit code is left to report a failure.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Writes a text to standard output.
///
/// # Errors
///
/// If standard output does not accept the text.
pub fn write_stdout(text: &str) -> anyhow::Result<()> {
    io::stdout().write_all(text.as_bytes()).context("write stdout")
}
