//! Command lines: the name of the program, then one argument per line.

#![no_main]

#[allow(dead_code, reason = "commands are understood here, never run")]
#[path = "../../src/app/mod.rs"]
mod app;

use std::ffi::OsString;

use libfuzzer_sys::{Corpus, fuzz_target};

use app::args::invocation::Invocation;

fuzz_target!(|line: &str| -> Corpus {
    // A name after -laddr would be looked up.
    if line.contains("laddr") {
        return Corpus::Reject;
    }
    let invocation = Invocation::parse(line.lines().map(OsString::from));
    if let Err(problem) = invocation.action {
        assert!(!problem.to_string().is_empty(), "a refusal says why");
    }
    Corpus::Keep
});
