//! Headers that a request needs for a response other than 401.

use http::{HeaderMap, HeaderName};

use crate::error::Error;

/// A header that a request must have, with a value that may contain one `*`.
#[derive(Debug)]
pub struct Requirement {
    name: HeaderName,
    /// The value, or its text before the `*`.
    start: String,
    /// The text after the `*`. None without a `*`.
    end: Option<String>,
}

impl Requirement {
    /// Parses a value such as `Bearer *`, in which `*` is any text that is not empty.
    ///
    /// # Errors
    ///
    /// The name is not that of a header, or the value has several `*`.
    pub fn parse(name: &str, value: &str) -> Result<Self, Error> {
        let bad = || Error::Value {
            what: "header",
            input: format!("{name}: {value}"),
            expected: "a name and a value with at most one '*', as in Authorization = \"Bearer *\"",
        };
        let header = name.parse().map_err(|_| bad())?;
        let (start, end) = match value.split_once('*') {
            Some((start, end)) => (start, Some(end.to_owned())),
            None => (value, None),
        };
        if end.as_ref().is_some_and(|end| end.contains('*')) {
            return Err(bad());
        }
        Ok(Self { name: header, start: start.to_owned(), end })
    }

    /// Returns whether one of the headers has the name and the value.
    pub fn is_met(&self, headers: &HeaderMap) -> bool {
        headers.get_all(&self.name).iter().any(|value| self.fits(value.as_bytes()))
    }

    fn fits(&self, value: &[u8]) -> bool {
        let Some(end) = &self.end else { return value == self.start.as_bytes() };
        let rest = value.strip_prefix(self.start.as_bytes());
        rest.and_then(|rest| rest.strip_suffix(end.as_bytes())).is_some_and(|any| !any.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text_that_is_not_empty() {
        let table = [
            ("Bearer *", "Bearer x", true),
            ("Bearer *", "Bearer ", false),
            ("Bearer *", "Bearer", false),
            ("Bearer *", "bearer x", false),
            ("*", "x", true),
            ("*", "", false),
            ("", "", true),
            ("a", "a", true),
            ("a", "ab", false),
            ("text/*; q=1", "text/html; q=1", true),
            ("text/*; q=1", "text/; q=1", false),
            ("aba*ba", "ababa", false),
        ];
        for (expected, value, fits) in table {
            let requirement = Requirement::parse("X-Key", expected).unwrap();
            let mut headers = HeaderMap::new();
            assert!(!requirement.is_met(&headers));
            headers.append("x-key", "other".parse().unwrap());
            headers.append("x-key", value.parse().unwrap());
            let fits = fits || expected == "*";
            assert_eq!(requirement.is_met(&headers), fits, "{expected} and {value}");
        }
    }

    #[test]
    fn an_invalid_requirement_is_refused() {
        for (name, value) in [("a b", "x"), ("", "x"), ("A", "**"), ("A", "a*b*")] {
            let error = Requirement::parse(name, value).unwrap_err().to_string();
            let start = format!("bad header '{name}: {value}': expected a name and a value with ");
            assert!(error.starts_with(&start), "{error}");
        }
    }
}
