//! Imports between source files: no cycles, and only between modules that may import each other.

mod collect;
mod graph;
mod layers;

use std::path::PathBuf;

use graph::{Import, Sources, cycles};

#[test]
fn no_files_import_each_other_in_a_circle() {
    let imports = Sources::read().imports();
    let cycles = cycles(&imports);
    let mut report = String::new();
    for cycle in &cycles {
        report += &format!("a cycle of {} files:\n", cycle.len());
        for (Import { from, to }, paths) in &imports {
            if cycle.contains(from) && cycle.contains(to) {
                let paths = Vec::from_iter(paths.iter().map(String::as_str)).join(", ");
                report += &format!("  {} -> {}: {paths}\n", from.display(), to.display());
            }
        }
    }
    assert!(cycles.is_empty(), "{report}");
}

/// Returns the imports of sources that are given by path and text, as `FROM -> TO`.
fn imports(sources: &[(&str, &str)]) -> Vec<String> {
    let sources = sources.iter().map(|(file, text)| (PathBuf::from(file), (*text).to_owned()));
    let short = |path: &PathBuf| path.strip_prefix("src").unwrap().display().to_string();
    let imports = Sources::parse(sources).imports();
    imports.keys().map(|i| format!("{} -> {}", short(&i.from), short(&i.to))).collect()
}

#[test]
fn imports_are_found_in_every_form() {
    let forms = [
        "use crate::a::b::Item;",
        "use crate::{a::{b::{self, Item as Other}}};",
        "use super::b::*;",
        "use crate::a; fn f() { a::Item::new() }",
        "fn f(item: &crate::a::b::Item) {}",
        "fn f() { assert_eq!(1, super::b::Item::new(), \"{}\", 1) }",
        "use std::fmt; mod inner { use super::super::b::Item; }",
    ];
    for form in forms {
        let sources = [
            ("src/lib.rs", "pub mod a;"),
            ("src/a/mod.rs", "pub mod b; mod c; pub use b::Item;"),
            ("src/a/b.rs", "pub struct Item;"),
            ("src/a/c.rs", form),
        ];
        let found = imports(&sources);
        assert!(found.contains(&"a/c.rs -> a/b.rs".to_owned()), "{form}: {found:?}");
        assert!(!found.iter().any(|import| import.ends_with("-> lib.rs")), "{form}: {found:?}");
    }
}

#[test]
fn declarations_re_exports_and_tests_are_no_imports() {
    let sources = [
        ("src/lib.rs", "pub mod a;"),
        ("src/a/mod.rs", "pub mod b; #[cfg(test)] mod tests; pub use b::Item; pub struct Up;"),
        ("src/a/b.rs", "pub(super) struct Item; #[cfg(test)] mod tests { use super::super::Up; }"),
        ("src/a/tests.rs", "use super::b::Item;"),
    ];
    assert_eq!(imports(&sources), [""; 0]);
}

#[test]
fn a_module_is_put_together_by_its_mod_rs() {
    let sources = [
        ("src/lib.rs", "pub mod a; pub mod c;"),
        (
            "src/a/mod.rs",
            "mod b; pub use b::Item; use crate::c::Other; pub struct Up(Item, Other);",
        ),
        ("src/a/b.rs", "use super::Up; pub struct Item;"),
        ("src/c.rs", "use crate::a::Item; pub struct Other;"),
    ];
    assert_eq!(imports(&sources), ["a/b.rs -> a/mod.rs", "a/mod.rs -> c.rs", "c.rs -> a/b.rs"]);
    let sources = sources.map(|(file, text)| (PathBuf::from(file), text.to_owned()));
    let found = cycles(&Sources::parse(sources.into_iter()).imports());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].len(), 3);
}

#[test]
fn the_binary_imports_the_library_by_its_name() {
    let sources = [
        ("src/lib.rs", "pub mod a;"),
        ("src/a.rs", "pub struct Item;"),
        ("src/main.rs", "mod app; fn main() { app::main() }"),
        ("src/app/mod.rs", "use drumfire::a::Item; pub fn main() {}"),
    ];
    assert_eq!(imports(&sources), ["app/mod.rs -> a.rs", "main.rs -> app/mod.rs"]);
}
