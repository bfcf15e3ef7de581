//! Tests of the language.

mod accepted;
mod bodies;
mod calls;
mod properties;
mod refused;
mod refused_response;
mod sockets;

use std::path::Path;

use super::names::Names;
use super::{Item, read};
use crate::flow::syntax::Problem;
use crate::flow::tree::request::Entry;
use crate::flow::tree::template::{Form, Part, Placeholder, Template};

/// Reads a file in the folder of the crate.
fn items(text: &str) -> Result<(Vec<Item>, Names), Problem> {
    read(Path::new("x.hurl"), text.as_bytes(), Names::default(), 0)
}

/// Returns the only entry of a file, and the names.
#[track_caller]
fn entry(text: &str) -> (Entry, Names) {
    let (items, names) = items(text).unwrap_or_else(|problem| panic!("{text}\n{problem}"));
    let mut entries = items.into_iter().filter_map(|item| match item {
        Item::Entry(entry) => Some(*entry),
        Item::Comment(_) => None,
    });
    (entries.next().unwrap(), names)
}

/// Shows a template: `<name>` for a placeholder, `<"name">` in a JSON string, `<=name>` as JSON.
fn show(template: &Template, names: &Names) -> String {
    let name = |placeholder: &Placeholder| match placeholder {
        Placeholder::Variable(slot) => names.name(*slot).to_owned(),
        Placeholder::NewUuid => "newUuid()".to_owned(),
        Placeholder::NewDate => "newDate()".to_owned(),
    };
    let parts = template.0.iter().map(|part| match part {
        Part::Text(text) => text.to_string(),
        Part::Placeholder(placeholder, Form::Plain) => format!("<{}>", name(placeholder)),
        Part::Placeholder(placeholder, Form::InJsonString) => {
            format!("<\"{}\">", name(placeholder))
        }
        Part::Placeholder(placeholder, Form::AsJson) => format!("<={}>", name(placeholder)),
    });
    parts.collect()
}

/// Shows names and values, one per line.
fn show_pairs(pairs: &[(Template, Template)], names: &Names) -> String {
    let pairs = pairs.iter().map(|(name, value)| (show(name, names), show(value, names)));
    pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n")
}

/// Checks what is wrong with a file.
#[track_caller]
fn check_refused(text: &str, expected: &str) {
    let found = items(text).map(|_| ()).map_err(|problem| problem.to_string());
    assert_eq!(found, Err(format!("x.hurl:{expected}")), "{text}");
}
