//! The URL of a request.

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::flow::expand::{self, Context};
use crate::flow::tree::request::Entry;
use crate::flow::tree::template::Template;
use crate::targets::{ParsedUrl, UrlProblem, absolute_url};

/// Characters that are percent-encoded in values: all but those that never have a meaning.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Returns the URL of an entry with its query.
///
/// # Errors
///
/// If a variable has no value, or if no request can be sent to the URL.
pub fn build(entry: &Entry, context: &mut Context<'_>) -> Result<ParsedUrl, String> {
    let mut url = expand::text(&entry.url, context)?.into_owned();
    push_query(&mut url, entry, context)?;
    if url.contains(' ') {
        return Err("bad URL: a blank, expected %20, or the value in [Query]".to_owned());
    }
    if !entry.options.path_as_is && url.contains("/.") {
        url = without_dots(&url);
    }
    absolute_url(url).map_err(|problem| match problem {
        // Its text shows the address.
        UrlProblem::Brackets(_) => "bad URL: an IPv6 address needs brackets".to_owned(),
        other => format!("bad URL: {other}"),
    })
}

/// Adds the section `[Query]` of an entry to its URL.
///
/// # Errors
///
/// If a variable has no value.
pub fn push_query(
    url: &mut String,
    entry: &Entry,
    context: &mut Context<'_>,
) -> Result<(), String> {
    if entry.query.is_empty() {
        return Ok(());
    }
    match url.contains('?') {
        true if url.ends_with('?') => {}
        true => url.push('&'),
        false => url.push('?'),
    }
    push_pairs(url, &entry.query, context)
}

/// Adds `name=value&name=value`. Values are percent-encoded, names are not.
///
/// # Errors
///
/// If a variable has no value.
pub fn push_pairs(
    text: &mut String,
    pairs: &[(Template, Template)],
    context: &mut Context<'_>,
) -> Result<(), String> {
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            text.push('&');
        }
        text.push_str(&expand::text(name, context)?);
        let value = expand::text(value, context)?;
        // Writing to a text cannot fail.
        let _ = write!(text, "={}", utf8_percent_encode(&value, ENCODED));
    }
    Ok(())
}

/// Returns a URL without the segments `.` and `..` of its path, as curl sends it.
///
/// Source: RFC 3986, section 5.2.4.
fn without_dots(url: &str) -> String {
    let path_start = url.find("://").and_then(|scheme| {
        let start = scheme + 3;
        url[start..].find(['/', '?', '#']).map(|path| start + path)
    });
    let (host, rest) = url.split_at(path_start.unwrap_or(url.len()));
    let (path, query) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    let mut segments: Vec<&str> = Vec::new();
    let mut ends_in_dots = false;
    for segment in path.split('/').skip(1) {
        ends_in_dots = matches!(segment, "." | "..");
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    if ends_in_dots {
        segments.push("");
    }
    let path = segments.iter().map(|segment| format!("/{segment}")).collect::<String>();
    format!("{host}{path}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_segments_leave_the_path_only() {
        let table = [
            ("http://a/b/../c", "http://a/c"),
            ("http://a/b/./c/.", "http://a/b/c/"),
            ("http://a/b/c/..", "http://a/b/"),
            ("http://a/../../x", "http://a/x"),
            ("http://a/..", "http://a/"),
            ("http://a/.well-known/x", "http://a/.well-known/x"),
            ("http://a/b//../c", "http://a/b/c"),
            ("http://a/x?y=/../z#/./", "http://a/x?y=/../z#/./"),
            ("http://a?y=/./z", "http://a?y=/./z"),
        ];
        for (url, expected) in table {
            assert_eq!(without_dots(url), expected, "{url}");
        }
    }
}
