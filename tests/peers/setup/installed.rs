//! Finds the installed peers, or prints how to install them.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The root of the repository.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Returns the path of a program.
#[track_caller]
pub fn installed(name: &str) -> PathBuf {
    find(name, directories()).unwrap_or_else(|problem| panic!("{problem}"))
}

/// Returns the Python interpreter with the libraries in `tests/peers/requirements.txt`.
#[track_caller]
pub fn python() -> PathBuf {
    in_venv("python")
}

/// Returns the path of grpcurl.
#[track_caller]
pub fn grpcurl() -> PathBuf {
    in_venv("grpcurl")
}

#[track_caller]
fn in_venv(name: &str) -> PathBuf {
    let venv = Path::new(ROOT).join("target/peers/venv/bin");
    find(name, [venv]).unwrap_or_else(|problem| panic!("{problem}"))
}

/// Returns where npm has installed the packages in `tests/peers/browser/package.json`.
#[track_caller]
pub fn browser() -> PathBuf {
    let folder = Path::new(ROOT).join("target/peers/browser");
    find("playwright-core", [folder.join("installed")])
        .unwrap_or_else(|problem| panic!("{problem}"));
    folder
}

/// Returns where npm has installed the packages in `tests/peers/websocket/package.json`.
#[track_caller]
pub fn websocket() -> PathBuf {
    let folder = Path::new(ROOT).join("target/peers/websocket");
    find("ws", [folder.join("installed")]).unwrap_or_else(|problem| panic!("{problem}"));
    folder
}

fn find(name: &str, directories: impl IntoIterator<Item = PathBuf>) -> Result<PathBuf, String> {
    let mut paths = directories.into_iter().map(|directory| directory.join(name));
    let found = paths.find(|path| path.is_file());
    found.ok_or_else(|| format!("{name} is not installed: run 'make peers'"))
}

fn directories() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Debian installs servers in directories that are not in the PATH of other users than root.
    env::split_paths(&path).chain(["/usr/sbin".into()]).collect()
}

/// Returns a PATH with a directory before all others.
pub fn path_with(first: &Path) -> OsString {
    let directories = [first.to_owned()].into_iter().chain(directories());
    env::join_paths(directories).expect("a directory of ours has no colon")
}

#[test]
fn a_missing_peer_is_reported_with_how_to_install_it() {
    let message = "nginx is not installed: run 'make peers'";
    assert_eq!(
        find("nginx", [tempfile::tempdir().unwrap().path().to_owned()]),
        Err(message.into())
    );
}
