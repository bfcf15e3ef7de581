//! Tests of the source tree, and of the helpers that benches use.

mod benches;
mod docs;
mod field;
mod files;
mod imports;
mod prose;
mod text;
pub mod tree;

/// Fails if more problems are found than are known to remain.
#[track_caller]
fn at_most(remaining: usize, what: &str, found: Vec<String>) {
    let n_found = found.len();
    assert!(n_found <= remaining, "{n_found} {what}:\n{}", found.join("\n"));
}
