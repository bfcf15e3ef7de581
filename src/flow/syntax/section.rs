//! The lines that begin a section.

use winnow::Parser;
use winnow::token::take_while;

use crate::flow::syntax::input::{Input, Parsed, end_of_line, take};
use crate::flow::syntax::words::unknown;

/// The sections of a request: short names, then long ones.
const OF_REQUESTS: [&str; 9] = [
    "Options",
    "Query",
    "Form",
    "Multipart",
    "Cookies",
    "BasicAuth",
    "QueryStringParams",
    "FormParams",
    "MultipartFormData",
];

/// The sections of a response.
const OF_RESPONSES: [&str; 2] = ["Captures", "Asserts"];

/// Returns whether a line begins a section. `[true]` does too, as in hurl.
pub fn is_section(line: &str) -> bool {
    let Some(inner) = line.strip_prefix('[') else { return false };
    let n_bytes = inner.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(inner.len());
    n_bytes > 0 && inner[n_bytes..].starts_with(']')
}

/// Reads the line that begins a section, and returns its name.
pub fn section_name<'a>(input: &mut Input<'a>) -> Parsed<&'a str> {
    take(input, "[");
    let name = take_while(0.., char::is_alphanumeric).parse_next(input)?;
    take(input, "]");
    end_of_line(input, "text after the name of a section: expected the end of the line")?;
    Ok(name)
}

/// Returns what is wrong with a section that may not stand in a request or in a response.
pub fn unknown_section(name: &str, is_response: bool) -> String {
    if is_response && OF_REQUESTS.contains(&name) {
        return format!("[{name}] in a response: expected it before the HTTP line");
    }
    if !is_response && OF_RESPONSES.contains(&name) {
        return format!("[{name}] in a request: expected a line like HTTP 200 before it");
    }
    if is_response {
        return unknown("section", name, OF_RESPONSES, "[Captures] or [Asserts]");
    }
    unknown("section", name, OF_REQUESTS, "[Options], [Query], [Form] or another section")
}
