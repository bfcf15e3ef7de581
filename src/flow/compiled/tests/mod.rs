//! Tests of whole flow files.

mod assignment;
mod blocks;
mod calls;
mod estimate;
mod facts;

use crate::flow::{Flow, Problem, Scope, Source, Value};

/// A file with this text.
fn source(path: &str, text: &str) -> Source {
    Source { path: path.into(), content: text.into() }
}

/// A scope with variables of these names.
fn scope(names: &[&str]) -> Scope {
    let variables = names.iter().map(|name| ((*name).to_owned(), Value::text("http://a")));
    Scope { columns: Vec::new(), variables: variables.collect() }
}

/// Reads a flow of one file.
fn read(text: &str) -> Result<Flow, Problem> {
    Flow::read(&[source("x.hurl", text)], &scope(&["base"]))
}

/// Checks what is wrong with a file.
#[track_caller]
fn check_refused(text: &str, expected: &str) {
    let found = read(text).map(|_| ()).map_err(|problem| problem.to_string());
    assert_eq!(found, Err(format!("x.hurl:{expected}")), "{text}");
}
