//! JSONPath over the text of a document, and over its tree: both must find the same.

#![no_main]

use drumfire::flow::{Document, JsonPath};
use libfuzzer_sys::{Corpus, fuzz_target};

// The first line is the path, and the rest the document.
fuzz_target!(|input: &str| -> Corpus {
    let Some((path, text)) = input.split_once('\n') else { return Corpus::Reject };
    let Ok(path) = JsonPath::parse(path) else { return Corpus::Keep };
    let found = Document::new(text).find(&path);
    let in_tree = Document::new(text).find_in_tree(&path);
    // Numbers of different types are equal, but are not shown alike. Which of two problems is found
    // first may differ.
    let shown = |found| format!("{found:?}");
    assert_eq!(found.ok().map(shown), in_tree.ok().map(shown));
    Corpus::Keep
});
