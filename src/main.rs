//! The program: parses the command line, runs the command, and returns the exit code.

mod app;

use std::process::ExitCode;

fn main() -> ExitCode {
    app::main()
}
