//! The path pattern of a route.

use std::str::FromStr;

use crate::error::Error;

/// Matches one segment that is not empty.
const ANY: &str = "*";
/// Matches all following segments, at the end of a pattern.
const REST: &str = "**";

/// A path with wildcards for segments.
#[derive(Debug)]
pub(super) struct PathPattern {
    /// As written.
    text: String,
    /// Segments in order. None for any segment that is not empty.
    segments: Vec<Option<String>>,
    /// Whether any number of segments may follow.
    has_rest: bool,
}

impl PathPattern {
    /// Returns the pattern as written.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns how many segments a matching path has. None for any number.
    pub(super) fn n_segments(&self) -> Option<usize> {
        (!self.has_rest).then_some(self.segments.len())
    }

    /// Returns whether a path without a query matches. Percent-encoding is not decoded.
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
        self.has_rest || found.next().is_none()
    }
}

/// Parses `/api/runs/*/logs`, in which `*` matches one segment, or `/static/**`, which ends with
/// any number of segments.
impl FromStr for PathPattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).ok_or_else(|| Error::Value {
            what: "path",
            input: text.to_owned(),
            expected: "a path that begins with '/' and has no query, \
                       with '*' for one segment and '**' at the end for all that follow",
        })
    }
}

fn parse(text: &str) -> Option<PathPattern> {
    let mut segments: Vec<_> = text.strip_prefix('/')?.split('/').collect();
    let has_rest = segments.pop_if(|last| *last == REST).is_some();
    let literal = |segment: &str| !segment.contains(['*', '?', '#']);
    let segments = segments.into_iter().map(|segment| match segment {
        ANY => Some(None),
        _ => literal(segment).then(|| Some(segment.to_owned())),
    });
    let segments = segments.collect::<Option<_>>()?;
    Some(PathPattern { text: text.to_owned(), segments, has_rest })
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
            let pattern_read: PathPattern = pattern.parse().unwrap();
            assert_eq!(pattern_read.matches(path), expected, "{pattern} and {path}");
        }
    }

    #[test]
    fn an_invalid_path_is_refused() {
        for text in ["", "health", "http://a/", "/a*", "/**/x", "/***", "/x?q=1", "/x#y"] {
            let error = text.parse::<PathPattern>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("bad path '{text}': expected a path")), "{error}");
        }
    }
}
