//! The command line: flags, streams, signals, exit codes.

mod command;
mod exit;
mod console;
pub mod args;
mod flags;
mod attack;
mod commands;
mod input;
mod output;
mod os;
mod manual;
mod completions;
mod suggestion;

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::app::args::invocation::{Action, Invocation};
use crate::app::command::Command;
use crate::app::commands::{compare, encode, plot, report, serve};
use crate::app::console::{Console, write_stderr, write_stdout};
use crate::app::exit::{Exit, MISUSED, SUCCESS};

/// Runs the command line of this process and returns the exit code.
pub fn main() -> ExitCode {
    let exit = exit_of(env::args_os());
    write_stderr(&exit.message);
    ExitCode::from(exit.code)
}

/// Runs a command line and returns how the process ends.
fn exit_of(line: impl IntoIterator<Item = OsString>) -> Exit {
    let Invocation { name, action } = Invocation::parse(line);
    let done = action.map_err(anyhow::Error::from).and_then(|action| perform(&name, action));
    done.map_or_else(|error| Exit::of_error(&name, &error), Exit::silent)
}

/// Performs what a command line asks for and returns the exit code.
fn perform(name: &str, action: Action) -> anyhow::Result<u8> {
    match action {
        Action::Nothing { help } => {
            io::stderr().write_all(help.as_bytes())?;
            return Ok(MISUSED);
        }
        Action::Help(text) => write_stdout(&text)?,
        Action::Version => write_stdout(concat!("drumfire ", env!("DRUMFIRE_VERSION"), "\n"))?,
        Action::Run(command) => run(name, *command)?,
    }
    Ok(SUCCESS)
}

fn run(name: &str, command: Command) -> anyhow::Result<()> {
    os::file_limit::raise()?;
    let console = Console::new(name);
    match command {
        Command::Attack(options) => attack::run(*options, console),
        Command::Report(options) => report::run(options, &console),
        Command::Compare(options) => compare::run(options, &console),
        Command::Plot(options) => plot::run(options, &console),
        Command::Encode(options) => encode::run(options, &console),
        Command::Serve(options) => serve::run(options),
        Command::Man(options) => manual::run(&options, &definition()),
        Command::Completions(options) => completions::run(&options, &definition()),
    }
}

/// Returns clap's definition of all commands.
fn definition() -> clap::Command {
    let mut tree = Command::command();
    tree.build();
    tree
}
