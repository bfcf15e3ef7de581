//! Snippets: what is a flow and what is not.

use std::fs;

use serde::Deserialize;

use crate::flows::oracle::{prefix, refused_line};
use crate::flows::{check_all, recorded};
use crate::support::harness::drumfire;

/// Snippets that are refused although hurl accepts them, and why.
const REFUSED: &[(&str, &str)] = &[
    ("empty file", NO_REQUEST),
    ("only comments", NO_REQUEST),
    ("escapes in keys and values", CONTROL),
];

/// Snippets whose error is in another line, and why.
const ELSEWHERE: &[(&str, u64, &str)] = &[
    ("not-utf-8", 2, "hurl names no line"),
    ("json without an end", 2, LAST_LINE),
    ("unclosed regex literal", 4, LAST_LINE),
    ("unclosed multiline body", 2, "the line where it begins says more than the end of the file"),
];

const NO_REQUEST: &str = "an attack without a request is a mistake";
const CONTROL: &str = "a header with a line break would end early";
const LAST_LINE: &str = "the last line with text says more than the empty line after it";

/// What hurl says about a snippet.
#[derive(Debug, Deserialize)]
struct Verdict {
    /// `honoured`: hurl accepts it, and so does drumfire. `not-honoured`: only hurl accepts it.
    /// `invalid`: neither does.
    group: String,
    name: String,
    accepted: bool,
    /// Where hurl sees the error.
    line: Option<u64>,
}

#[test]
fn each_difference_is_one() {
    let verdicts = verdicts();
    let verdict = |name: &str| verdicts.iter().find(|verdict| verdict.name == name).unwrap();
    REFUSED.iter().for_each(|(name, _)| assert_eq!(verdict(name).group, "honoured"));
    ELSEWHERE.iter().for_each(|(name, line, _)| assert_ne!(verdict(name).line, Some(*line)));
}

#[test]
fn what_hurl_accepts_is_accepted_or_refused_with_its_line() {
    check_all(&verdicts(), check);
}

fn verdicts() -> Vec<Verdict> {
    let verdicts = fs::read_to_string(recorded("syntax.jsonl")).unwrap();
    verdicts.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn check(verdict: &Verdict) -> Result<(), String> {
    let Verdict { group, name, accepted, line } = verdict;
    // The groups are what the recording says.
    assert_eq!(*accepted, group != "invalid", "{name}");
    let text = snippet(group, name);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("snippet.hurl");
    fs::write(&file, &text).unwrap();
    // Files and variables that snippets name.
    for name in ["a.txt", "x.txt", "x y.txt"] {
        fs::write(folder.path().join(name), "content").unwrap();
    }
    let variables = ["a=1", "k=key", "v=2", "n=1", "yes=true"];
    let attack = drumfire("attack -dry-run -rate=1 -duration=1s");
    let attack = attack.args(variables.map(|variable| format!("-variable={variable}")));
    let output = attack.arg(format!("-flow={}", file.display())).run();
    let refused = refused_line(&output.stderr, &file);
    let is_refused = output.status == Some(1) && output.stderr.starts_with(&prefix(&file));
    let elsewhere = ELSEWHERE.iter().find(|(differs, ..)| differs == name);
    let line = elsewhere.map_or(*line, |(_, line, _)| Some(*line));
    let is_right = match group.as_str() {
        "honoured" if REFUSED.iter().any(|(differs, _)| differs == name) => is_refused,
        "honoured" => output.status == Some(0),
        "not-honoured" => is_refused && refused.is_some(),
        _ => is_refused && refused == line,
    };
    if is_right {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&text);
    let shown: String =
        text.lines().zip(1..).map(|(line, n)| format!("  {n:>3} {line}\n")).collect();
    Err(format!("{group}: {name}: hurl's line {line:?}\n{shown}{}", output.stderr))
}

/// Returns the text of a snippet: a part of `GROUP.txt`, or a file in the folder `GROUP`.
fn snippet(group: &str, name: &str) -> Vec<u8> {
    let file = recorded("syntax").join(group).join(format!("{name}.hurl"));
    if let Ok(bytes) = fs::read(file) {
        return bytes;
    }
    let texts = fs::read_to_string(recorded("syntax").join(format!("{group}.txt"))).unwrap();
    let (_, rest) = texts.split_once(&format!("=== {name}\n")).unwrap();
    let end = rest.find("\n=== ").unwrap_or(rest.len() - 1);
    // The empty line between two snippets belongs to neither.
    rest[..end].into()
}
