//! Response headers in the order that all formats but Arrow write them in.

use std::ops::Range;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::record::Headers;

/// Where in a text a name and its value are.
type Pair = (Range<usize>, Range<usize>);

/// Headers sorted by their names, those of one name in the order they came in.
///
/// Filled anew for each record, so that its memory is used again.
#[derive(Default)]
pub struct SortedHeaders {
    /// All names and values behind one another.
    text: String,
    /// Where in the text each name and value is.
    pairs: Vec<Pair>,
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

    /// Returns each name once, with its values.
    pub fn groups(
        &self,
    ) -> impl Iterator<Item = (&str, impl ExactSizeIterator<Item = &str> + Clone)> {
        let name = |pair: &Pair| &self.text[pair.0.clone()];
        let groups = self.pairs.chunk_by(move |left, right| name(left) == name(right));
        groups.map(move |group| {
            (name(&group[0]), group.iter().map(|(_, value)| &self.text[value.clone()]))
        })
    }

    /// Returns the names and values.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (&self.text[name.clone()], &self.text[value.clone()]))
    }
}

/// As an object from name to the list of its values.
impl Serialize for SortedHeaders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for (name, values) in self.groups() {
            object.serialize_entry(name, &List(values))?;
        }
        object.end()
    }
}

struct List<I>(I);

impl<T: Serialize, I: Iterator<Item = T> + Clone> Serialize for List<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}
