//! Queries: what captures and asserts read.

use winnow::Parser;
use winnow::token::any;

use crate::flow::json_path::JsonPath;
use crate::flow::syntax::input::word;
use crate::flow::syntax::input::{Input, Parsed, line, offset, refuse_at, rest, some_spaces, take};
use crate::flow::syntax::response::refused::refused_query;
use crate::flow::syntax::text::{cookie_name, quoted};
use crate::flow::syntax::words::unknown;
use crate::flow::tree::pattern;
use crate::flow::tree::query::{Path, Pattern, Query};

/// The queries that are evaluated.
const KNOWN: [&str; 15] = [
    "status",
    "version",
    "url",
    "header",
    "cookie",
    "body",
    "bytes",
    "rawbytes",
    "jsonpath",
    "regex",
    "variable",
    "duration",
    "sha256",
    "redirects",
    "ip",
];

/// Reads a query.
pub fn query(input: &mut Input<'_>) -> Parsed<Query> {
    let at = offset(input);
    let word = word(input)?;
    Ok(match word {
        "status" => Query::Status,
        "version" => Query::Version,
        "url" => Query::Url,
        "header" => {
            argument(input)?;
            Query::Header(quoted(input)?)
        }
        "cookie" => {
            argument(input)?;
            let (name, attribute) = cookie_name(input)?;
            Query::Cookie(name, attribute)
        }
        "body" => Query::Body,
        "bytes" => Query::Bytes,
        "rawbytes" => Query::RawBytes,
        "jsonpath" => Query::JsonPath(json_path(input)?),
        "regex" => Query::Regex(regex(input)?),
        "variable" => variable(input)?,
        "duration" => Query::Duration,
        "sha256" => Query::Sha256,
        "redirects" => Query::Redirects,
        "ip" => Query::Ip,
        _ => {
            let problem = refused_query(word).map(str::to_owned);
            let expected = "status, header, jsonpath, regex or another query";
            return refuse_at(
                at,
                problem.unwrap_or_else(|| unknown("query", word, KNOWN, expected)),
            );
        }
    })
}

/// Reads the blanks before an argument.
pub fn argument(input: &mut Input<'_>) -> Parsed<()> {
    some_spaces(input, "no argument: expected a blank and the argument")
}

fn variable(input: &mut Input<'_>) -> Parsed<Query> {
    argument(input)?;
    let (at, line) = (offset(input), line(input));
    let name = quoted(input)?;
    match name.fixed() {
        Some(name) => {
            crate::flow::syntax::text::variable(input, name, at, line).map(Query::Variable)
        }
        None => refuse_at(at, "placeholder in the name of a variable: expected a fixed name"),
    }
}

/// Reads the argument of `jsonpath`.
pub fn json_path(input: &mut Input<'_>) -> Parsed<Path> {
    argument(input)?;
    let at = offset(input);
    let text = quoted(input)?;
    let Some(fixed) = text.fixed() else { return Ok(Path::Variable(text)) };
    match JsonPath::parse(fixed) {
        Ok(path) => Ok(Path::Fixed(path)),
        Err(problem) => refuse_at(at, problem.to_string()),
    }
}

/// Reads the argument of `regex`: a text, or an expression between slashes.
pub fn regex(input: &mut Input<'_>) -> Parsed<Pattern> {
    argument(input)?;
    let at = offset(input);
    if rest(input).starts_with('/') {
        return slashed(input);
    }
    let text = quoted(input)?;
    let Some(fixed) = text.fixed() else { return Ok(Pattern::Variable(text)) };
    compiled(fixed, at)
}

/// Reads a regular expression between slashes. A slash in it has a backslash before it.
pub fn slashed(input: &mut Input<'_>) -> Parsed<Pattern> {
    let at = offset(input);
    take(input, "/");
    let mut text = String::new();
    loop {
        if rest(input).starts_with(['\n', '\r']) || rest(input).is_empty() {
            return refuse_at(at, "a regular expression has no end: expected / on the same line");
        }
        if take(input, "\\/") {
            text.push('/');
        } else if take(input, "/") {
            return compiled(&text, at);
        } else {
            text.push(any.parse_next(input)?);
        }
    }
}

/// Compiles a regular expression, which is at the offset `at`.
pub fn compiled(text: &str, at: usize) -> Parsed<Pattern> {
    match pattern::compile(text) {
        Ok(regex) => Ok(Pattern::Fixed(regex)),
        Err(error) => {
            // The message of the crate shows the expression, and ends with the reason.
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim();
            let reason = reason.trim_start_matches("error: ");
            refuse_at(
                at,
                format!("bad regular expression: {reason}: expected the syntax of the regex crate"),
            )
        }
    }
}
