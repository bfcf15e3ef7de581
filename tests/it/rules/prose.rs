//! Words that plain English does without, in comments, texts and documents.

use std::path::Path;

use super::expect_none;
use super::text::{Passage, passages};
use super::tree::{files, read};

/// Words and phrases that are not used, each with what says the same more plainly.
const BANNED: [(&str, &str); 11] = [
    ("told", "said, reported, printed"),
    ("tells", "says, reports, prints"),
    ("behind", "after, followed by, ends with"),
    ("lest", "so that … not"),
    ("anew", "again, from scratch"),
    ("whoever", "anyone who, the process that"),
    ("nobody", "no one, nothing"),
    ("so many", "N, up to N"),
    ("at hand", "available"),
    ("is to be", "must be, will be"),
    ("of its own", "its own, separate"),
];

/// Files that hold a banned word for another reason than prose: the file, and the word.
const EXCEPTIONS: [(&str, &str); 0] = [];

/// Where the words are looked for.
const CHECKED: [&str; 9] =
    ["src", "tests", "benches", "fuzz", "scripts", "docs", "targets", "feeds", ".config"];

/// Extensions of the files in which words are looked for; .rs, .js and .css only in comments and
/// strings, the others throughout.
const EXTENSIONS: [&str; 9] = ["rs", "js", "css", "py", "sh", "md", "toml", "txt", "yml"];

/// Files at the top of the repository in which words are looked for.
const TOP: [&str; 5] = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", "Cargo.toml"];

#[test]
fn no_banned_word_is_used() {
    let top = TOP.iter().map(|file| Path::new(file).to_owned());
    let checked = CHECKED.iter().flat_map(|directory| files(directory, &EXTENSIONS));
    let mut found = Vec::new();
    // This file lists the words.
    for path in top.chain(checked).filter(|path| *path != Path::new(file!())) {
        for (line, word) in words_in(&path, &read(&path)) {
            let instead = BANNED.iter().find(|(banned, _)| *banned == word).map(|pair| pair.1);
            let instead = instead.unwrap_or_default();
            found.push(format!("{}:{line}: \"{word}\": {instead}", path.display()));
        }
    }
    expect_none("banned words", found);
}

/// Returns the banned words of a file that are no exceptions, each with its line.
fn words_in(path: &Path, text: &str) -> Vec<(usize, &'static str)> {
    let is_exception = |word: &str| {
        EXCEPTIONS.iter().any(|(file, exception)| path == Path::new(file) && word == *exception)
    };
    let found = passages(path, text).into_iter().flat_map(|passage| banned(&passage));
    found.filter(|(_, word)| !is_exception(word)).collect()
}

/// Returns the banned words of a passage, each with its line. A phrase may break over lines.
fn banned(passage: &Passage) -> Vec<(usize, &'static str)> {
    let words: Vec<(usize, String)> = passage.words();
    let mut found = Vec::new();
    for (n, (line, _)) in words.iter().enumerate() {
        for (phrase, _) in BANNED {
            let mut rest = words[n..].iter().map(|(_, word)| word.as_str());
            if phrase.split(' ').all(|wanted| rest.next() == Some(wanted)) {
                found.push((*line, phrase));
            }
        }
    }
    found
}

#[test]
fn banned_words_are_found_in_comments_and_strings_only() {
    let source =
        "//! It is told\n//! so\n//! many times.\nfn told() { \"At hand\"; '\"' /* lest */ }\n";
    let found = words_in(Path::new("x.rs"), source);
    assert_eq!(found, [(1, "told"), (2, "so many"), (4, "at hand"), (4, "lest")]);
    let found = words_in(Path::new("x.md"), "Foretold.\n\nAs TOLD, so\nmany\n");
    assert_eq!(found, [(3, "told"), (3, "so many")]);
}
