//! Manual pages: which ones exist, and what they describe.

use std::fs;

use tempfile::TempDir;

use crate::support::harness::{drumfire, files};

/// The commands that have a link.
const LINKS: [&str; 4] = ["attack", "report", "plot", "encode"];

/// Returns a directory with the manual pages.
fn pages() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let output = drumfire("man").arg(folder.path()).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    folder
}

#[test]
fn every_command_and_every_link_has_its_page() {
    let folder = pages();
    let expected = [
        "attack.1",
        "drumfire-attack.1",
        "drumfire-compare.1",
        "drumfire-encode.1",
        "drumfire-plot.1",
        "drumfire-report.1",
        "drumfire-serve.1",
        "drumfire.1",
        "encode.1",
        "plot.1",
        "report.1",
    ];
    assert_eq!(files(folder.path()), expected);
    for link in LINKS {
        let page = fs::read_to_string(folder.path().join(format!("{link}.1"))).unwrap();
        assert_eq!(page, format!(".so man1/drumfire-{link}.1\n"));
    }
}

#[test]
fn the_pages_describe_every_flag_of_the_help() {
    let folder = pages();
    for command in ["attack", "report", "compare", "plot", "encode", "serve"] {
        let page = folder.path().join(format!("drumfire-{command}.1"));
        let page = fs::read_to_string(page).unwrap();
        let help = drumfire(command).arg("-h").run();
        let flags = help.text().lines().filter_map(|line| line.strip_prefix("  -"));
        let flags: Vec<_> = flags.filter_map(|line| line.split_whitespace().next()).collect();
        assert!(flags.len() >= 2, "{}", help.text());
        for flag in flags {
            let flag = format!("\\fB\\-{}\\fR", flag.replace('-', "\\-"));
            assert!(page.contains(&flag), "{command} lacks {flag}");
        }
    }
}

#[test]
fn the_page_of_the_program_has_what_no_command_has() {
    let folder = pages();
    let page = fs::read_to_string(folder.path().join("drumfire.1")).unwrap();
    for words in ["-cpus", "-version", "man", "completions", "98", "130, 143"] {
        let words = format!("\\fB{}\\fR", words.replace('-', "\\-"));
        assert!(page.contains(&words), "{words}");
    }
}

#[test]
fn a_missing_directory_is_reported() {
    let output = drumfire("man nosuch").run();
    let stderr = "drumfire man: write nosuch/drumfire.1: no such file or directory\n";
    assert_eq!((output.status, output.stderr.as_str()), (Some(1), stderr));
}
