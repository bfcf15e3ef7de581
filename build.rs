//! Puts the commit of the source tree into the version, where there is one.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=.git/HEAD");
    println!("cargo::rerun-if-changed=.git/refs/heads");
    println!("cargo::rustc-env=DRUMFIRE_VERSION={}", version());
}

/// Returns `0.1.0 (1a2b3c4d5)`, or `0.1.0` outside a git checkout.
fn version() -> String {
    let package = env!("CARGO_PKG_VERSION");
    match commit() {
        Some(hash) => format!("{package} ({hash})"),
        None => package.to_owned(),
    }
}

fn commit() -> Option<String> {
    let git = Command::new("git").args(["rev-parse", "--short=9", "HEAD"]).output().ok()?;
    let hash = String::from_utf8(git.stdout).ok()?.trim().to_owned();
    (git.status.success() && !hash.is_empty()).then_some(hash)
}
