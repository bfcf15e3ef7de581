//! Response headers, wherever they are stored.

use std::borrow::Cow;

use arrow_array::{Array, StringArray};

/// Response headers in order, repeats kept, as a view into their store.
#[derive(Clone, Copy, Debug)]
pub enum Headers<'a> {
    /// As the HTTP client received them.
    Received(&'a http::HeaderMap),
    /// As texts, the name first.
    Pairs(&'a [(String, String)]),
    /// As rows `start..end` of a batch's columns of names and values.
    Stored {
        /// Names, one a header.
        names: &'a StringArray,
        /// Values, one a header.
        values: &'a StringArray,
        /// First row.
        start: usize,
        /// One past the last row, <= the length of both columns.
        end: usize,
    },
}

impl<'a> Headers<'a> {
    /// Calls `visit` with the name and value of each header, in order.
    ///
    /// Names that HTTP delivers in lower case are given in their canonical form,
    /// `Content-Type`; bytes of a value that are not UTF-8 become U+FFFD.
    pub fn for_each(self, mut visit: impl FnMut(&str, &str)) {
        match self {
            Headers::Received(map) => {
                for (name, value) in map {
                    visit(&canonical(name.as_str()), &String::from_utf8_lossy(value.as_bytes()));
                }
            }
            Headers::Pairs(pairs) => {
                for (name, value) in pairs {
                    visit(name, value);
                }
            }
            Headers::Stored { names, values, start, end } => {
                for row in start..end {
                    let value = if values.is_null(row) { "" } else { values.value(row) };
                    visit(names.value(row), value);
                }
            }
        }
    }

    /// Returns the headers as owned texts, in order.
    pub fn to_pairs(self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        self.for_each(|name, value| pairs.push((name.to_owned(), value.to_owned())));
        pairs
    }
}

/// Returns a header name with a capital at its start and after each hyphen, the rest in lower case.
///
/// Source: Go, package net/textproto, CanonicalMIMEHeaderKey.
pub fn canonical(name: &str) -> Cow<'_, str> {
    let mut text = name.to_ascii_lowercase();
    let mut capital = true;
    // Letters change their case only, so that the text stays UTF-8 of the same length.
    let letters: String = text
        .drain(..)
        .map(|letter| {
            let letter = if capital { letter.to_ascii_uppercase() } else { letter };
            capital = letter == '-';
            letter
        })
        .collect();
    Cow::Owned(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_canonical() {
        assert_eq!(canonical("content-type"), "Content-Type");
        assert_eq!(canonical("ETAG"), "Etag");
        assert_eq!(canonical("x--a-"), "X--A-");
        assert_eq!(canonical("größe"), "Größe");
    }

    #[test]
    fn received_headers_keep_repeats() {
        let mut map = http::HeaderMap::new();
        map.append("set-cookie", "a=1".parse().unwrap());
        map.append("set-cookie", "b=2".parse().unwrap());
        let expected = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")];
        let expected = expected.map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(Headers::Received(&map).to_pairs(), expected);
    }
}
