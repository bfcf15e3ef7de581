//! Response headers, wherever they are stored.

use std::mem;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, MapArray, StructArray};
use arrow_buffer::{NullBufferBuilder, OffsetBufferBuilder};

use super::schema;
use super::texts::{Texts, WordsBuilder};

/// Bytes of the two keys of a header in its columns.
const KEYS_BYTES: usize = 8;

/// Response headers in order, repeats kept, as a view into their store.
#[derive(Clone, Copy, Debug)]
pub enum Headers<'a> {
    /// As the HTTP client received them.
    Received(&'a http::HeaderMap),
    /// As texts, the name first.
    Pairs(&'a [(String, String)]),
    /// As a stretch of a batch's columns.
    Stored(Stretch<'a>),
}

/// Rows `start..end` of columns of names and values, <= the length of both.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a> {
    pub(super) names: &'a Texts,
    pub(super) values: &'a Texts,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl<'a> Headers<'a> {
    /// Calls `visit` with the name and value of each header, in order.
    ///
    /// Names that HTTP delivers in lower case are given in their canonical form,
    /// `Content-Type`; bytes of a value that are not UTF-8 become U+FFFD.
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
            Headers::Stored(Stretch { names, values, start, end }) => {
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

/// The column of headers of a batch: for each record, a stretch of names and values.
#[derive(Clone, Debug)]
pub struct StoredHeaders {
    maps: MapArray,
    names: Texts,
    values: Texts,
}

impl StoredHeaders {
    /// Returns the headers of a column; None where it is of another type.
    pub fn of(column: &dyn Array) -> Option<Self> {
        let maps = column.as_map_opt()?.clone();
        let names = Texts::of(maps.keys())?;
        let values = Texts::of(maps.values())?;
        Some(Self { maps, names, values })
    }

    /// Returns the headers of a record; None where it has none.
    pub fn at(&self, row: usize) -> Option<Headers<'_>> {
        if self.maps.is_null(row) {
            return None;
        }
        let offsets = self.maps.value_offsets();
        let start = usize::try_from(offsets[row]).ok()?;
        let end = usize::try_from(offsets[row + 1]).ok()?;
        Some(Headers::Stored(Stretch { names: &self.names, values: &self.values, start, end }))
    }
}

/// Gathers headers into a column.
pub struct HeadersBuilder {
    names: WordsBuilder,
    values: WordsBuilder,
    offsets: OffsetBufferBuilder<i32>,
    /// Which records have headers.
    present: NullBufferBuilder,
}

impl HeadersBuilder {
    /// Returns an empty builder.
    pub fn new() -> Self {
        Self {
            names: WordsBuilder::new(),
            values: WordsBuilder::new(),
            offsets: OffsetBufferBuilder::new(0),
            present: NullBufferBuilder::new(0),
        }
    }

    /// Adds the headers of a record, or none. Returns the bytes that they may take in memory, at
    /// most.
    pub fn push(&mut self, headers: Option<Headers<'_>>) -> usize {
        let (mut n_headers, mut bytes) = (0, 0);
        if let Some(headers) = headers {
            headers.for_each(|name, value| {
                self.names.push(name);
                self.values.push(value);
                n_headers += 1;
                bytes += value.len() + KEYS_BYTES;
            });
        }
        self.offsets.push_length(n_headers);
        self.present.append(headers.is_some());
        bytes
    }

    /// Gives out the headers gathered since the last time.
    pub fn finish(&mut self) -> MapArray {
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

/// Writes the canonical form of a name behind a text.
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
        let mut map = http::HeaderMap::new();
        map.append("set-cookie", "a=1".parse().unwrap());
        map.append("set-cookie", "b=2".parse().unwrap());
        let expected = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")];
        let expected = expected.map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(Headers::Received(&map).to_pairs(), expected);
    }
}
