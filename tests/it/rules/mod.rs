//! Tests of the source tree, and of the helpers that benches use.

mod benches;
mod docs;
mod field;
mod files;
mod imports;
mod prose;
mod text;
pub mod tree;

/// Fails if there are any problems, and lists them.
#[track_caller]
fn expect_none(what: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{} {what}:\n{}", found.len(), found.join("\n"));
}
