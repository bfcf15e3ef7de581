//! Refuses constant text that no request could carry. With the value of a variable in it, this is
//! known only when the request is made.

use http::{HeaderName, HeaderValue};

use crate::flow::syntax::input::{Parsed, refuse_at};
use crate::flow::tree::template::{Part, Template};
use crate::targets::absolute_url;

/// Refuses a header, which is at the offset `at`.
pub fn check_header(name: &Template, value: &Template, at: usize) -> Parsed<()> {
    if name.fixed().is_some_and(|name| HeaderName::from_bytes(name.as_bytes()).is_err()) {
        return refuse_at(at, "bad name of a header: expected letters, digits and hyphens");
    }
    check_value(value, "a header", at)
}

/// Refuses the option `header: Name: value`, whose text is at the offset `at`.
pub fn check_header_line(line: &Template, at: usize) -> Parsed<()> {
    let name = line.fixed().and_then(|line| line.split_once(':')).map(|(name, _)| name.trim());
    if name.is_some_and(|name| HeaderName::from_bytes(name.as_bytes()).is_err()) {
        return refuse_at(at, "bad name of a header: expected letters, digits and hyphens");
    }
    check_value(line, "a header", at)
}

/// Refuses a value of a header or a cookie, which `what` names.
pub fn check_value(value: &Template, what: &str, at: usize) -> Parsed<()> {
    let is_sendable = |part: &Part| match part {
        Part::Text(text) => HeaderValue::from_bytes(text.as_bytes()).is_ok(),
        Part::Placeholder(..) => true,
    };
    if value.0.iter().all(is_sendable) {
        return Ok(());
    }
    refuse_at(at, format!("control character in {what}: expected text on one line"))
}

/// Refuses an absolute URL, which is at the offset `at`.
pub fn check_url(url: &Template, at: usize) -> Parsed<()> {
    let parsed = url.fixed().map(|url| absolute_url(url.to_owned()));
    match parsed {
        Some(Err(problem)) => refuse_at(at, format!("bad URL: {problem}")),
        _ => Ok(()),
    }
}
