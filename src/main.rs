//! Parse, run, one line on failure, the exit code.

mod app;

use std::process::ExitCode;

fn main() -> ExitCode {
    app::main()
}
