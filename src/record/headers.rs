//! Response headers, as received or as stored in columns.

use std::mem;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, MapArray, StructArray};
use arrow_buffer::{NullBufferBuilder, OffsetBufferBuilder};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::record::schema;
use crate::record::texts::{Texts, WordsBuilder};

/// Size of the two keys of a header in its columns, in bytes.
const KEYS_BYTES: usize = 8;

/// A view of response headers, in order, repeats kept.
#[derive(Clone, Copy, Debug)]
pub enum Headers<'a> {
    /// As the HTTP client received them.
    Received(&'a HeaderMap),
    /// Pairs of name and value.
    Pairs(&'a [(String, String)]),
    /// A range of the columns of a batch.
    Stored(StoredRange<'a>),
}

/// Rows `start..end` of columns of names and values, both of which have at least `end` rows.
#[derive(Clone, Copy, Debug)]
pub struct StoredRange<'a> {
    pub(super) names: &'a Texts,
    pub(super) values: &'a Texts,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl<'a> Headers<'a> {
    /// Calls `visit` with the name and value of each header, in order.
    ///
    /// Received names, which are in lower case, get their canonical form, `Content-Type`. Bytes of
    /// a value that are not UTF-8 become U+FFFD.
    pub fn for_each(self, mut visit: impl FnMut(&str, &str)) {
        match self {
            Headers::Received(map) => {
                let mut text = String::new();
                for (name, value) in map {
                    text.clear();
                    canonicalize(name.as_str(), &mut text);
                    visit(&text, &String::from_utf8_lossy(value.as_bytes()));
                }
            }
            Headers::Pairs(pairs) => {
                for (name, value) in pairs {
                    visit(name, value);
                }
            }
            Headers::Stored(StoredRange { names, values, start, end }) => {
                for row in start..end {
                    visit(names.at(row).unwrap_or(""), values.at(row).unwrap_or(""));
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

/// The column of headers of a batch: for each record, a range of names and values.
#[derive(Clone, Debug)]
pub struct StoredHeaders {
    maps: MapArray,
    names: Texts,
    values: Texts,
}

impl StoredHeaders {
    /// Returns the headers of a column; None if the column has another type.
    pub fn of(column: &dyn Array) -> Option<Self> {
        let maps = column.as_map_opt()?.clone();
        let names = Texts::of(maps.keys())?;
        let values = Texts::of(maps.values())?;
        Some(Self { maps, names, values })
    }

    /// Returns the headers of a record; None without headers.
    pub fn at(&self, row: usize) -> Option<Headers<'_>> {
        if self.maps.is_null(row) {
            return None;
        }
        let offsets = self.maps.value_offsets();
        let start = usize::try_from(offsets[row]).ok()?;
        let end = usize::try_from(offsets[row + 1]).ok()?;
        Some(Headers::Stored(StoredRange { names: &self.names, values: &self.values, start, end }))
    }
}

/// Collects headers into a column.
pub struct HeadersBuilder {
    names: WordsBuilder,
    values: WordsBuilder,
    /// The headers of the last response, in order. Servers mostly send the same ones again.
    last: Vec<Received>,
    offsets: OffsetBufferBuilder<i32>,
    /// Which records have headers.
    present: NullBufferBuilder,
}

/// A received header, and the keys under which it was stored.
struct Received {
    name: HeaderName,
    value: HeaderValue,
    name_key: i32,
    value_key: i32,
    /// Upper bound on its size in memory, in bytes.
    bytes: usize,
}

impl HeadersBuilder {
    /// Returns an empty builder.
    pub fn new() -> Self {
        Self {
            names: WordsBuilder::new(),
            values: WordsBuilder::new(),
            last: Vec::new(),
            offsets: OffsetBufferBuilder::new(0),
            present: NullBufferBuilder::new(0),
        }
    }

    /// Adds the headers of a record, or none. Returns an upper bound on their size in memory, in
    /// bytes.
    pub fn push(&mut self, headers: Option<Headers<'_>>) -> usize {
        let (n_headers, bytes) = match headers {
            None => (0, 0),
            Some(Headers::Received(map)) => self.push_received(map),
            Some(headers) => self.push_texts(headers),
        };
        self.offsets.push_length(n_headers);
        self.present.append(headers.is_some());
        bytes
    }

    fn push_texts(&mut self, headers: Headers<'_>) -> (usize, usize) {
        let (mut n_headers, mut bytes) = (0, 0);
        headers.for_each(|name, value| {
            self.names.push(name);
            self.values.push(value);
            n_headers += 1;
            bytes += value.len() + KEYS_BYTES;
        });
        (n_headers, bytes)
    }

    /// Adds received headers. A header that the last response had at the same index is not looked
    /// up again.
    fn push_received(&mut self, map: &HeaderMap) -> (usize, usize) {
        let mut bytes = 0;
        for (index, (name, value)) in map.iter().enumerate() {
            let is_known =
                self.last.get(index).is_some_and(|it| it.name == *name && it.value == *value);
            if !is_known {
                let received = self.look_up(name, value);
                match self.last.get_mut(index) {
                    Some(last) => *last = received,
                    None => self.last.push(received),
                }
            }
            let received = &self.last[index];
            self.names.push_key(received.name_key);
            self.values.push_key(received.value_key);
            bytes += received.bytes;
        }
        (map.len(), bytes)
    }

    fn look_up(&mut self, name: &HeaderName, value: &HeaderValue) -> Received {
        let text = String::from_utf8_lossy(value.as_bytes());
        let name_key = self.names.key_of(&canonical(name.as_str()));
        let value_key = self.values.key_of(&text);
        let bytes = text.len() + KEYS_BYTES;
        Received { name: name.clone(), value: value.clone(), name_key, value_key, bytes }
    }

    /// Returns the headers since the last finish as a column.
    pub fn finish(&mut self) -> MapArray {
        // The builders below may drop their words, which makes all keys invalid.
        self.last.clear();
        let columns: Vec<ArrayRef> =
            vec![Arc::new(self.names.finish()), Arc::new(self.values.finish())];
        let entries = StructArray::new(schema::header_fields(), columns, None);
        let offsets = mem::replace(&mut self.offsets, OffsetBufferBuilder::new(0)).finish();
        MapArray::new(schema::header_entries(), offsets, entries, self.present.finish(), false)
    }
}

/// Returns a header name with a capital at its start and after each hyphen, the rest in lower case.
///
/// Source: Go, package net/textproto, CanonicalMIMEHeaderKey.
pub fn canonical(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    canonicalize(name, &mut text);
    text
}

/// Appends the canonical form of a name to a text.
fn canonicalize(name: &str, text: &mut String) {
    let mut capital = true;
    text.extend(name.chars().map(|letter| {
        let letter =
            if capital { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
        capital = letter == '-';
        letter
    }));
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
        let mut map = HeaderMap::new();
        map.append("set-cookie", "a=1".parse().unwrap());
        map.append("set-cookie", "b=2".parse().unwrap());
        let expected = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")];
        let expected = expected.map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(Headers::Received(&map).to_pairs(), expected);
    }

    #[test]
    fn headers_do_not_depend_on_those_of_other_records() {
        let lists = [
            vec![("date", "1"), ("server", "a")],
            vec![("date", "1"), ("server", "a")],
            vec![("date", "2"), ("server", "a"), ("etag", "x")],
            vec![("server", "a")],
            vec![("x-server", "a"), ("date", "2")],
        ];
        let mut builder = HeadersBuilder::new();
        // A builder may drop its words after a batch.
        for _ in 0..3 {
            for list in &lists {
                let headers = list.iter().map(|(name, value)| {
                    (HeaderName::from_static(name), HeaderValue::from_static(value))
                });
                builder.push(Some(Headers::Received(&headers.collect())));
            }
            builder.push(Some(Headers::Pairs(&[("date".to_owned(), "1".to_owned())])));
            builder.push(None);
            let stored = StoredHeaders::of(&builder.finish()).unwrap();
            for (row, list) in lists.iter().enumerate() {
                let expected =
                    list.iter().map(|(name, value)| (canonical(name), value.to_string()));
                assert_eq!(stored.at(row).unwrap().to_pairs(), expected.collect::<Vec<_>>());
            }
            let pairs = stored.at(lists.len()).unwrap().to_pairs();
            assert_eq!(pairs, [("date".to_owned(), "1".to_owned())], "as it was given");
            assert!(stored.at(lists.len() + 1).is_none());
        }
    }
}
