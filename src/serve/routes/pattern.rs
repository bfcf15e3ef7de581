//! Which paths a route is for.

use std::str::FromStr;

use crate::error::Error;

/// Stands for one segment, whatever it is.
const ANY: &str = "*";
/// Stands for all segments from there on.
const REST: &str = "**";

/// A path in which some segments may be any.
#[derive(Debug)]
pub(super) struct Pattern {
    /// Segments in order; None for any but an empty one.
    segments: Vec<Option<String>>,
    /// Whether more segments may follow.
    goes_on: bool,
}

impl Pattern {
    /// Returns whether a path, without its query, is one of those meant. Nothing is decoded.
    pub(super) fn matches(&self, path: &str) -> bool {
        let mut found = path.strip_prefix('/').unwrap_or(path).split('/');
        for expected in &self.segments {
            let fits = found.next().is_some_and(|found| match expected {
                Some(literal) => found == literal,
                None => !found.is_empty(),
            });
            if !fits {
                return false;
            }
        }
        self.goes_on || found.next().is_none()
    }
}

/// Parses `/api/runs/*/logs`, in which `*` is any one segment, or `/static/**`, whose end is any
/// number of segments.
impl FromStr for Pattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).ok_or_else(|| Error::Value {
            what: "path",
            input: text.to_owned(),
            expected: "a path from '/' on without a query, \
                       with '*' for one whole segment and '**' at the end for all that follow",
        })
    }
}

fn parse(text: &str) -> Option<Pattern> {
    let mut segments: Vec<_> = text.strip_prefix('/')?.split('/').collect();
    let goes_on = segments.pop_if(|last| *last == REST).is_some();
    let literal = |segment: &str| !segment.contains(['*', '?', '#']);
    let segments = segments.into_iter().map(|segment| match segment {
        ANY => Some(None),
        _ => literal(segment).then(|| Some(segment.to_owned())),
    });
    Some(Pattern { segments: segments.collect::<Option<_>>()?, goes_on })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_matches_segment_by_segment() {
        let table = [
            ("/", "/", true),
            ("/", "/x", false),
            ("/health", "/health", true),
            ("/health", "/health/", false),
            ("/health", "/healthy", false),
            ("/api/runs/*", "/api/runs/42", true),
            ("/api/runs/*", "/api/runs/", false),
            ("/api/runs/*", "/api/runs/42/logs", false),
            ("/api/runs/*/logs", "/api/runs/42/logs", true),
            ("/api/runs/*/logs", "/api/runs/42", false),
            ("/a%20b", "/a b", false),
            ("/static/**", "/static", true),
            ("/static/**", "/static/", true),
            ("/static/**", "/static/css/all.css", true),
            ("/static/**", "/statics", false),
            ("/**", "/", true),
            ("/**", "/any/thing", true),
            ("/*/x/**", "/a/x/y", true),
            ("/**", "*", true),
        ];
        for (pattern, path, expected) in table {
            let pattern_read: Pattern = pattern.parse().unwrap();
            assert_eq!(pattern_read.matches(path), expected, "{pattern} and {path}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["", "health", "http://a/", "/a*", "/**/x", "/***", "/x?q=1", "/x#y"] {
            let error = text.parse::<Pattern>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("bad path '{text}': expected a path")), "{error}");
        }
    }
}
