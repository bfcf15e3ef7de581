//! What `make install` installs and `make uninstall` removes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::setup::installed::installed;
use crate::support::harness::{Output, files, program};

/// Runs a rule of the Makefile that installs below a directory, for the tested binary.
fn make(rule: &str, prefix: &Path) -> Output {
    // A restrictive mask, under which the pages must still be readable by all users.
    let shell = program("sh").args(["-c", r#"umask 077 && exec "$@""#, "sh"]);
    let make = shell.arg(installed("make")).args(["-o", "build", rule]);
    let binary = env!("CARGO_BIN_EXE_drumfire");
    let make = make.arg(format!("DRUMFIRE={binary}")).arg(format!("PREFIX={}", prefix.display()));
    make.env("DESTDIR", "").env("MAKEFLAGS", "").run()
}

#[test]
fn installed_files_are_readable_by_all_and_removed_again() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path().join("a prefix");
    let output = make("install", &prefix);
    assert_eq!(output.status, Some(0), "{output:?}");
    assert_eq!(files(&prefix.join("bin")), ["attack", "drumfire", "encode", "plot", "report"]);
    let pages = prefix.join("share/man/man1");
    assert_eq!(files(&pages).len(), 11);
    for file in [pages.join("drumfire.1"), prefix.join("share/bash-completion/completions/plot")] {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644, "{file:?}");
    }
    assert_eq!(make("uninstall", &prefix).status, Some(0));
    for folder in ["bin", "share/man/man1", "share/fish/vendor_completions.d"] {
        assert_eq!(files(&prefix.join(folder)), [""; 0]);
    }
}

#[test]
fn a_foreign_program_is_neither_replaced_nor_removed() {
    let folder = tempfile::tempdir().unwrap();
    let plot = folder.path().join("bin/plot");
    fs::create_dir(folder.path().join("bin")).unwrap();
    fs::write(&plot, "foreign").unwrap();
    let Output { status, stderr, .. } = make("install", folder.path());
    let line = format!(
        "{} exists and is not a link to drumfire: move it, or set another PREFIX\n",
        plot.display()
    );
    assert!(status != Some(0) && stderr.starts_with(&line), "{stderr}");
    assert_eq!(files(&folder.path().join("bin")), ["plot"]);
    assert_eq!(make("uninstall", folder.path()).status, Some(0));
    assert_eq!(fs::read_to_string(&plot).unwrap(), "foreign");
}
