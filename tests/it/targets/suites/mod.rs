//! The suites in targets/, run by scripts/load-test.sh.

mod arrivals;
mod failing;
mod files;
mod passing;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::harness::files;
use crate::support::patient::patient;

/// All suites.
const SUITES: [&str; 7] =
    ["dashboard", "platform", "chat-api", "bursts", "kernel-grpc", "chat-ws", "chat-ws/sockets"];

/// The suites that have flows, with the feed of their variables.
const SUITES_WITH_FLOWS: [(&str, &str); 3] = [
    ("dashboard", "feeds/modules.csv"),
    ("platform", "feeds/accounts.csv"),
    ("chat-ws", "feeds/accounts.csv"),
];

/// Copies a suite into a directory: with limits that also hold on a busy machine, with short waits,
/// and with this COUNT of rounds in each loop of its flows. Returns its path.
fn quick_suite(place: &Path, suite: &str, count: &str) -> String {
    let (from, to) = (Path::new("targets").join(suite), place.join(suite));
    fs::create_dir_all(&to).unwrap();
    for file in files(&from).iter().filter(|file| from.join(file).is_file()) {
        copy(&from.join(file), &to.join(file), count);
    }
    if from.join("flows").is_dir() {
        fs::create_dir(to.join("flows")).unwrap();
        for file in files(&from.join("flows")) {
            copy(&from.join("flows").join(&file), &to.join("flows").join(&file), count);
        }
    }
    to.to_str().unwrap().to_owned()
}

/// Copies a file of a suite as described above.
fn copy(from: &Path, to: &Path, count: &str) {
    let text = fs::read_to_string(from).unwrap();
    let name = from.to_str().unwrap();
    let changed = if name.ends_with("thresholds.txt") {
        patient(&text)
    } else if name.ends_with(".hurl") {
        text.lines().map(|line| quick(line, count) + "\n").collect()
    } else {
        text
    };
    fs::write(to, changed).unwrap();
}

/// Returns a line of a flow with a short wait, or with other rounds.
fn quick(line: &str, count: &str) -> String {
    match line.split_once(' ') {
        Some(("#", rest)) if rest.starts_with("@think ") => "# @think 5ms..15ms".to_owned(),
        Some(("#", rest)) if rest.starts_with("@loop ") => format!("# @loop {count}"),
        Some(("retry-interval:", _)) => "retry-interval: 20ms".to_owned(),
        _ => line.to_owned(),
    }
}

/// Returns the files of the flows of a suite.
fn flows(suite: &str) -> Vec<PathBuf> {
    let folder = Path::new("targets").join(suite).join("flows");
    let flows = files(&folder).into_iter().filter(|file| file.ends_with(".hurl"));
    flows.map(|file| folder.join(file)).collect()
}

/// Returns the JSON report in a directory.
fn report(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap()
}

/// Returns the missed thresholds, each with the name of its group.
fn missed(report: &Value) -> Vec<(&str, &str)> {
    let rows = report["thresholds"].as_array().unwrap().iter().filter(|row| row["pass"] == false);
    rows.map(|row| (row["expr"].as_str().unwrap(), row["name"].as_str().unwrap_or(""))).collect()
}
