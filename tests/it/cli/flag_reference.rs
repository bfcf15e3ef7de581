//! docs/reference/flags is what the definitions of the flags generate.

use std::fs;
use std::path::Path;

use crate::support::harness::{drumfire, files};

/// The directory of the generated pages.
const PAGES: &str = "docs/reference/flags";

#[test]
fn the_flag_reference_is_current() {
    let directory = tempfile::tempdir().unwrap();
    let output = drumfire("man -format=markdown").arg(directory.path()).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    for file in files(directory.path()) {
        let text = fs::read_to_string(directory.path().join(&file)).unwrap();
        let page = Path::new(PAGES).join(&file);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&page, &text).unwrap();
        }
        let current = fs::read_to_string(&page).unwrap_or_default();
        assert!(current == text, "{} is outdated; UPDATE_GOLDEN=1 rewrites it", page.display());
    }
    assert_eq!(files(Path::new(PAGES)), files(directory.path()), "pages without a command");
}

#[test]
fn every_flag_of_the_help_has_a_heading() {
    for command in ["attack", "report", "compare", "plot", "encode", "serve"] {
        let page = fs::read_to_string(format!("{PAGES}/{command}.md")).unwrap();
        let help = drumfire(command).arg("-h").run();
        let flags = help.text().lines().filter_map(|line| line.strip_prefix("  -"));
        let flags: Vec<_> = flags.filter_map(|line| line.split_whitespace().next()).collect();
        assert!(flags.len() >= 2, "{}", help.text());
        for flag in flags {
            assert!(page.contains(&format!("\n### `-{flag}`\n")), "{command} lacks {flag}");
        }
    }
}
