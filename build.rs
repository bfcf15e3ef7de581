//! Puts the commit of the source tree into the version, where there is one.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The files that change with the commit: where HEAD points, and the branch it points to.
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

/// Returns what a git command prints, on one line; None where it fails or there is no git.
fn git(args: &[&str]) -> Option<String> {
    let git = Command::new("git").args(args).output().ok()?;
    let line = String::from_utf8(git.stdout).ok()?.trim().to_owned();
    (git.status.success() && !line.is_empty()).then_some(line)
}
