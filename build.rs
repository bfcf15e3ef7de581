//! Adds the commit of the source tree to the version, if there is one.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // These files change with the commit: HEAD, and the branch that HEAD points to.
    let branch = git(&["symbolic-ref", "HEAD"]);
    for name in ["HEAD"].into_iter().chain(branch.as_deref()) {
        if let Some(path) = git(&["rev-parse", "--git-path", name]) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    println!("cargo::rustc-env=DRUMFIRE_VERSION={}", version());
}

/// Returns `0.1.0 (1a2b3c4d5)`, or `0.1.0` outside a git checkout.
fn version() -> String {
    let package = env!("CARGO_PKG_VERSION");
    match git(&["rev-parse", "--short=9", "HEAD"]) {
        Some(hash) => format!("{package} ({hash})"),
        None => package.to_owned(),
    }
}

/// Returns the output of a git command, trimmed; None if the command fails or git is missing.
fn git(args: &[&str]) -> Option<String> {
    let git = Command::new("git").args(args).output().ok()?;
    let line = String::from_utf8(git.stdout).ok()?.trim().to_owned();
    (git.status.success() && !line.is_empty()).then_some(line)
}
