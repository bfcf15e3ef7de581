//! Command lines: the program's name, then an argument a line.

#![no_main]

#[allow(dead_code, reason = "commands are understood here, never run")]
#[path = "../../src/app/mod.rs"]
mod app;

use std::ffi::OsString;

use libfuzzer_sys::{Corpus, fuzz_target};

use app::call::Call;

fuzz_target!(|line: &str| -> Corpus {
    // A name behind -laddr is looked up.
    if line.contains("laddr") {
        return Corpus::Reject;
    }
    let call = Call::understand(line.lines().map(OsString::from));
    if let Err(problem) = call.asked {
        assert!(!problem.to_string().is_empty(), "a refusal says why");
    }
    Corpus::Keep
});
