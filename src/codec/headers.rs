//! Response headers in the order that JSON and CSV write them in.

use std::ops::Range;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::record::Headers;

/// Headers sorted by their names, those of one name in the order they came in.
///
/// Filled anew for each record, so that its memory is used again.
#[derive(Default)]
pub struct SortedHeaders {
    /// All names and values behind one another.
    text: String,
    /// Where in the text each name and value is.
    pairs: Vec<(Range<usize>, Range<usize>)>,
}

impl SortedHeaders {
    /// Takes in the headers of the next record in place of the last one's.
    pub fn fill(&mut self, headers: Headers<'_>) {
        let Self { text, pairs } = self;
        text.clear();
        pairs.clear();
        headers.for_each(|name, value| {
            let start = text.len();
            text.push_str(name);
            let middle = text.len();
            text.push_str(value);
            pairs.push((start..middle, middle..text.len()));
        });
        pairs.sort_by(|(left, _), (right, _)| text[left.clone()].cmp(&text[right.clone()]));
    }

    /// Returns the names and values.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (&self.text[name.clone()], &self.text[value.clone()]))
    }
}

/// As an object from name to the list of its values.
impl Serialize for SortedHeaders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = |pair: &(Range<usize>, Range<usize>)| &self.text[pair.0.clone()];
        let groups = self.pairs.chunk_by(|left, right| name(left) == name(right));
        let mut object = serializer.serialize_map(None)?;
        for group in groups {
            object.serialize_entry(name(&group[0]), &Values { text: &self.text, group })?;
        }
        object.end()
    }
}

struct Values<'a> {
    text: &'a str,
    group: &'a [(Range<usize>, Range<usize>)],
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.group.iter().map(|(_, value)| &self.text[value.clone()]))
    }
}
