//! Lists the files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// Directories that hold build output, results and fuzz inputs instead of sources.
const SKIPPED: [&str; 7] =
    [".git", "target", "reports", "fuzz/target", "fuzz/corpus", "fuzz/artifacts", "fuzz/seeds"];

/// Returns all files under a directory with one of these extensions, sorted. Paths are relative
/// to the repository.
pub fn files(directory: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let has_extension = |path: &PathBuf| {
        path.extension().is_some_and(|found| extensions.iter().any(|wanted| found == *wanted))
    };
    all_files(directory).into_iter().filter(has_extension).collect()
}

/// Returns all files under a directory, sorted.
pub fn all_files(directory: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for directory in directories(directory) {
        found.extend(entries(&directory).into_iter().filter(|path| path.is_file()));
    }
    found.sort();
    found
}

/// Returns a directory and all directories in it.
pub fn directories(directory: &str) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from(directory)];
    let mut next = 0;
    while let Some(directory) = found.get(next) {
        let inner = entries(directory).into_iter().filter(|path| path.is_dir());
        found.extend(inner.collect::<Vec<_>>());
        next += 1;
    }
    found
}

/// Returns the entries of a directory, without those that are skipped.
pub fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let relative = entries.map(|path| match path.strip_prefix(".") {
        Ok(path) => path.to_owned(),
        Err(_) => path,
    });
    relative.filter(|path| !SKIPPED.iter().any(|skipped| path == Path::new(skipped))).collect()
}

/// Returns the text of a file.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
