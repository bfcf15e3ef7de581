//! The rules of the house that no compiler keeps; docs/contributing/architecture.md has their reasons.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What every room may use.
const WORDS: [&str; 7] = ["plan", "schedule", "facts", "markup", "units", "clock", "error"];

/// Who may import whom, beside the words.
const ROOMS: [(&str, &[&str]); 13] = [
    ("attack", &["client", "targets", "feed", "record"]),
    ("client", &["targets"]),
    ("codec", &["record"]),
    ("metrics", &["record"]),
    ("threshold", &["metrics", "record"]),
    ("report", &["metrics", "threshold"]),
    ("compare", &["metrics", "threshold", "report"]),
    ("plot", &["metrics", "record"]),
    ("export", &["record"]),
    ("serve", &[]),
    ("feed", &[]),
    ("targets", &["feed"]),
    ("record", &[]),
];

/// Returns the sources in Rust under a folder, relative to the repository.
fn sources(folder: &str) -> Vec<PathBuf> {
    files(folder, "rs")
}

/// Returns the files with such an ending under a folder.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                Some(found_ending) if found_ending == ending => found.push(path),
                _ if path.is_dir() => folders.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// Returns the room or the word that a source belongs to; None for lib.rs, main.rs and app.
fn room_of(path: &Path) -> Option<String> {
    let inner = path.strip_prefix("src").ok()?;
    let room = inner.iter().next()?.to_str()?.trim_end_matches(".rs").to_owned();
    (!["lib", "main", "app"].contains(&room.as_str())).then_some(room)
}

/// Returns the rooms that a text imports by `crate::`.
fn imports(text: &str) -> BTreeSet<&str> {
    let paths = text.split("crate::").skip(1);
    paths.filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()).collect()
}

#[test]
fn rooms_import_only_whom_they_may() {
    for path in sources("src") {
        let Some(room) = room_of(&path) else { continue };
        let text = fs::read_to_string(&path).unwrap();
        let rule = ROOMS.iter().find(|(name, _)| *name == room);
        assert!(rule.is_some() || WORDS.contains(&room.as_str()), "{room} has no rule yet");
        let rooms = rule.map_or(&[][..], |(_, allowed)| allowed);
        for import in imports(&text) {
            let allowed = import == room || WORDS.contains(&import) || rooms.contains(&import);
            assert!(
                allowed,
                "{} imports {import}: see docs/contributing/architecture.md",
                path.display()
            );
        }
    }
}

#[test]
fn the_map_names_every_room() {
    let map = fs::read_to_string("docs/contributing/architecture.md").unwrap();
    for (room, _) in ROOMS {
        assert!(
            map.contains(&format!("├── {room}/")),
            "docs/contributing/architecture.md lacks {room}/"
        );
    }
    for word in WORDS {
        assert!(map.contains(&format!("├── {word}.rs")) || map.contains(&format!("├── {word}/")));
    }
}
