//! `drumfire completions`: writes a script that completes command lines in a shell, made from the
//! definitions of the flags.

mod bash;
mod zsh;
mod fish;

use clap::{Args, Command, ValueEnum};

use crate::app::console::write_stdout;
use crate::app::manual::flag_docs::{Entry, Value, sections};

/// The arguments of completions.
#[derive(Debug, Args)]
pub struct Options {
    /// Shell to write completions for: bash, zsh or fish
    #[arg(value_name = "SHELL", required = true)]
    shell: Shell,
}

/// A shell that is supported.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// Runs the command for the tree of all commands.
///
/// # Errors
///
/// If standard output cannot be written.
pub fn run(options: &Options, tree: &Command) -> anyhow::Result<()> {
    write_stdout(&match options.shell {
        Shell::Bash => bash::script(tree),
        Shell::Zsh => zsh::script(tree),
        Shell::Fish => fish::script(tree),
    })
}

/// Returns the flags and arguments of a command.
fn entries(command: &Command) -> impl Iterator<Item = Entry<'_>> {
    sections(command).into_iter().flat_map(|section| section.entries)
}

/// Returns whether a command takes files in addition to its flags.
fn takes_files(command: &Command) -> bool {
    entries(command).any(|entry| entry.flag.is_none() && entry.value == Value::File)
}

/// Quotes a text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
