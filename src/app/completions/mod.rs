//! `drumfire completions`: writes what a shell needs to complete command lines, made of the
//! definitions of the flags.

mod bash;
mod zsh;
mod fish;

use std::io::{self, Write as _};

use anyhow::Context;
use clap::{Args, CommandFactory as _, ValueEnum};

use crate::app::Command;
use crate::app::args::flag_docs::{Entry, sections};

/// The arguments of completions.
#[derive(Debug, Args)]
pub struct Options {
    /// Shell that is to complete
    #[arg(value_name = "SHELL", required = true)]
    shell: Shell,
}

/// A shell that completions can be written for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// Runs the command.
///
/// # Errors
///
/// Where standard output does not take the script.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let mut tree = Command::command();
    tree.build();
    let script = match options.shell {
        Shell::Bash => bash::script(&tree),
        Shell::Zsh => zsh::script(&tree),
        Shell::Fish => fish::script(&tree),
    };
    io::stdout().write_all(script.as_bytes()).context("write stdout")
}

/// Returns a command's flags, and its arguments that are none.
fn entries(command: &clap::Command) -> impl Iterator<Item = Entry<'_>> {
    sections(command).into_iter().flat_map(|section| section.entries)
}

/// Returns whether a command takes files beside its flags.
fn takes_files(command: &clap::Command) -> bool {
    entries(command).any(|entry| entry.flag.is_none())
}

/// Returns a text as one word of a shell, in single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
