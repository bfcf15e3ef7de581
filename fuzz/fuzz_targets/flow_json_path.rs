//! JSONPath over the text of a document, one by one and together, and over its tree: all must find
//! the same.

#![no_main]

use drumfire::flow::{Document, Invalid, JsonPath, Value};
use libfuzzer_sys::{Corpus, fuzz_target};

// The first line has the paths, with tabs between them, and the rest is the document.
fuzz_target!(|input: &str| -> Corpus {
    let Some((paths, text)) = input.split_once('\n') else { return Corpus::Reject };
    let paths: Vec<_> = paths.split('\t').filter_map(|path| JsonPath::parse(path).ok()).collect();
    let document = Document::with_paths(text, &paths);
    for path in &paths {
        let alone = shown(Document::new(text).find(path));
        assert_eq!(alone, shown(Document::new(text).find_in_tree(path)));
        assert_eq!(alone, shown(document.find(path)));
    }
    Corpus::Keep
});

/// Returns what was found, in a form that shows its type; None for a document that cannot be used:
/// which of two problems is found first may differ.
fn shown(found: Result<Option<Value>, Invalid>) -> Option<String> {
    found.ok().map(|value| format!("{value:?}"))
}
