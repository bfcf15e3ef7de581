//! drumfire beside programs and libraries that others made; `make peers` installs them.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

#[allow(dead_code, reason = "tests/it uses the rest")]
#[path = "../it/harness.rs"]
mod harness;
#[allow(dead_code, reason = "tests/it uses the rest")]
#[path = "../it/results.rs"]
mod results;
#[allow(dead_code, reason = "tests/it uses the rest")]
#[path = "../it/servers.rs"]
mod servers;
mod installed;

mod nginx;
mod jq;
mod python;
