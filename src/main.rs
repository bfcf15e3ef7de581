//! Parse, run, one line on failure, the exit code.

mod app;

fn main() {}
