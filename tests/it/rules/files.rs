//! Sizes of directories and files, and the first line of each file.

use std::path::Path;

use super::expect_none;
use super::tree::{directories, entries, files, read};

/// Most entries of a directory.
const MAX_ENTRIES: usize = 15;

/// Directories that may have more entries: the modules of the crate, which README's map lists;
/// outputs that are compared byte for byte; numbered records; results of benches.
const LARGE_DIRECTORIES: [&str; 5] =
    ["src", "tests/golden", "tests/golden/plot", "docs/contributing/decisions", "benches/runs"];

/// A directory whose directories may all have more entries: cases that are compared with peers.
const CASES: &str = "tests/golden/hurl/cases";

/// Most lines of a file of code.
const MAX_LINES: usize = 400;

/// How a file of some kind begins, by extension.
const FIRST_LINES: [(&str, &str); 4] = [("rs", "//! "), ("js", "// "), ("sh", "# "), ("md", "# ")];

/// Directories whose files are checked.
const CHECKED: [&str; 7] = ["src", "tests", "benches", "fuzz", "scripts", "docs", "feeds"];

#[test]
fn no_directory_has_too_many_entries() {
    let is_large = |path: &Path| {
        path.starts_with(CASES) || LARGE_DIRECTORIES.iter().any(|large| path == Path::new(large))
    };
    let directories = CHECKED.iter().flat_map(|checked| directories(checked));
    let found = directories.filter(|directory| !is_large(directory)).filter_map(|directory| {
        let n_entries = entries(&directory).len();
        (n_entries > MAX_ENTRIES).then(|| format!("{}: {n_entries}", directory.display()))
    });
    expect_none("directories to group", found.collect());
}

#[test]
fn no_source_file_is_too_long() {
    let paths = CHECKED.iter().flat_map(|top| files(top, &["rs", "js"]));
    let found = paths.filter_map(|path| {
        let n_lines = read(&path).lines().count();
        (n_lines > MAX_LINES).then(|| format!("{}: {n_lines} lines", path.display()))
    });
    expect_none("files to split", found.collect());
}

#[test]
fn every_file_begins_with_a_comment_on_its_purpose() {
    for (extension, start) in FIRST_LINES {
        let paths: Vec<_> = CHECKED.iter().flat_map(|top| files(top, &[extension])).collect();
        assert!(!paths.is_empty(), "no .{extension} file is found");
        for path in paths {
            let text = read(&path);
            let mut lines = text.lines().filter(|line| !line.starts_with("#!"));
            let first = lines.next().unwrap_or_default();
            assert!(first.starts_with(start), "{} begins with no comment", path.display());
        }
    }
}

#[test]
fn the_version_is_in_the_changelog_or_still_unreleased() {
    let changelog = read("CHANGELOG.md");
    let version = format!("## [{}]", env!("CARGO_PKG_VERSION"));
    let times = changelog.matches(&version).count();
    assert!(times == 1 || (times == 0 && changelog.contains("## [Unreleased]")));
}
