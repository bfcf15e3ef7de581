//! URLs of requests, and the names of records that they give.

use crate::flow::syntax::input::{Parsed, refuse_at};
use crate::flow::syntax::request::call::starts_with;
use crate::flow::syntax::request::{call, sendable};
use crate::flow::tree::template::{Part, Template};

/// Returns whether a URL is that of a WebSocket.
pub fn is_web_socket(url: &str) -> bool {
    starts_with(url, "ws://") || starts_with(url, "wss://")
}

/// Refuses a URL, which is at the offset `at`, if no value of its variables makes it absolute.
pub fn check(url: &Template, method: &str, at: usize) -> Parsed<()> {
    let is_blank = |part: &Part| matches!(part, Part::Text(text) if text.contains(' '));
    // hurl sends no such URL either.
    if url.0.iter().any(is_blank) {
        return refuse_at(at, "blank in a URL: expected %20 or [Query]");
    }
    if method == call::METHOD {
        return call::check_url(url, at);
    }
    match url.0.first() {
        // Its value is known when the request is made.
        Some(Part::Placeholder(..)) => return Ok(()),
        Some(Part::Text(text)) if is_web_socket(text) => return Ok(()),
        Some(Part::Text(text)) if starts_with(text, "http://") => {}
        Some(Part::Text(text)) if starts_with(text, "https://") => {}
        // A variable may be the rest, as in http{{s}}://a/.
        Some(Part::Text(text)) if starts_with("https://", text) && url.0.len() > 1 => {}
        Some(Part::Text(text)) if call::is_grpc(text) => {
            return refuse_at(at, "gRPC call of another method: expected CALL and skip: true");
        }
        Some(Part::Text(text)) if text.contains("://") => {
            return refuse_at(at, "URL of another protocol: expected http:// or https://");
        }
        _ => {
            return refuse_at(
                at,
                "relative URL: expected http:// or https:// at its start, or a variable, as in \
                 {{base}}/",
            );
        }
    }
    if method == "CONNECT" {
        return refuse_at(at, "CONNECT of an HTTP URL: expected ws:// and skip: true");
    }
    sendable::check_url(url, at)
}

/// Returns the name of the records of a request: its method and the path as written, so that
/// values of variables never make names.
pub fn name(method: &str, url: &str) -> String {
    let path = path(url);
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    format!("{method} {path}")
}

/// Returns what follows the host, or the variable that stands for it. Empty if nothing does.
fn path(url: &str) -> &str {
    let host = match (url.split_once("://"), url.starts_with("{{")) {
        // The host may be a variable with any name, but no slash.
        (Some((scheme, rest)), false) if !scheme.contains(['/', '{']) => rest,
        (_, true) => url.split_once("}}").map_or(url, |(_, rest)| rest),
        _ => url,
    };
    host.find(['/', '?']).map_or("", |start| &host[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_methods_and_paths_as_written() {
        let table = [
            ("http://example.com/runs/{{id}}", "GET /runs/{{id}}"),
            ("{{base}}/runs/{{id}}?n={{n}}", "GET /runs/{{id}}?n={{n}}"),
            ("http://{{host}}:8080/a", "GET /a"),
            ("http://example.com", "GET /"),
            ("http://example.com?q=1", "GET /?q=1"),
            ("{{url}}", "GET /"),
            ("https://a/b?u=http://c/d", "GET /b?u=http://c/d"),
        ];
        for (url, expected) in table {
            assert_eq!(name("GET", url), expected);
        }
    }
}
