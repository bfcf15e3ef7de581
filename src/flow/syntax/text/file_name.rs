//! Names of files in `file,…;`.

use winnow::Parser;
use winnow::token::any;

use crate::flow::syntax::input::{Input, Parsed, offset, refuse, rest, take};
use crate::flow::syntax::text::escape::{Escapes, escape};

/// Reads the name of a file up to its semicolon. It has no placeholders: files are read once.
pub fn file_name(input: &mut Input<'_>) -> Parsed<String> {
    let mut name = String::new();
    if rest(input).starts_with('[') {
        return refuse(input, "bad name of a file: expected one that does not begin with [");
    }
    while let Some(next) = rest(input).chars().next() {
        let at = offset(input);
        if take(input, "\\") {
            name.push(escape(input, at, Escapes::FileName)?);
        } else if rest(input).starts_with("{{") {
            return refuse(
                input,
                "placeholder in the name of a file: expected a fixed name, as files are read once",
            );
        } else if "#;{} \n\r".contains(next) {
            break;
        } else {
            name.push(any.parse_next(input)?);
        }
    }
    if name.is_empty() {
        return refuse(input, "no name of a file: expected one, as in file,data.bin;");
    }
    Ok(name)
}
